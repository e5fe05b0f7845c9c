//! The records whose verdict is not their label.

use serde::{Deserialize, Serialize};

use super::ruler::{LabelledOutcome, Ruler};

/// A record whose verdict is not its label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Disagreement {
    /// Its id.
    pub id: String,
    /// The label.
    pub label: String,
    /// What the judge said.
    pub verdict: String,
    /// The score in `0..=1`; none of a verdict that decides nothing.
    pub score: Option<f64>,
    /// How sure the judge was, in `0..=1`, where the reading tells it.
    pub confidence: Option<f64>,
    /// The judge's reasons, where it gave some.
    pub reasons: Option<String>,
    /// How far score and label are apart, in `0..=1`, where both are worth something.
    pub distance: Option<f64>,
}

/// The disagreements, the farthest apart first, then by id. On a continuous scale, where no verdict is a label's, there
/// are none.
pub(super) fn disagreements(ruler: &Ruler<'_>, items: &[LabelledOutcome<'_>]) -> Vec<Disagreement> {
    let differs = |one: &&LabelledOutcome<'_>| {
        let places = ruler.position(&one.expected.label).zip(ruler.position(&one.score.label));
        places.is_some_and(|(label, verdict)| label != verdict)
    };
    let mut all: Vec<Disagreement> = items.iter().filter(differs).map(of).collect();
    let apart = |one: &Disagreement| one.distance.unwrap_or(0.0);
    all.sort_by(|a, b| apart(b).total_cmp(&apart(a)).then_with(|| a.id.cmp(&b.id)));
    all
}

fn of(one: &LabelledOutcome<'_>) -> Disagreement {
    Disagreement {
        id: one.id.to_owned(),
        label: one.expected.label.clone(),
        verdict: one.score.label.clone(),
        score: one.score.value,
        confidence: one.score.confidence,
        reasons: one.score.reasoning.clone(),
        distance: one.score.value.zip(one.expected.value).map(|(score, label)| (score - label).abs()),
    }
}
