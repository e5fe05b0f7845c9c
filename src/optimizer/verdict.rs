//! The one look at the test part: the baseline and the winner, record by record.

mod threshold;

use std::collections::BTreeMap;

use futures_util::StreamExt;
use futures_util::stream;
use serde::{Deserialize, Serialize};

use self::threshold::{Pair, hits, side, thresholds};
use super::examiner::{Examiner, Reply};
use super::example::Example;
use super::objective::{Given, Judgment, Objective, mean_of};
use super::options::{Event, Part, TuneOptions};
use super::proposer::Candidate;
use super::search::{Found, Subject};
use super::split::HeldOut;
use crate::error::Result;
use crate::eval::Stop;
use crate::judge::{Reason, Unscored};
use crate::signature::{Scale, ScaleKind};
use crate::stats::{Bootstrap, Interval, Paired};

pub(crate) use self::threshold::ThresholdFigures;

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
    /// The two-sided p-value of the mean difference in loss, over groups of records; `None` where nothing differs.
    pub p_value: Option<f64>,
    /// What a threshold that was placed on the validation part does, where there is one to place.
    pub(crate) threshold: Option<ThresholdFigures>,
    /// How each target model did, where there are several: then the objective is the mean over them,
    /// and hits and threshold stand here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) models: Vec<ModelTest>,
}

/// How one of several target models did on the test part.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ModelTest {
    /// The objective, asked as the baseline asks.
    pub baseline: Option<f64>,
    /// The objective, asked as the winner asks; `None` where the baseline won.
    pub winner: Option<f64>,
    /// On named verdicts: the winner's share of right verdicts less the baseline's.
    pub hits: Option<f64>,
    /// Its interval (Tango 1998).
    pub hits_interval: Option<Interval>,
    /// What a threshold that was placed on the validation part does.
    pub threshold: Option<ThresholdFigures>,
}

/// What the test says of the winner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestVerdict {
    /// The interval of the difference lies above 0.
    Better,
    /// It includes 0, and the difference is above 0.
    Unsure,
    /// It includes 0, and the difference does not lie above it: what was found on the validation part is
    /// not seen here at all.
    NoGain,
    /// It lies below 0.
    Worse,
}

impl TestFigures {
    /// What the test says of the winner; `None` without one, or without an interval.
    #[must_use]
    pub fn held(&self) -> Option<TestVerdict> {
        let interval = self.interval?;
        Some(match (interval.low > 0.0, interval.high < 0.0) {
            (true, _) => TestVerdict::Better,
            (_, true) => TestVerdict::Worse,
            _ if self.difference.is_some_and(|difference| difference > 0.0) => TestVerdict::Unsure,
            _ => TestVerdict::NoGain,
        })
    }

    /// Whether the winner is no better here than the signature as it was.
    #[must_use]
    pub fn shows_no_gain(&self) -> bool {
        matches!(self.held(), Some(TestVerdict::NoGain | TestVerdict::Worse))
    }
}

/// How the final comparison ended.
pub(crate) enum Tested {
    /// With figures.
    Figures(Box<TestFigures>),
    /// Not: a budget refused a call, or it was interrupted.
    Not(Option<Unscored>),
}

