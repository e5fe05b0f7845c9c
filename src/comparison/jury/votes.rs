//! The votes that runs cast on each record, and the verdict that a jury would have come to.

use std::collections::BTreeMap;

use crate::data::id_hash;
use crate::eval::{Expected, Outcome};
use crate::judge::{JuryRule, TIE, Vote};
use crate::number::real;
use crate::signature::{Scale, ScaleKind};

/// A run whose verdicts are votes.
pub(crate) struct JuryRun {
    /// The member's name.
    pub name: String,
    /// The model that judged.
    pub model: String,
    /// What it said of each record.
    pub outcomes: Vec<Outcome>,
}

/// How votes become a verdict.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JuryVoting {
    /// The rule.
    pub rule: JuryRule,
    /// The fewest votes that make a verdict; more than half of the members by default.
    pub quorum: Option<usize>,
}

/// Into how many parts the labelled records are divided: each is weighed by accuracies measured on the others.
pub(super) const PARTS: usize = 5;

/// A verdict: its name, and what it is worth.
pub(super) type Verdict = (String, Option<f64>);

/// One record.
pub(super) struct Ballot {
    /// What each member said, in their order.
    pub(super) votes: Vec<Option<Verdict>>,
    /// The accuracies by which the votes are weighed.
    pub(super) accuracies: Vec<Option<f64>>,
    pub(super) expected: Option<Expected>,
    /// What the jury says; `None` below the quorum.
    pub(super) verdict: Option<Verdict>,
}

/// Every record's ballot, by its id.
pub(super) fn ballots(runs: &[JuryRun], voting: JuryVoting, scale: &Scale) -> BTreeMap<String, Ballot> {
    let mut ballots: BTreeMap<String, Ballot> = BTreeMap::new();
    for (place, run) in runs.iter().enumerate() {
        for outcome in &run.outcomes {
            let ballot = ballots.entry(outcome.id.clone()).or_insert_with(|| Ballot {
                votes: vec![None; runs.len()],
                accuracies: vec![None; runs.len()],
                expected: None,
                verdict: None,
            });
            if ballot.expected.is_none() {
                ballot.expected.clone_from(&outcome.expected);
            }
            if let (Some(vote), Some(score)) = (ballot.votes.get_mut(place), outcome.score()) {
                *vote = Some((score.label.clone(), score.value));
            }
        }
    }
    if voting.rule == JuryRule::Weighted {
        weigh(&mut ballots, runs.len());
    }
    let quorum = voting.quorum.unwrap_or(runs.len() / 2 + 1);
    for ballot in ballots.values_mut() {
        ballot.verdict = decided(ballot, None, voting.rule, quorum, scale);
    }
    ballots
}

/// What the jury says, with or without one of its members.
pub(super) fn decided(
    ballot: &Ballot,
    without: Option<usize>,
    rule: JuryRule,
    quorum: usize,
    scale: &Scale,
) -> Option<Verdict> {
    let each = ballot.votes.iter().zip(&ballot.accuracies).enumerate();
    let votes: Vec<Vote<'_>> = each
        .filter(|(place, _)| Some(*place) != without)
        .filter_map(|(_, (vote, accuracy))| {
            let (label, value) = vote.as_ref()?;
            Some(Vote { label, value: *value, accuracy: *accuracy })
        })
        .collect();
    if votes.is_empty() || votes.len() < quorum {
        return None;
    }
    // Where votes are averaged and none is worth anything, nothing is decided.
    let decision = rule.decide(&votes, scale);
    Some(decision.map_or_else(|| (TIE.to_owned(), None), |decision| (decision.label, decision.value)))
}

