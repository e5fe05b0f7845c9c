//! The one look at the test part: the baseline and the winner, record by record.

use futures_util::StreamExt;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use super::candidate::Candidate;
use super::event::{Event, Part};
use super::examiner::{Examiner, Reply};
use super::example::Example;
use super::objective::{Given, Judgment, Objective};
use super::options::TuneOptions;
use super::search::{Found, Subject};
use super::split::HeldOut;
use crate::error::Result;
use crate::eval::{Expected, Stop};
use crate::judge::{Reason, Unscored};
use crate::signature::{Scale, ScaleKind};
use crate::stats::{Bootstrap, Interval, PairedOutcomes, ThresholdGoal, best_threshold, paired_permutation};

/// Baseline and winner on the test part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestFigures {
    /// How many test records.
    pub n: usize,
    /// How many of them both had a reply to: what is compared.
    pub compared: usize,
    /// The baseline's objective.
    pub baseline: Option<f64>,
    /// The winner's; `None` where the baseline won.
    pub winner: Option<f64>,
    /// Winner less baseline, with a bootstrap interval (percentile) over groups of records.
    pub difference: Option<f64>,
    /// Its interval.
    pub interval: Option<Interval>,
    /// On named verdicts: the winner's share of right verdicts less the baseline's.
    pub hits: Option<f64>,
    /// Its interval (Tango 1998).
    pub hits_interval: Option<Interval>,
    /// The p-value of the mean difference in loss (paired permutation).
    pub p_value: Option<f64>,
    /// What a threshold that was placed on the validation part does, where there is one to place.
    pub threshold: Option<ThresholdFigures>,
}

/// What placing the threshold does, apart from the prompt's gain: all on the test part, by κ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdFigures {
    /// The baseline's threshold.
    pub baseline_at: f64,
    /// The baseline's κ at the verdicts it gives.
    pub baseline_before: Option<f64>,
    /// Its κ from the threshold on.
    pub baseline_after: Option<f64>,
    /// The winner's threshold.
    pub winner_at: f64,
    /// The winner's κ at the verdicts it gives.
    pub winner_before: Option<f64>,
    /// Its κ from the threshold on.
    pub winner_after: Option<f64>,
}

/// What the test says of the winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Held {
    /// The interval of the difference lies above 0.
    Better,
    /// It includes 0.
    Unsure,
    /// It lies below 0.
    Worse,
}

impl TestFigures {
    /// What the test says of the winner; `None` without one, or without an interval.
    #[must_use]
    pub fn held(&self) -> Option<Held> {
        let interval = self.interval?;
        Some(match (interval.low > 0.0, interval.high < 0.0) {
            (true, _) => Held::Better,
            (_, true) => Held::Worse,
            _ => Held::Unsure,
        })
    }
}

/// How the final comparison ended.
pub enum Tested {
    /// With figures.
    Figures(Box<TestFigures>),
    /// Not: a budget refused a call, or it was interrupted.
    Not(Option<Unscored>),
}

