//! How well a cell judges: agreement with the labels, valid answers, and verdicts that change from time to time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::line::{Call, Line, Phase};
use super::speed::{BOOTSTRAP, LEVEL, MOST_DRAWN};
use crate::judge::{Purpose, Reason};
use crate::number::{real, to_i64};
use crate::stats::{Confusion, Interval, Weighting, mean, median, spearman};
use crate::summary::Rate;

/// How well a cell judges.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Quality {
    /// Records that were judged, and those of them with a verdict.
    pub(crate) scored: Rate,
    /// Of labelled records with a verdict those whose verdict is their label.
    pub(crate) accuracy: Rate,
    /// Cohen's κ with the labels; with quadratic weights on a numeric scale.
    pub(crate) kappa: Option<Figure>,
    /// Spearman's ρ of scores and labels.
    pub(crate) rank: Option<Figure>,
    /// Answers that were valid as they came.
    pub(crate) valid_raw: Rate,
    /// Answers that were valid as they came or after repair.
    pub(crate) valid: Rate,
    /// Records about which the model was asked again.
    pub(crate) asked_again: Rate,
    /// Records about which the server or the model refused.
    pub(crate) refused: Rate,
    /// Records with two or more verdicts whose verdicts are not all the same.
    pub(crate) flips: Rate,
}

/// A number with its interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Figure {
    pub(crate) value: f64,
    pub(crate) interval: Option<Interval>,
}

/// What a cell says of a record, over all times it was judged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdicts {
    /// The label that it should have, and its score.
    pub(crate) expected: Option<(String, Option<f64>)>,
    /// The verdict of most, the earlier of a tie; none where there is no verdict.
    pub(crate) label: Option<String>,
    /// The mean score.
    pub(crate) value: Option<f64>,
    pub(crate) times: u64,
    pub(crate) is_steady: bool,
    /// The median time, in milliseconds.
    pub(crate) ms: Option<f64>,
    /// What the model wrote the first time that there was a verdict, or else the first time; none where its
    /// probabilities were read.
    pub(crate) text: Option<String>,
    /// What the first failure said.
    pub(crate) failure: Option<String>,
}

impl Verdicts {
    /// How right it is, from 0 to 1: as the label on named verdicts, by the distance on a numeric scale.
    pub(crate) fn rightness(&self, scale: Option<(f64, f64)>) -> Option<f64> {
        let ((expected, truth), label) = (self.expected.as_ref()?, self.label.as_ref()?);
        if scale.is_some() {
            return Some(1.0 - ((*truth)? - self.value?).abs());
        }
        Some(f64::from(u8::from(expected == label)))
    }
}

/// The verdicts of one cell's lines, by record.
pub(crate) fn verdicts(lines: &[&Line]) -> BTreeMap<String, Verdicts> {
    let mut by_record: BTreeMap<String, Vec<&Line>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.phase == Phase::Measured) {
        if let Some(record) = &line.record {
            by_record.entry(record.clone()).or_default().push(line);
        }
    }
    by_record.into_iter().map(|(record, lines)| (record, of_record(&lines))).collect()
}

fn of_record(lines: &[&Line]) -> Verdicts {
    let given = || lines.iter().filter_map(|line| line.given.as_ref());
    let labels: Vec<&str> = given().map(|given| given.label.as_str()).collect();
    let votes = |label: &str| labels.iter().filter(|other| **other == label).count();
    let most = labels.iter().map(|label| votes(label)).max();
    let label = labels.iter().find(|label| Some(votes(label)) == most).map(|label| (*label).to_owned());
    let values: Vec<f64> = given().filter_map(|given| given.value).collect();
    let expected = lines.iter().find_map(|line| line.expected.as_ref());
    Verdicts {
        expected: expected.map(|expected| (expected.label.clone(), expected.value)),
        label,
        value: mean(&values),
        times: labels.len() as u64,
        is_steady: labels.windows(2).all(|pair| pair.first() == pair.last()),
        ms: median(&answered(lines)),
        text: text(lines),
        failure: lines.iter().find_map(|line| line.unscored.as_ref()).map(ToString::to_string),
    }
}

/// What was written last about the record, in the first line with a verdict or else in the first with a reply.
fn text(lines: &[&Line]) -> Option<String> {
    let with_verdict = lines.iter().find(|line| line.given.is_some());
    let line = with_verdict.or_else(|| lines.iter().find(|line| line.replies().next().is_some()))?;
    let last = line.replies().filter(|call| !call.weighed).last()?;
    Some(last.text.clone()).filter(|text| !text.trim().is_empty())
}