/// Weighs each record's votes by the members' accuracies on the other parts.
fn weigh(ballots: &mut BTreeMap<String, Ballot>, members: usize) {
    let mut ids: Vec<(String, String)> = ballots.keys().map(|id| (id_hash(id), id.clone())).collect();
    ids.sort();
    let part_of: BTreeMap<String, usize> =
        ids.into_iter().enumerate().map(|(place, (_, id))| (id, place % PARTS)).collect();
    // By member and part, the labelled votes and those of them that are right.
    let mut counts = vec![[(0_u64, 0_u64); PARTS]; members];
    for (id, ballot) in ballots.iter() {
        let (Some(expected), Some(part)) = (&ballot.expected, part_of.get(id)) else { continue };
        for (counts, vote) in counts.iter_mut().zip(&ballot.votes) {
            if let (Some((label, _)), Some((n, right))) = (vote, counts.get_mut(*part)) {
                *n += 1;
                *right += u64::from(*label == expected.label);
            }
        }
    }
    for (id, ballot) in ballots.iter_mut() {
        let own = part_of.get(id).copied();
        for (accuracy, counts) in ballot.accuracies.iter_mut().zip(&counts) {
            let others = counts.iter().enumerate().filter(|(part, _)| Some(*part) != own);
            let (n, right) = others.fold((0, 0), |(n, right), (_, counts)| (n + counts.0, right + counts.1));
            *accuracy = (n > 0).then(|| real(right) / real(n));
        }
    }
}

/// How right a verdict is, in `0..=1`: whether it is the label; of numbers, 1 less their distance on the scale.
pub(super) fn rightness((label, value): &Verdict, expected: &Expected, scale: &Scale) -> f64 {
    match &scale.kind {
        ScaleKind::Labels(_) => f64::from(u8::from(*label == expected.label)),
        ScaleKind::Numeric { .. } => {
            value.zip(expected.value).map_or(0.0, |(value, expected)| 1.0 - (value - expected).abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::signature::Label;

    fn scale() -> Scale {
        let label = |name: &str, value| Label { name: name.to_owned(), value: Some(value) };
        Scale { field: "verdict".into(), kind: ScaleKind::Labels(vec![label("yes", 1.0), label("no", 0.0)]) }
    }

    /// What a member says of the records from 0 on, each with its label.
    fn run(name: &str, said: impl Iterator<Item = (&'static str, &'static str)>) -> JuryRun {
        let outcome = |(place, (verdict, label)): (usize, (&str, &str))| {
            let line = json!({
                "id": format!("r{place}"), "index": place, "model": name, "reading": "text",
                "expected": {"label": label}, "result": {"scored": {"value": null, "label": verdict}},
                "attempts": [], "elapsed_ms": 0.0,
            });
            serde_json::from_value(line).unwrap()
        };
        JuryRun { name: name.into(), model: name.into(), outcomes: said.enumerate().map(outcome).collect() }
    }

    const WEIGHTED: JuryVoting = JuryVoting { rule: JuryRule::Weighted, quorum: None };

    #[test]
    fn a_records_own_label_never_weighs_its_votes() {
        let runs = |first: &'static str| {
            let label = move |n: usize| if n == 0 { first } else { "yes" };
            let of = move |wrong: usize| {
                (0..50).map(move |n| (if n % 10 < wrong { "no" } else { "yes" }, label(n)))
            };
            [run("a", of(1)), run("b", of(3)), run("c", of(4))]
        };
        let (one, other) =
            (ballots(&runs("yes"), WEIGHTED, &scale()), ballots(&runs("no"), WEIGHTED, &scale()));
        assert_eq!(one["r0"].accuracies, other["r0"].accuracies);
        assert!(one.iter().any(|(id, ballot)| ballot.accuracies != other[id].accuracies));
        // 0.9 alone weighs ln 9 = 2.20, and 0.7 and 0.6 together ln (7/3) + ln 1.5 = 1.25.
        let accuracy = |place: usize| one["r1"].accuracies[place].unwrap();
        assert!((accuracy(0) - 0.9).abs() < 0.06 && (accuracy(2) - 0.6).abs() < 0.06);
        assert_eq!(one["r1"].verdict, Some(("yes".to_owned(), Some(1.0))), "a says yes, b and c say no");
    }

    #[test]
    fn below_the_quorum_there_is_no_verdict() {
        let yes = |n: usize| (0..n).map(|_| ("yes", "yes"));
        let runs = [run("a", yes(3)), run("b", yes(2)), run("c", yes(1))];
        let of = |quorum| {
            let ballots = ballots(&runs, JuryVoting { rule: JuryRule::Majority, quorum }, &scale());
            ballots.values().filter(|ballot| ballot.verdict.is_some()).count()
        };
        assert_eq!((of(None), of(Some(1)), of(Some(3))), (2, 3, 1));
    }
}
