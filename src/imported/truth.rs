//! The label a judgment is compared with, from one field or from several people.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::data::Record;
use crate::eval::{Expected, OffScale, read_label};
use crate::signature::Scale;
use crate::stats::mean;

/// Several people's labels of the same items, in the items' order.
#[derive(Clone, Debug)]
pub struct People {
    /// The scale of the labels.
    pub scale: Scale,
    /// The people's names, where the same place in every item is the same person's; else empty.
    pub names: Vec<String>,
    /// For each item its labels; `None` for a missing one.
    pub items: Vec<Vec<Option<String>>>,
    /// Items without a majority, which have no label therefore.
    pub tied: u64,
}

impl People {
    pub(super) fn new(scale: Scale, names: Vec<String>) -> Self {
        Self { scale, names, items: Vec::new(), tied: 0 }
    }
}

/// Where labels stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LabelPlan {
    /// The field of the label.
    pub label: Option<String>,
    /// The file's labels in the scale's words.
    pub values: BTreeMap<String, String>,
    /// Several people's labels.
    pub people: Option<PeoplePlan>,
}

/// Where several people's labels stand, and how they become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeoplePlan {
    /// One field with a list, or a field for each person.
    pub fields: Vec<String>,
    /// The people's names, where the same place is the same person's in every record; else empty.
    pub names: Vec<String>,
    /// How they become the label a judge is compared with.
    pub rule: LabelRule,
    /// The label of a record without a majority; it has none by default.
    pub tied: Option<String>,
}

/// How several people's labels become the one a judge is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LabelRule {
    /// The one that most of them gave.
    #[default]
    Majority,
    /// Their mean, on a numeric scale.
    Mean,
    /// Every one of them: the judgment counts once for each.
    Each,
    /// None: they are only compared with each other.
    Unused,
}

/// A record's labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Truth {
    /// The labels a judgment is compared with: none, one, or one for each person.
    pub expected: Vec<Expected>,
    /// Whether a judgment counts once for each of them.
    pub each: bool,
    /// What every person said, as labels of the scale.
    pub ratings: Vec<Option<String>>,
    /// Whether people's labels have no majority.
    pub tied: bool,
    /// Whether the record has the fields that labels stand in.
    pub has_fields: bool,
}

impl LabelPlan {
    /// A record's labels.
    ///
    /// # Errors
    /// A label is not on the scale: which one, and where.
    pub(crate) fn read(&self, record: &Record, scale: &Scale) -> Result<Truth, OffScale> {
        let ratings = match &self.people {
            Some(people) => self.ratings(people, record, scale)?,
            None => Vec::new(),
        };
        let mut truth = Truth { has_fields: self.has_fields(record), ..Truth::default() };
        let known: Vec<&Expected> = ratings.iter().flatten().collect();
        match (&self.label, &self.people) {
            (Some(field), _) => truth.expected.extend(self.one(record, field, scale)?),
            (None, Some(people)) if !known.is_empty() => match people.rule {
                LabelRule::Unused => {}
                LabelRule::Each => {
                    truth.each = true;
                    truth.expected = known.into_iter().cloned().collect();
                }
                LabelRule::Mean => truth.expected.extend(mean_label(&known, scale)),
                LabelRule::Majority => {
                    let label = majority(&known).or(people.tied.as_deref());
                    truth.tied = label.is_none();
                    truth.expected.extend(label.and_then(|label| Expected::read(&label.into(), scale)));
                }
            },
            _ => {}
        }
        truth.ratings = ratings.into_iter().map(|rating| rating.map(|rating| rating.label)).collect();
        Ok(truth)
    }

    fn has_fields(&self, record: &Record) -> bool {
        let people = self.people.iter().flat_map(|people| &people.fields);
        self.label.iter().chain(people).all(|field| record.get(field).is_some())
    }

    fn one(&self, record: &Record, field: &str, scale: &Scale) -> Result<Option<Expected>, OffScale> {
        match record.get(field) {
            None => Ok(None),
            Some(value) => self.on_scale(value, field, scale),
        }
    }

    fn ratings(
        &self,
        people: &PeoplePlan,
        record: &Record,
        scale: &Scale,
    ) -> Result<Vec<Option<Expected>>, OffScale> {
        let mut ratings = Vec::new();
        for field in &people.fields {
            match record.get(field) {
                Some(Value::Array(list)) => {
                    for value in list {
                        ratings.push(self.on_scale(value, field, scale)?);
                    }
                }
                Some(value) => ratings.push(self.on_scale(value, field, scale)?),
                None => ratings.push(None),
            }
        }
        Ok(ratings)
    }

    fn on_scale(&self, value: &Value, field: &str, scale: &Scale) -> Result<Option<Expected>, OffScale> {
        read_label(Some(value), field, &self.values, scale)
    }
}

/// The label given most often; `None` where two share the first place.
fn majority<'a>(ratings: &[&'a Expected]) -> Option<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rating in ratings {
        *counts.entry(&rating.label).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    let mut first = counts.iter().filter(|(_, count)| **count == most);
    match (first.next(), first.next()) {
        (Some((label, _)), None) => Some(label),
        _ => None,
    }
}

fn mean_label(ratings: &[&Expected], scale: &Scale) -> Option<Expected> {
    let levels: Option<Vec<f64>> = ratings.iter().map(|rating| rating.label.parse().ok()).collect();
    Expected::read(&Value::from(mean(&levels?)?), scale)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signature::{Label, ScaleKind};

    fn truth(rule: LabelRule, tied: Option<&str>, fields: &Value) -> Result<Truth, OffScale> {
        let labels = ["1", "2", "0"].map(|name| Label { name: name.into(), value: None });
        let scale = Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels.to_vec()) };
        let people = PeoplePlan {
            fields: vec!["people".into()],
            names: Vec::new(),
            rule,
            tied: tied.map(str::to_owned),
        };
        let plan = LabelPlan { people: Some(people), ..LabelPlan::default() };
        let record = Record { id: "a".into(), line: 1, fields: fields.as_object().unwrap().clone() };
        plan.read(&record, &scale)
    }

    fn labels(truth: &Truth) -> Vec<&str> {
        truth.expected.iter().map(|expected| expected.label.as_str()).collect()
    }

    #[test]
    fn the_majority_decides_and_a_tie_has_no_label_unless_it_is_given_one() {
        let two_to_one = truth(LabelRule::Majority, None, &json!({"people": [2, null, 1, 2]})).unwrap();
        assert_eq!(labels(&two_to_one), ["2"]);
        assert_eq!(two_to_one.ratings.iter().flatten().count(), 3);
        let tied = truth(LabelRule::Majority, None, &json!({"people": [0, 1, 2]})).unwrap();
        assert_eq!((labels(&tied).len(), tied.tied), (0, true));
        let given = truth(LabelRule::Majority, Some("0"), &json!({"people": [1, 2]})).unwrap();
        assert_eq!((labels(&given), given.tied), (vec!["0"], false));
    }

    #[test]
    fn each_persons_label_can_count_and_one_off_the_scale_is_a_fault() {
        let each = truth(LabelRule::Each, None, &json!({"people": [0, 1, null]})).unwrap();
        assert_eq!((labels(&each), each.each), (vec!["0", "1"], true));
        let off = truth(LabelRule::Each, None, &json!({"people": [0, 7]})).unwrap_err();
        assert_eq!(off.problem, "label 7 in field \"people\" is none of 1, 2, 0");
    }
}
