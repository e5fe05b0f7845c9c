//! The comparison itself: of all records, for each tag, and for each part of the score.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::agreement;
use super::agreement::{Changed, Flip, JudgeAgreement};
use super::difference::{ComparisonVerdict, Difference, Meaning, Measure, difference, verdict};
use super::multiples::Multiples;
use super::side::{Judged, Of, Side, SideSummary, is_labelled_alike, label};
use crate::eval::Expected;
use crate::number::real;
use crate::stats::holm;

/// Two sides compared. Its JSON, which `evenhand compare --json` prints, has every figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The old side, over the records of both.
    pub(crate) old: SideSummary,
    /// The new side, over the records of both.
    pub(crate) new: SideSummary,
    /// What the new side takes, as multiples of the old one, where both made calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) multiples: Option<Multiples>,
    /// The same of producing the outputs, where a model did on both sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output_multiples: Option<Multiples>,
    /// What differs between them.
    pub(crate) changed: Changed,
    /// Records of both sides.
    pub records: u64,
    /// What is not compared.
    pub(crate) unpaired: Unpaired,
    /// What it comes to; `None` where no record can be compared.
    pub verdict: Option<ComparisonVerdict>,
    /// The mean score.
    pub score: Option<Difference>,
    /// The share of verdicts that are their label.
    pub accuracy: Option<Difference>,
    /// 1 minus the distance of score and label, where verdicts are numbers.
    pub closeness: Option<Difference>,
    /// How far the two sides agree.
    pub(crate) agreement: Option<JudgeAgreement>,
    /// What `by_tag` compares.
    pub by_tag_measure: Measure,
    /// By tag, for tags of five records or more.
    pub by_tag: Vec<NamedDifference>,
    /// The score of each criterion, check or judge.
    pub by_part: Vec<NamedDifference>,
    /// Records whose verdict is another: what broke first.
    pub flips: Vec<Flip>,
}

/// Records that are not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unpaired {
    /// Records of the old side only.
    pub only_old: u64,
    /// Records of the new side only.
    pub only_new: u64,
    /// Records of both that have a score on the old side only, with the reason for that.
    pub newly_unscored: Vec<(String, String)>,
    /// Records of both that have a score on the new side only.
    pub newly_scored: Vec<String>,
    /// Records of both without a score on either side.
    pub unscored: u64,
    /// Records whose labels differ between the sides: they do not count for accuracy.
    pub relabelled: u64,
}

const LEVEL: f64 = 0.95;

/// Compares two sides.
#[must_use]
pub(crate) fn compare(old: &Side, new: &Side, changed: Changed) -> Comparison {
    compare_at(old, new, changed, LEVEL)
}

/// The same, with intervals at this level for what all records have in common.
pub(super) fn compare_at(old: &Side, new: &Side, changed: Changed, level: f64) -> Comparison {
    let ids: Vec<&str> =
        old.judged.keys().filter(|id| new.judged.contains_key(*id)).map(String::as_str).collect();
    let both = |id: &&str| Some((old.judged.get(*id)?, new.judged.get(*id)?));
    let pairs: Vec<(&Judged, &Judged)> = ids.iter().filter_map(both).collect();
    let labelled: Vec<(&Judged, &Judged)> =
        pairs.iter().copied().filter(|(old, new)| is_labelled_alike(old, new)).collect();
    let is_numeric = is_numeric(&pairs);
    let of_both = |pairs: &[(&Judged, &Judged)], of: Of| of_both(pairs, of, level);
    let score = of_both(&pairs, value);
    let accuracy = of_both(&labelled, right);
    let closeness = if is_numeric { of_both(&labelled, Judged::closeness) } else { None };
    let (measure, meaning) = measure(changed, accuracy.is_some(), is_numeric);
    let (measured, by): (&[(&Judged, &Judged)], Of) = match measure {
        Measure::Accuracy => (&labelled, right),
        Measure::Closeness => (&labelled, Judged::closeness),
        Measure::Score => (&pairs, value),
    };
    let mut flips: Vec<Flip> = ids
        .iter()
        .zip(&pairs)
        .filter_map(|(id, (old, new))| agreement::flip(id, old, new, changed))
        .collect();
    agreement::in_order(&mut flips);
    let [was, is] = [old, new].map(|side| side.summary(&ids));
    Comparison {
        multiples: Multiples::of(was.effort(), is.effort()),
        output_multiples: was.outputs.zip(is.outputs).and_then(|(was, is)| Multiples::of(was, is)),
        old: was,
        new: is,
        changed,
        records: ids.len() as u64,
        unpaired: Unpaired {
            only_old: old.records() - ids.len() as u64,
            only_new: new.records() - ids.len() as u64,
            relabelled: (pairs.len() - labelled.len()) as u64,
            ..unscored(&ids, &pairs)
        },
        verdict: of_both(measured, by).map(|difference| verdict(difference, measure, meaning)),
        score,
        accuracy,
        closeness,
        agreement: agreement::agreement(&pairs, is_numeric),
        by_tag_measure: measure,
        by_tag: by_tag(measured, by),
        by_part: by_part(&pairs),
        flips,
    }
}

