//! Losses that the user defines: what each wrong verdict costs, label by label, and a custom objective.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Given, Judgment};
use crate::error::{Error, ErrorKind, Result};
use crate::signature::Scale;

/// What verdicts cost by the label that should have been given. A right verdict costs nothing, and
/// a wrong one that is not listed costs 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct CostTable {
    /// The costs, in any order.
    pub costs: Vec<Cost>,
}

/// What one wrong verdict costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(clippy::struct_field_names, reason = "a cost has a label, a verdict, and its size")]
pub(crate) struct Cost {
    /// The label, or `*` for any that has no cost of its own for the verdict.
    pub label: String,
    /// The verdict, or `*` for any that has no cost of its own for the label.
    pub verdict: String,
    /// The cost; at least 0.
    pub cost: f64,
}

/// Any label, any verdict.
const ANY: &str = "*";
/// What a wrong verdict costs that is not listed.
const UNLISTED: f64 = 1.0;

impl CostTable {
    /// A table from texts `LABEL:VERDICT=COST` for a scale.
    ///
    /// # Errors
    /// A text has another form or a cost below 0, or the scale has no such label.
    pub(crate) fn parse(texts: &[String], scale: &Scale) -> Result<Self> {
        let table = Self { costs: texts.iter().map(|text| Cost::parse(text)).collect::<Result<_>>()? };
        let known = names(scale);
        let named = table.costs.iter().flat_map(|cost| [&cost.label, &cost.verdict]);
        let unknown = named.into_iter().find(|name| *name != ANY && !known.contains(name));
        if let (Some(unknown), false) = (unknown, known.is_empty()) {
            let detail = format!("a cost names the verdict \"{unknown}\", which the signature has not");
            return Err(Error::new(ErrorKind::Usage, detail)
                .help(format!("its verdicts: {}; `*` is any of them", known.join(", "))));
        }
        Ok(table)
    }

    /// What a verdict costs where the label should have been given.
    #[must_use]
    pub(crate) fn of(&self, label: &str, verdict: &str) -> f64 {
        if label == verdict {
            return 0.0;
        }
        let listed = |label: &str, verdict: &str| {
            let found = self.costs.iter().find(|cost| cost.label == label && cost.verdict == verdict);
            found.map(|cost| cost.cost)
        };
        listed(label, verdict)
            .or_else(|| listed(label, ANY))
            .or_else(|| listed(ANY, verdict))
            .or_else(|| listed(ANY, ANY))
            .unwrap_or(UNLISTED)
    }

    /// The cost of what was said, the dearest mistake of the scale costing 1. No valid answer costs as
    /// much as the dearest verdict for its label.
    pub(super) fn loss(&self, label: &str, given: &Given, scale: &Scale) -> f64 {
        let names = names(scale);
        let dearest_for =
            |label: &str| names.iter().map(|verdict| self.of(label, verdict)).fold(0.0, f64::max);
        let listed = self.costs.iter().map(|cost| cost.cost).fold(UNLISTED, f64::max);
        let dearest = if names.is_empty() {
            listed
        } else {
            names.iter().map(|label| dearest_for(label)).fold(f64::MIN_POSITIVE, f64::max)
        };
        let cost = match given {
            Given::Verdict { label: verdict, .. } => self.of(label, verdict),
            _ if names.is_empty() => dearest,
            _ => dearest_for(label),
        };
        (cost / dearest).min(1.0)
    }
}

/// The verdicts of a scale, where they can be counted off.
fn names(scale: &Scale) -> Vec<String> {
    scale.candidates().unwrap_or_default().into_iter().map(|candidate| candidate.label).collect()
}

