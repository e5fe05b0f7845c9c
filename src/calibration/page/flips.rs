//! Verdicts that change where nothing should change them.

use std::collections::BTreeMap;

use super::measured::Measured;
use super::ruler::Ruler;
use crate::eval::{Outcome, Repeat};
use crate::summary::Rate;

/// How often a record's verdict differs when it is judged again, over all pairs of a record's runs.
pub(super) fn repeats(outcomes: &[Outcome], again: &[Vec<Outcome>]) -> Measured<Rate> {
    let is_repeated = outcomes.iter().any(|outcome| outcome.repeats.len() > 1);
    if again.is_empty() && !is_repeated {
        return Measured::Missing(
            "give another run of the same judge on the same records with --again FOLDER".into(),
        );
    }
    let mut verdicts: BTreeMap<&str, Vec<&str>> =
        outcomes.iter().map(|outcome| (outcome.id.as_str(), drawn(outcome))).collect();
    for run in again {
        for (id, label) in labels(run) {
            if let Some(labels) = verdicts.get_mut(id) {
                labels.push(label);
            }
        }
    }
    let (mut changed, mut pairs) = (0, 0);
    for labels in verdicts.values() {
        for (index, one) in labels.iter().enumerate() {
            for other in labels.iter().skip(index + 1) {
                changed += u64::from(one != other);
                pairs += 1;
            }
        }
    }
    Measured::of((pairs > 0).then(|| Rate::of(changed, pairs)), "the runs share no scored record")
}

/// How often a pair's verdict does not turn around when its two sides are exchanged: then the place
/// decided and not what stood there.
pub(super) fn swaps(ruler: &Ruler<'_>, outcomes: &[Outcome], swapped: Option<&[Outcome]>) -> Measured<Rate> {
    let (mut flipped, mut pairs) = (0, 0);
    for verdicts in outcomes.iter().map(|outcome| &outcome.orders).filter(|orders| orders.len() > 1) {
        let labels: Option<Vec<&String>> = verdicts.iter().map(|verdict| verdict.label.as_ref()).collect();
        if let Some(labels) = labels {
            flipped += u64::from(labels.windows(2).any(|pair| pair.first() != pair.last()));
            pairs += 1;
        }
    }
    if pairs > 0 {
        return Measured::Value(Rate::of(flipped, pairs));
    }
    let Some(swapped) = swapped else {
        return Measured::Missing(
            "for pairs: give a run with the two sides exchanged with --swapped FOLDER".into(),
        );
    };
    let turned: BTreeMap<&str, &str> = labels(swapped).collect();
    for (id, label) in labels(outcomes) {
        let values = turned.get(id).and_then(|other| Some((ruler.value_of(label)?, ruler.value_of(other)?)));
        if let Some((first, second)) = values {
            flipped += u64::from((first + second - 1.0).abs() > 1e-9);
            pairs += 1;
        }
    }
    Measured::of((pairs > 0).then(|| Rate::of(flipped, pairs)), "the runs share no scored record")
}

fn labels(outcomes: &[Outcome]) -> impl Iterator<Item = (&str, &str)> {
    outcomes.iter().filter_map(|outcome| Some((outcome.id.as_str(), outcome.score()?.label.as_str())))
}

/// A record's verdicts: one, or that of each of its repeats.
fn drawn(outcome: &Outcome) -> Vec<&str> {
    let whole = outcome.score().filter(|_| outcome.repeats.is_empty());
    let repeats = outcome.repeats.iter().filter_map(Repeat::score);
    whole.into_iter().chain(repeats).map(|score| score.label.as_str()).collect()
}