fn right(judged: &Judged, expected: Option<&Expected>) -> Option<f64> {
    judged.is_right(expected).map(|right| if right { 1.0 } else { 0.0 })
}

fn value(judged: &Judged, _: Option<&Expected>) -> Option<f64> {
    judged.value()
}

fn of_both(pairs: &[(&Judged, &Judged)], of: Of, level: f64) -> Option<Difference> {
    let mut columns = Columns::default();
    for (old, new) in pairs {
        let label = label(old, new);
        if let Some(both) = of(old, label).zip(of(new, label)) {
            columns.add(both, new);
        }
    }
    columns.difference(level)
}

/// A judge is good if it is close to the labels, whatever its mean score; an output is good if its score is
/// high.
fn measure(changed: Changed, has_labels: bool, is_numeric: bool) -> (Measure, Meaning) {
    match (changed, has_labels, is_numeric) {
        (Changed::Outputs, ..) => (Measure::Score, Meaning::Quality),
        (Changed::Judge | Changed::Nothing, true, true) => (Measure::Closeness, Meaning::Quality),
        (Changed::Judge | Changed::Nothing, true, false) => (Measure::Accuracy, Meaning::Quality),
        _ => (Measure::Score, Meaning::Severity),
    }
}

/// Whether verdicts are numbers: every one of them is, and there are more than two.
fn is_numeric(pairs: &[(&Judged, &Judged)]) -> bool {
    let labels = pairs.iter().flat_map(|(old, new)| old.label().into_iter().chain(new.label()));
    let levels: Option<std::collections::BTreeSet<i64>> = labels.map(agreement::level).collect();
    levels.is_some_and(|levels| levels.len() > 2)
}

fn unscored(ids: &[&str], pairs: &[(&Judged, &Judged)]) -> Unpaired {
    let mut unpaired = Unpaired::default();
    for (id, (old, new)) in ids.iter().zip(pairs) {
        match (&old.verdict, &new.verdict) {
            (Ok(_), Err(reason)) => unpaired.newly_unscored.push(((*id).to_owned(), reason.clone())),
            (Err(_), Ok(_)) => unpaired.newly_scored.push((*id).to_owned()),
            (Err(_), Err(_)) => unpaired.unscored += 1,
            (Ok(_), Ok(_)) => {}
        }
    }
    unpaired
}

/// The difference for a tag or a part of the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamedDifference {
    /// The tag, the criterion, the check or the judge.
    pub name: String,
    /// The difference; its interval is at a level at which all intervals of the table hold together at 95 %.
    pub difference: Difference,
    /// The p-value adjusted for the number of rows (Holm 1979).
    pub adjusted_p_value: f64,
}

/// The fewest records of a group that are worth a row.
const FEWEST: usize = 5;

/// Numbers of both sides, by group.
#[derive(Default)]
struct Columns {
    old: Vec<f64>,
    new: Vec<f64>,
    /// The source of each, where records share some.
    sources: Vec<String>,
}

pub(super) fn by_tag(pairs: &[(&Judged, &Judged)], of: Of) -> Vec<NamedDifference> {
    let mut groups: BTreeMap<&str, Columns> = BTreeMap::new();
    for (old, new) in pairs {
        let label = label(old, new);
        let Some(both) = of(old, label).zip(of(new, label)) else { continue };
        // Locked scores have no tags.
        for tag in if new.tags.is_empty() { &old.tags } else { &new.tags } {
            groups.entry(tag).or_default().add(both, new);
        }
    }
    table(groups)
}

pub(super) fn by_part(pairs: &[(&Judged, &Judged)]) -> Vec<NamedDifference> {
    let mut groups: BTreeMap<&str, Columns> = BTreeMap::new();
    for (old, new) in pairs {
        for (name, value) in &new.parts {
            if let Some(both) = old.part(name).zip(*value) {
                groups.entry(name).or_default().add(both, new);
            }
        }
    }
    table(groups)
}

impl Columns {
    fn add(&mut self, (old, new): (f64, f64), judged: &Judged) {
        self.old.push(old);
        self.new.push(new);
        self.sources.extend(judged.source.clone());
    }

    fn difference(&self, level: f64) -> Option<Difference> {
        difference(&self.new, &self.old, self.sources.clone(), level)
    }
}

fn table(groups: BTreeMap<&str, Columns>) -> Vec<NamedDifference> {
    let large: Vec<_> = groups.into_iter().filter(|(_, columns)| columns.old.len() >= FEWEST).collect();
    let level = 1.0 - 0.05 / real(large.len().max(1));
    let rows: Vec<(&str, Difference)> =
        large.iter().filter_map(|(name, columns)| Some((*name, columns.difference(level)?))).collect();
    let p_values: Vec<f64> = rows.iter().map(|(_, difference)| difference.p_value).collect();
    let adjusted = holm(&p_values).unwrap_or(p_values);
    let named = |((name, difference), adjusted_p_value): ((&str, Difference), f64)| NamedDifference {
        name: name.to_owned(),
        difference,
        adjusted_p_value,
    };
    rows.into_iter().zip(adjusted).map(named).collect()
}