impl Cost {
    fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::new(ErrorKind::Usage, format!("`{text}` is no cost"))
                .help("write LABEL:VERDICT=COST with a cost of at least 0: --cost fail:pass=5")
        };
        let (pair, cost) = text.rsplit_once('=').ok_or_else(wrong)?;
        let (label, verdict) = pair.split_once(':').ok_or_else(wrong)?;
        let cost: f64 = cost.trim().parse().map_err(|_| wrong())?;
        if !cost.is_finite() || cost < 0.0 || label.trim().is_empty() || verdict.trim().is_empty() {
            return Err(wrong());
        }
        Ok(Self { label: label.trim().into(), verdict: verdict.trim().into(), cost })
    }
}

/// An objective of the user's own, under a name. Two of one name are taken for the same one. As a
/// report it is its name alone: what is read from a report values nothing.
#[derive(Clone)]
pub(crate) struct CustomObjective {
    name: Arc<str>,
    value: Arc<Value>,
    loss: Arc<Loss>,
}

/// The value of judgments that were replied to; more is better.
type Value = dyn Fn(&[&Judgment], &Scale) -> Option<f64> + Send + Sync;
/// What one judgment loses.
type Loss = dyn Fn(&Judgment, &Scale) -> f64 + Send + Sync;

impl CustomObjective {
    /// An objective by its name, the value of judgments (more is better; `None` where it is
    /// undefined), and what one judgment loses, in `0..=1`, which candidates race by. Both see only
    /// judgments that were replied to.
    pub(crate) fn new(
        name: impl Into<Arc<str>>,
        value: impl Fn(&[&Judgment], &Scale) -> Option<f64> + Send + Sync + 'static,
        loss: impl Fn(&Judgment, &Scale) -> f64 + Send + Sync + 'static,
    ) -> Self {
        Self { name: name.into(), value: Arc::new(value), loss: Arc::new(loss) }
    }

    /// Its name.
    #[must_use]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn value(&self, judged: &[&Judgment], scale: &Scale) -> Option<f64> {
        (self.value)(judged, scale).filter(|value| value.is_finite())
    }

    /// A loss that is no number is the greatest one.
    pub(super) fn loss(&self, judgment: &Judgment, scale: &Scale) -> f64 {
        let loss = (self.loss)(judgment, scale);
        if loss.is_nan() { 1.0 } else { loss.clamp(0.0, 1.0) }
    }
}

impl fmt::Debug for CustomObjective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CustomObjective").field(&self.name).finish()
    }
}

impl PartialEq for CustomObjective {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Serialize for CustomObjective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for CustomObjective {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(Self::new(name, |_, _| None, |_, _| 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::ScaleKind;

    fn levels() -> Scale {
        Scale { field: "score".into(), kind: ScaleKind::Numeric { min: 1.0, max: 3.0, whole: true } }
    }

    fn table(texts: &[&str]) -> Result<CostTable> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        CostTable::parse(&texts, &levels())
    }

    #[test]
    fn the_more_exact_cost_counts_and_the_dearest_costs_one() {
        let table = table(&["1:3=8", "1:*=4", "*:3=2"]).unwrap();
        let said = |label: &str| Given::Verdict { label: label.into(), value: None };
        let figures = [
            (table.of("1", "3"), 8.0),
            (table.of("1", "2"), 4.0),
            (table.of("2", "3"), 2.0),
            (table.of("3", "2"), 1.0),
            (table.of("2", "2"), 0.0),
            (table.loss("2", &said("3"), &levels()), 0.25),
            // No answer costs as much as the dearest verdict for its label.
            (table.loss("2", &Given::Invalid, &levels()), 0.25),
            (table.loss("1", &Given::Invalid, &levels()), 1.0),
        ];
        for (place, (figure, expected)) in figures.into_iter().enumerate() {
            assert!((figure - expected).abs() < 1e-12, "{place}: {figure} {expected}");
        }
    }

    #[test]
    fn what_is_no_cost_is_told() {
        let error = |text: &str| table(&[text]).unwrap_err().to_string();
        assert!(error("1=2").contains("`1=2` is no cost"));
        assert!(error("1:2=-1").contains("no cost"));
        assert!(error("1:9=2").contains("\"9\""));
    }
}
