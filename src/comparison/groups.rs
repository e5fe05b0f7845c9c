//! The difference for each tag and for each part of the score.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::difference::{Difference, difference};
use super::labels::{Of, label};
use super::side::Judged;
use crate::stats::holm;

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
}

pub(super) fn by_tag(pairs: &[(&Judged, &Judged)], of: Of) -> Vec<NamedDifference> {
    let mut groups: BTreeMap<&str, Columns> = BTreeMap::new();
    for (old, new) in pairs {
        let label = label(old, new);
        let Some(both) = of(old, label).zip(of(new, label)) else { continue };
        // Locked scores have no tags.
        for tag in if new.tags.is_empty() { &old.tags } else { &new.tags } {
            groups.entry(tag).or_default().add(both);
        }
    }
    table(groups)
}

pub(super) fn by_part(pairs: &[(&Judged, &Judged)]) -> Vec<NamedDifference> {
    let mut groups: BTreeMap<&str, Columns> = BTreeMap::new();
    for (old, new) in pairs {
        for (name, value) in &new.parts {
            if let Some(both) = old.part(name).zip(*value) {
                groups.entry(name).or_default().add(both);
            }
        }
    }
    table(groups)
}

impl Columns {
    fn add(&mut self, (old, new): (f64, f64)) {
        self.old.push(old);
        self.new.push(new);
    }
}

fn table(groups: BTreeMap<&str, Columns>) -> Vec<NamedDifference> {
    let large: Vec<_> = groups.into_iter().filter(|(_, columns)| columns.old.len() >= FEWEST).collect();
    #[expect(clippy::cast_precision_loss, reason = "tags and criteria are few")]
    let level = 1.0 - 0.05 / large.len().max(1) as f64;
    let rows: Vec<(&str, Difference)> = large
        .iter()
        .filter_map(|(name, columns)| Some((*name, difference(&columns.new, &columns.old, level)?)))
        .collect();
    let p_values: Vec<f64> = rows.iter().map(|(_, difference)| difference.p_value).collect();
    let adjusted = holm(&p_values).unwrap_or(p_values);
    let named = |((name, difference), adjusted_p_value): ((&str, Difference), f64)| NamedDifference {
        name: name.to_owned(),
        difference,
        adjusted_p_value,
    };
    rows.into_iter().zip(adjusted).map(named).collect()
}
