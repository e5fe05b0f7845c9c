//! What a calibration is fitted on.

use serde::{Deserialize, Serialize};

/// The verdicts a judge chooses from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdicts {
    /// Their labels, in the order of the shares.
    pub labels: Vec<String>,
    /// What each is worth, in `0..=1`; `None` for one that decides nothing.
    pub values: Vec<Option<f64>>,
}

/// A judged item with its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The record's id.
    pub id: String,
    /// What the record has in common with others (a conversation, an author): cases of one cluster
    /// are never parted between fitting and checking. `None`: the record stands for itself.
    pub cluster: Option<String>,
    /// The judge's share of each verdict, in their order.
    pub shares: Vec<f64>,
    /// What the label is worth, in `0..=1`: the value of its verdict, or a mean over people.
    pub truth: f64,
}