/// Judges the test part by the baseline and, if there is one, the winner, and compares them. It
/// uses the records up: there is no second look. `models` are those of the search.
///
/// # Errors
/// The listener fails.
pub(crate) async fn test<E: Examiner>(
    subject: Subject<'_>,
    found: &Found,
    held_out: HeldOut,
    models: &[E],
    options: TuneOptions,
    stop: &Stop,
    mut listen: impl FnMut(Event<'_>) -> Result<()>,
) -> Result<Tested> {
    let winner = found.standings.get(found.best).filter(|_| found.best > 0);
    let winner = winner.map(|standing| (found.best, &standing.candidate));
    let examples = held_out.open();
    let baseline = Candidate::baseline();
    let sides: Vec<(usize, &Candidate)> = [(0, &baseline)].into_iter().chain(winner).collect();
    let mut judgments = vec![<[Vec<Judgment>; 2]>::default(); models.len()];
    let jobs: Vec<(&Example, usize)> =
        (0..models.len()).flat_map(|model| examples.iter().map(move |example| (example, model))).collect();
    let pool = subject.pool();
    for (side, (place, candidate)) in sides.into_iter().enumerate() {
        let asked = jobs.iter().map(|&(example, model)| {
            let spec = candidate.apply(subject.spec, &pool);
            let judge = &models[model];
            async move { if stop.is_wished() { None } else { Some(judge.judge(spec, example).await) } }
        });
        let mut replies = stream::iter(asked).buffered(options.concurrency.max(1));
        for &(example, model) in &jobs {
            let Some(Some(reply)) = replies.next().await else {
                return Ok(Tested::Not(None));
            };
            listen(Event::Judged { place, model, part: Part::Test, id: &example.id, reply: &reply })?;
            if let Some(refused) = refused(&reply) {
                return Ok(Tested::Not(Some(refused)));
            }
            let judgment = Judgment { expected: example.expected.clone(), given: reply.given };
            judgments[model][side].push(judgment);
        }
    }
    let figures = figures(&examples, &judgments, &found.judgments, subject.scale, &options);
    Ok(Tested::Figures(Box::new(figures)))
}

fn refused(reply: &Reply) -> Option<Unscored> {
    reply.unscored.clone().filter(|unscored| unscored.reason == Reason::Budget)
}

/// What each model said of a record.
type Row = Vec<Pair>;

/// What each model said, asked by the baseline and by the winner.
type Sides = [Vec<Judgment>; 2];

fn figures(
    examples: &[Example],
    judgments: &[Sides],
    validation: &[Sides],
    scale: &Scale,
    options: &TuneOptions,
) -> TestFigures {
    let has_winner = judgments.iter().all(|[_, winner]| !winner.is_empty());
    let groups: Vec<Vec<Row>> = groups(examples, judgments, has_winner);
    let rows: Vec<&Row> = groups.iter().flatten().collect();
    let sources = sources(&groups);
    let models: Vec<ModelTest> = (0..judgments.len())
        .map(|model| {
            let pairs: Vec<Pair> = rows.iter().map(|row| row[model].clone()).collect();
            let test = Test { pairs: &pairs, sources: &sources, validation: &validation[model] };
            model_test(test, has_winner, scale, &options.objective)
        })
        .collect();
    let alone = if let [one] = models.as_slice() { Some(*one) } else { None };
    let mut figures = TestFigures {
        n: examples.len(),
        compared: rows.len(),
        baseline: mean_of(models.iter().map(|model| model.baseline)),
        winner: mean_of(models.iter().map(|model| model.winner)),
        difference: None,
        interval: None,
        hits: alone.and_then(|one| one.hits),
        hits_interval: alone.and_then(|one| one.hits_interval),
        p_value: None,
        threshold: alone.and_then(|one| one.threshold),
        models: if alone.is_some() { Vec::new() } else { models },
    };
    if has_winner {
        compare(&mut figures, &groups, scale, options);
    }
    figures
}

/// The records by group, those alone that every model replied to. Without a winner the baseline
/// stands in its place.
fn groups(examples: &[Example], judgments: &[Sides], has_winner: bool) -> Vec<Vec<Row>> {
    let mut groups: BTreeMap<&str, Vec<Row>> = BTreeMap::new();
    for (place, example) in examples.iter().enumerate() {
        let pair = |[baseline, winner]: &Sides| {
            let baseline = baseline.get(place)?.clone();
            let winner = if has_winner { winner.get(place)?.clone() } else { baseline.clone() };
            Some((baseline, winner))
        };
        let row: Option<Row> = judgments.iter().map(pair).collect();
        let there = |one: &Judgment| one.given != Given::Missing;
        let row = row.filter(|row| row.iter().all(|pair| there(&pair.0) && there(&pair.1)));
        if let Some(row) = row {
            groups.entry(&example.group).or_default().push(row);
        }
    }
    groups.into_values().collect()
}

/// By record, its group.
fn sources(groups: &[Vec<Row>]) -> Vec<String> {
    let of =
        |(place, rows): (usize, &Vec<Row>)| rows.iter().map(move |_| place.to_string()).collect::<Vec<_>>();
    groups.iter().enumerate().flat_map(of).collect()
}

/// What a model said on the test part, whose records share which source, and what it said on the validation part.
#[derive(Clone, Copy)]
struct Test<'a> {
    pairs: &'a [Pair],
    sources: &'a [String],
    validation: &'a Sides,
}

fn model_test(
    Test { pairs, sources, validation }: Test<'_>,
    has_winner: bool,
    scale: &Scale,
    objective: &Objective,
) -> ModelTest {
    let mut one = ModelTest {
        baseline: objective.value(&side(pairs, |pair| &pair.0), scale),
        winner: None,
        hits: None,
        hits_interval: None,
        threshold: thresholds(pairs, sources, validation, scale),
    };
    if !has_winner {
        return one;
    }
    one.winner = objective.value(&side(pairs, |pair| &pair.1), scale);
    if let ScaleKind::Labels(_) = scale.kind {
        let [baseline, winner] = [side(pairs, |pair| &pair.0), side(pairs, |pair| &pair.1)];
        (one.hits, one.hits_interval) = hits(&winner, &baseline, sources);
    }
    one
}

fn compare(figures: &mut TestFigures, groups: &[Vec<Row>], scale: &Scale, options: &TuneOptions) {
    let objective = &options.objective;
    figures.difference = gain(groups, objective, scale);
    let gain = |groups: &[Vec<Row>]| gain(groups, objective, scale);
    figures.interval =
        Bootstrap { seed: options.seed, ..Bootstrap::default() }.percentile(groups, gain, 0.95);
    // A record's loss is the mean over the models, as in the race.
    let losses = |of: fn(&Pair) -> &Judgment| -> Option<Vec<f64>> {
        let loss = |row: &Row| mean_of(row.iter().map(|pair| objective.loss(of(pair), scale)));
        groups.iter().flatten().map(loss).collect()
    };
    let paired = losses(|pair| &pair.0).zip(losses(|pair| &pair.1));
    let paired = paired.and_then(|(baseline, winner)| Paired::new(baseline, winner));
    figures.p_value =
        paired.and_then(|paired| paired.clustered(sources(groups)).seed(options.seed).p_no_difference());
}

/// Winner less baseline, the mean over the models.
fn gain(groups: &[Vec<Row>], objective: &Objective, scale: &Scale) -> Option<f64> {
    let models = groups.iter().flatten().next()?.len();
    let of_model = |model: usize| {
        let pairs: Vec<Pair> = groups.iter().flatten().filter_map(|row| row.get(model)).cloned().collect();
        let baseline = objective.value(&side(&pairs, |pair| &pair.0), scale)?;
        Some(objective.value(&side(&pairs, |pair| &pair.1), scale)? - baseline)
    };
    mean_of((0..models).map(of_model))
}
