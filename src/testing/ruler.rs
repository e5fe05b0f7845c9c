//! Who judged.

use crate::eval::Panel;
use crate::judge::Judge;

/// Who judged: the model's name, and a fingerprint of everything that decides what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedBy {
    pub(super) model: String,
    pub(super) fingerprint: String,
}

impl From<&Judge> for JudgedBy {
    fn from(judge: &Judge) -> Self {
        Self { model: replied(judge.model().name()), fingerprint: short(&judge.fingerprint()) }
    }
}

impl From<&Panel> for JudgedBy {
    fn from(panel: &Panel) -> Self {
        Self { model: replied(panel.model()), fingerprint: short(&panel.fingerprint()) }
    }
}

/// Of a recording, the model that was recorded.
fn replied(model: &str) -> String {
    model.strip_prefix("replay/").unwrap_or(model).to_owned()
}

/// As long as the other fingerprints of a golden file.
fn short(fingerprint: &str) -> String {
    fingerprint.chars().take(12).collect()
}