/// The times of what was answered.
fn answered(lines: &[&Line]) -> Vec<f64> {
    let answered = lines.iter().filter(|line| line.replies().next().is_some());
    answered.map(|line| line.elapsed_ms).collect()
}

/// The share of a cell's verdicts that are the label, if there are labels, and its median time; `None` without replies.
pub(crate) fn at_a_glance(lines: &[&Line]) -> Option<(Option<f64>, f64)> {
    let measured: Vec<&Line> = lines.iter().copied().filter(|line| line.phase == Phase::Measured).collect();
    let right =
        |line: &&Line| Some(f64::from(u8::from(line.expected.as_ref()?.label == line.given.as_ref()?.label)));
    let right: Vec<f64> = measured.iter().filter_map(right).collect();
    Some((mean(&right), median(&answered(&measured))?))
}

impl Quality {
    /// Of the lines of one cell.
    pub(crate) fn of(
        lines: &[&Line],
        by_record: &BTreeMap<String, Verdicts>,
        scale: Option<(f64, f64)>,
    ) -> Self {
        let measured: Vec<&Line> =
            lines.iter().copied().filter(|line| line.phase == Phase::Measured).collect();
        let n = measured.len() as u64;
        let share =
            |is: fn(&Line) -> bool| Rate::of(measured.iter().filter(|line| is(line)).count() as u64, n);
        let judged =
            |call: &&Call| matches!(call.purpose, Some(Purpose::Verdict | Purpose::Again)) && !call.weighed;
        let answers: Vec<&Call> = measured.iter().flat_map(|line| line.replies()).filter(judged).collect();
        let share_of_answers = |is: fn(&Call) -> bool| {
            Rate::of(answers.iter().filter(|call| is(call)).count() as u64, answers.len() as u64)
        };
        let repeated: Vec<&Verdicts> = by_record.values().filter(|record| record.times > 1).collect();
        let flips = repeated.iter().filter(|record| !record.is_steady).count() as u64;
        let right = |record: &Verdicts| Some(record.expected.as_ref()?.0 == *record.label.as_ref()?);
        let right: Vec<bool> = by_record.values().filter_map(right).collect();
        Self {
            scored: share(|line| line.given.is_some()),
            accuracy: Rate::of(right.iter().filter(|right| **right).count() as u64, right.len() as u64),
            kappa: kappa(by_record, scale),
            rank: rank(by_record),
            valid_raw: share_of_answers(|call| !call.repaired && !call.invalid),
            valid: share_of_answers(|call| !call.invalid),
            asked_again: share(|line| line.calls.iter().any(|call| call.purpose == Some(Purpose::Again))),
            refused: share(is_refused),
            flips: Rate::of(flips, repeated.len() as u64),
        }
    }
}

fn is_refused(line: &Line) -> bool {
    let by_reason = line.unscored.as_ref().is_some_and(|unscored| unscored.reason == Reason::Refused);
    by_reason || line.calls.iter().any(|call| call.filtered)
}

fn kappa(by_record: &BTreeMap<String, Verdicts>, scale: Option<(f64, f64)>) -> Option<Figure> {
    let both = by_record.values().filter_map(|record| {
        let (expected, truth) = record.expected.as_ref()?;
        Some(((expected, *truth), (record.label.as_ref()?, record.value)))
    });
    if let Some((min, max)) = scale {
        let level = |value: f64| to_i64((min + value * (max - min)).round());
        let mut confusion = Confusion::with_labels(level(0.0)..=level(1.0));
        for ((_, truth), (_, value)) in both {
            confusion.add(level(truth?), level(value?));
        }
        return figure(&confusion, Weighting::Quadratic);
    }
    let mut confusion = Confusion::new();
    for ((expected, _), (label, _)) in both {
        confusion.add(expected.as_str(), label.as_str());
    }
    figure(&confusion, Weighting::Identity)
}

fn figure<L: Ord + Clone>(confusion: &Confusion<L>, weighting: Weighting) -> Option<Figure> {
    let value = confusion.kappa(weighting)?.value;
    Some(Figure { value, interval: confusion.kappa_interval(weighting, &BOOTSTRAP, LEVEL) })
}

fn rank(by_record: &BTreeMap<String, Verdicts>) -> Option<Figure> {
    let pairs = by_record.values().filter_map(|record| Some((record.expected.as_ref()?.1?, record.value?)));
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let of = |items: &[(f64, f64)]| {
        let (truth, given): (Vec<f64>, Vec<f64>) = items.iter().copied().unzip();
        spearman(&truth, &given)
    };
    let value = of(&pairs)?;
    let few = real(pairs.len()) <= real(MOST_DRAWN);
    Some(Figure { value, interval: if few { BOOTSTRAP.percentile(&pairs, of, LEVEL) } else { None } })
}