/// Judges the test part by the baseline and, if there is one, the winner, and compares them. It
/// uses the records up: there is no second look.
///
/// # Errors
/// The listener fails.
pub async fn test<E: Examiner>(
    subject: Subject<'_>,
    found: &Found,
    held_out: HeldOut,
    examiner: &E,
    options: TuneOptions,
    stop: &Stop,
    mut listen: impl FnMut(Event<'_>) -> Result<()>,
) -> Result<Tested> {
    let winner = found.standings.get(found.best).filter(|_| found.best > 0);
    let winner = winner.map(|standing| (found.best, &standing.candidate));
    let examples = held_out.open();
    let pool = subject.pool();
    let baseline = Candidate::baseline();
    let sides: Vec<(usize, &Candidate)> = [(0, &baseline)].into_iter().chain(winner).collect();
    let mut judgments: [Vec<Judgment>; 2] = Default::default();
    for (side, (place, candidate)) in sides.into_iter().enumerate() {
        let asked = examples.iter().map(|example| {
            let spec = candidate.apply(subject.spec, &pool);
            async move { if stop.is_wished() { None } else { Some(examiner.judge(spec, example).await) } }
        });
        let mut replies = stream::iter(asked).buffered(options.concurrency.max(1));
        for example in &examples {
            let Some(Some(reply)) = replies.next().await else {
                return Ok(Tested::Not(None));
            };
            listen(Event::Judged { place, part: Part::Test, id: &example.id, reply: &reply })?;
            if let Some(refused) = refused(&reply) {
                return Ok(Tested::Not(Some(refused)));
            }
            judgments[side].push(Judgment { expected: example.expected.clone(), given: reply.given });
        }
    }
    let figures = figures(&examples, &judgments, &found.judgments, subject.scale, &options);
    Ok(Tested::Figures(Box::new(figures)))
}

fn refused(reply: &Reply) -> Option<Unscored> {
    reply.unscored.clone().filter(|unscored| unscored.reason == Reason::Budget)
}

/// The two sides of a group of test records.
type Pair = (Judgment, Judgment);

fn figures(
    examples: &[Example],
    [baseline, winner]: &[Vec<Judgment>; 2],
    validation: &[Vec<Judgment>; 2],
    scale: &Scale,
    options: &TuneOptions,
) -> TestFigures {
    let objective = &options.objective;
    let mut figures = TestFigures {
        n: examples.len(),
        compared: examples.len(),
        baseline: objective.value(baseline, scale),
        winner: objective.value(winner, scale),
        difference: None,
        interval: None,
        hits: None,
        hits_interval: None,
        p_value: None,
        threshold: None,
    };
    if winner.is_empty() {
        let alone: Vec<Pair> = baseline.iter().map(|one| (one.clone(), one.clone())).collect();
        figures.threshold = thresholds(&alone, validation, scale);
        return figures;
    }
    let there = |one: &Judgment| one.given != Given::Missing;
    let mut groups: std::collections::BTreeMap<&str, Vec<Pair>> = std::collections::BTreeMap::new();
    for ((example, baseline), winner) in examples.iter().zip(baseline).zip(winner) {
        if there(baseline) && there(winner) {
            groups.entry(&example.group).or_default().push((baseline.clone(), winner.clone()));
        }
    }
    let groups: Vec<Vec<Pair>> = groups.into_values().collect();
    let pairs: Vec<Pair> = groups.iter().flatten().cloned().collect();
    figures.compared = pairs.len();
    figures.baseline = objective.value(&side(&pairs, |pair| &pair.0), scale);
    figures.winner = objective.value(&side(&pairs, |pair| &pair.1), scale);
    figures.difference = gain(&groups, objective, scale);
    let gain = |groups: &[Vec<Pair>]| gain(groups, objective, scale);
    figures.interval =
        Bootstrap { seed: options.seed, ..Bootstrap::default() }.percentile(&groups, gain, 0.95);
    let losses = |of: fn(&Pair) -> &Judgment| -> Vec<f64> {
        pairs.iter().filter_map(|pair| objective.loss(of(pair), scale)).collect()
    };
    let permutation =
        paired_permutation(&losses(|pair| &pair.0), &losses(|pair| &pair.1), 10_000, options.seed);
    figures.p_value = permutation.map(|test| test.p_value);
    if let ScaleKind::Labels(_) = scale.kind {
        let right = |of: fn(&Pair) -> &Judgment| -> Vec<bool> {
            pairs.iter().map(|pair| is_right(of(pair))).collect()
        };
        let outcomes = PairedOutcomes::of(&right(|pair| &pair.1), &right(|pair| &pair.0));
        figures.hits = outcomes.and_then(|outcomes| outcomes.difference());
        figures.hits_interval = outcomes.and_then(|outcomes| outcomes.tango(0.95));
    }
    figures.threshold = thresholds(&pairs, validation, scale);
    figures
}

fn side(pairs: &[Pair], of: fn(&Pair) -> &Judgment) -> Vec<Judgment> {
    pairs.iter().map(|pair| of(pair).clone()).collect()
}

fn gain(groups: &[Vec<Pair>], objective: &Objective, scale: &Scale) -> Option<f64> {
    let pairs: Vec<Pair> = groups.iter().flatten().cloned().collect();
    let baseline = objective.value(&side(&pairs, |pair| &pair.0), scale)?;
    Some(objective.value(&side(&pairs, |pair| &pair.1), scale)? - baseline)
}

fn is_right(judgment: &Judgment) -> bool {
    matches!(&judgment.given, Given::Verdict { label, .. } if *label == judgment.expected.label)
}

/// Thresholds placed on the validation part and tried on the test part, for two verdicts with scores
/// between them.
fn thresholds(pairs: &[Pair], validation: &[Vec<Judgment>; 2], scale: &Scale) -> Option<ThresholdFigures> {
    let names = two_verdicts(scale)?;
    let baseline_at = placed(&validation[0])?;
    let winner_at = placed(&validation[1])?;
    let (baseline, winner) = (side(pairs, |pair| &pair.0), side(pairs, |pair| &pair.1));
    let kappa = |judgments: &[Judgment]| Objective::Kappa.value(judgments, scale);
    Some(ThresholdFigures {
        baseline_at,
        baseline_before: kappa(&baseline),
        baseline_after: kappa(&passed_from(&baseline, baseline_at, &names)),
        winner_at,
        winner_before: kappa(&winner),
        winner_after: kappa(&passed_from(&winner, winner_at, &names)),
    })
}

/// The labels worth 1 and 0, where there are no others.
fn two_verdicts(scale: &Scale) -> Option<[String; 2]> {
    let good = scale.labels().iter().find(|label| label.value == Some(1.0))?;
    let bad = scale.labels().iter().find(|label| label.value == Some(0.0))?;
    (scale.labels().len() == 2).then(|| [good.name.clone(), bad.name.clone()])
}

/// The threshold with the highest κ; `None` where all scores are 0 or 1, as decoded verdicts are.
fn placed(validation: &[Judgment]) -> Option<f64> {
    let items: Vec<(f64, bool)> = validation
        .iter()
        .filter_map(|one| match &one.given {
            Given::Verdict { value: Some(value), .. } => Some((*value, good(&one.expected)?)),
            _ => None,
        })
        .collect();
    let between = items.iter().any(|(value, _)| *value > 0.0 && *value < 1.0);
    between.then(|| best_threshold(&items, ThresholdGoal::Kappa))
}

fn good(expected: &Expected) -> Option<bool> {
    expected.value.map(|value| value >= 0.5)
}

fn passed_from(judgments: &[Judgment], at: f64, [good, bad]: &[String; 2]) -> Vec<Judgment> {
    let moved = |one: &Judgment| {
        let mut one = one.clone();
        if let Given::Verdict { label, value: Some(value) } = &mut one.given {
            label.clone_from(if *value >= at { good } else { bad });
        }
        one
    };
    judgments.iter().map(moved).collect()
}
