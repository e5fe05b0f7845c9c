//! How far the judge agrees with the labels.

use serde::{Deserialize, Serialize};

use super::counts::{LEVEL, Rate};
use super::pairs::PairAgreement;
use super::rows::{Code, Labelled, LabelledRecord};
use crate::number::to_i64;
use crate::stats::{
    Bootstrap, Confusion, Interval, Weighting, concordance, mean, mean_absolute_error, merge_near_ties,
    pearson, root_mean_squared_error, spearman,
};

/// The judge compared with the labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// On named verdicts.
    Labels(LabelAgreement),
    /// On a numeric scale.
    Scale(ScaleAgreement),
}

/// Agreement on named verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabelAgreement {
    /// The share of labelled, scored records whose verdict is their label.
    pub accuracy: Rate,
    /// The same over the records where both decide.
    pub accuracy_decided: Rate,
    /// Cohen's κ over all of them.
    pub kappa: Option<f64>,
    /// Its interval: bootstrap (BCa) up to 2,000 records, large-sample above.
    pub kappa_interval: Option<Interval>,
    /// Cohen's κ over the records where both decide.
    pub kappa_decided: Option<f64>,
    /// The share of pairs with different labels that the score orders rightly: the area under
    /// the ROC curve.
    pub ordered: Option<f64>,
    /// Its bootstrap interval (percentile).
    pub ordered_interval: Option<Interval>,
    /// The verdicts, as the rows and columns of `confusion`.
    pub labels: Vec<String>,
    /// How often a label (row) got a verdict (column).
    pub confusion: Vec<Vec<u64>>,
}

/// A judge of a panel with checks compared with the labels, by the records that it was asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JudgeAgreement {
    /// The judge.
    pub judge: String,
    /// Records with a score that it was asked about. About the others the checks decided alone.
    pub asked: Rate,
    /// Its own verdicts against the labels: `pass` where its score is the suite's `pass_at` or more. What the suite
    /// makes of them together with the checks is no part of it.
    pub agreement: LabelAgreement,
}

/// Agreement on a numeric scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScaleAgreement {
    /// The share of records whose level is their label.
    pub exact: Rate,
    /// The share of records whose level is at most one away from their label.
    pub within_one: Rate,
    /// Cohen's κ with quadratic weights, over the levels.
    pub kappa_quadratic: Option<f64>,
    /// Its interval: bootstrap (BCa) up to 2,000 records, large-sample above.
    pub kappa_interval: Option<Interval>,
    /// The share of pairs with different labels that the score orders rightly, ties counting half.
    pub ordered: Option<f64>,
    /// Its bootstrap interval (percentile).
    pub ordered_interval: Option<Interval>,
    /// Pairs with different labels.
    pub pairs: u64,
    /// Kendall's τ-b.
    pub tau_b: Option<f64>,
    /// The mean distance of score and label, as a share of the scale.
    pub mean_error: Option<f64>,
    /// Pearson's r of score and label.
    #[serde(default)]
    pub pearson: Option<f64>,
    /// Its bootstrap interval (percentile).
    #[serde(default)]
    pub pearson_interval: Option<Interval>,
    /// Spearman's ρ of score and label; near-ties count as ties.
    #[serde(default)]
    pub spearman: Option<f64>,
    /// Its bootstrap interval (percentile).
    #[serde(default)]
    pub spearman_interval: Option<Interval>,
    /// The root of the mean squared distance of score and label, in levels.
    #[serde(default)]
    pub rmse_levels: Option<f64>,
    /// The mean distance of score and label, in levels.
    #[serde(default)]
    pub mae_levels: Option<f64>,
    /// The mean score, in levels.
    #[serde(default)]
    pub mean_score_level: Option<f64>,
    /// The mean label, in levels.
    #[serde(default)]
    pub mean_label_level: Option<f64>,
    /// The scale's length in levels: 4 from 1 to 5.
    #[serde(default)]
    pub length: Option<f64>,
    /// Records whose label or verdict lies between two levels.
    #[serde(default)]
    pub between: u64,
}

impl ScaleAgreement {
    /// Whether "at most one level away" says anything: from 0 to 1 nothing can be farther away.
    #[must_use]
    pub fn has_levels_between(&self) -> bool {
        self.length.is_none_or(|length| length >= 2.0)
    }

    /// Whether labels and verdicts are levels. Numbers from 0 to 1 such as 0.73 are not: that two of them
    /// are the same, or on one side of 0.5, says little.
    #[must_use]
    pub fn is_by_level(&self) -> bool {
        self.has_levels_between() || self.between == 0
    }
}

/// Agreement on the records of one tag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagAgreement {
    /// The tag.
    pub tag: String,
    /// The share of records whose verdict is their label.
    pub same: Rate,
    /// The share of pairs with different labels that the score orders rightly, ties counting half.
    pub ordered: Option<f64>,
}

/// Agreement on the records of one group, which the user asked for: without bootstrap intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupAgreement {
    /// The group, as `FIELD=VALUE`.
    pub group: String,
    /// The judge compared with the group's labels.
    pub agreement: Option<Agreement>,
    /// Where pairs were judged in several orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<PairAgreement>,
}

/// Whether intervals that must be drawn are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Draws {
    Made,
    Saved,
}

pub(super) fn of_tag(tag: &str, labelled: &Labelled<'_>) -> TagAgreement {
    let same = labelled.rows.iter().filter(|row| row.is_same()).count() as u64;
    let (truth, given) = labelled.valued();
    TagAgreement {
        tag: tag.to_owned(),
        same: Rate::of(same, labelled.rows.len() as u64),
        ordered: concordance(&truth, &given).and_then(|pairs| pairs.share()),
    }
}

/// Draws for the intervals: seeded, so the same records give the same report.
pub(super) const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 20 };

/// Above this many records no intervals are drawn.
const MOST_DRAWN: usize = 2000;

pub(super) fn labels(labelled: &Labelled<'_>, order: &[String], draws: Draws) -> LabelAgreement {
    let place = |name: &str| order.iter().position(|label| label == name).unwrap_or(order.len());
    let places = labelled.names.each(place);
    let number = |code: Code| places.get(code as usize).copied().unwrap_or(order.len());
    let pairs = |decided: bool| {
        let rows = labelled.rows.iter().filter(move |row| !decided || row.is_decided());
        rows.map(|row| (number(row.expected), number(row.given)))
    };
    let all: Confusion<usize> = pairs(false).collect();
    let decided: Confusion<usize> = pairs(true).collect();
    let (ordered, ordered_interval, _) = ordering(labelled.valued(), draws);
    let cell = |row: usize, column: usize| all.count(&row, &column);
    LabelAgreement {
        accuracy: all.accuracy().into(),
        accuracy_decided: decided.accuracy().into(),
        kappa: all.kappa(Weighting::Identity).map(|kappa| kappa.value),
        kappa_interval: kappa_interval(&all, Weighting::Identity, draws),
        kappa_decided: decided.kappa(Weighting::Identity).map(|kappa| kappa.value),
        ordered,
        ordered_interval,
        labels: order.to_vec(),
        confusion: (0..order.len())
            .map(|row| (0..order.len()).map(|column| cell(row, column)).collect())
            .collect(),
    }
}

pub(super) fn scale(
    labelled: &Labelled<'_>,
    (min, max): (f64, f64),
    near_ties: f64,
    draws: Draws,
) -> ScaleAgreement {
    let levels = labelled.names.each(|label| label.parse::<f64>().ok());
    let level = |code: Code| levels.get(code as usize).copied().flatten();
    let both = |row: &LabelledRecord| Some((level(row.expected)?, level(row.given)?));
    let placed: Vec<(f64, f64)> = labelled.rows.iter().filter_map(both).collect();
    let apart: Vec<f64> = placed.iter().map(|(a, b)| (a - b).abs()).collect();
    let within = |reach: f64| {
        Rate::of(apart.iter().filter(|apart| **apart <= reach).count() as u64, apart.len() as u64)
    };
    let lies_between = |pair: &&(f64, f64)| pair.0.fract() != 0.0 || pair.1.fract() != 0.0;
    let between = placed.iter().filter(lies_between).count() as u64;
    // Every level counts, also one that never occurs: κ's weights go by their distance on the scale.
    let (lowest, highest) = (to_i64(min.round()), to_i64(max.round()));
    let mut confusion = Confusion::with_labels(lowest..=highest);
    for (expected, given) in &placed {
        confusion.add(to_i64(expected.round()), to_i64(given.round()));
    }
    let (truth, given) = joined(labelled, near_ties);
    let tau_b = concordance(&truth, &given).and_then(|pairs| pairs.tau_b());
    let mean_error = mean_absolute_error(&given, &truth);
    let (ordered, ordered_interval, pairs) = ordering((truth, given), draws);
    let correlations = Levels::new(labelled, min, max, near_ties);
    ScaleAgreement {
        exact: within(0.0),
        within_one: within(1.0),
        kappa_quadratic: confusion.kappa(Weighting::Quadratic).map(|kappa| kappa.value),
        kappa_interval: kappa_interval(&confusion, Weighting::Quadratic, draws),
        ordered,
        ordered_interval,
        pairs,
        tau_b,
        mean_error,
        pearson: pearson(&correlations.given, &correlations.truth),
        pearson_interval: correlations.interval(&correlations.given, pearson, draws),
        spearman: spearman(&correlations.ranked, &correlations.truth),
        spearman_interval: correlations.interval(&correlations.ranked, spearman, draws),
        rmse_levels: root_mean_squared_error(&correlations.given, &correlations.truth),
        mae_levels: mean_absolute_error(&correlations.given, &correlations.truth),
        mean_score_level: mean(&correlations.given),
        mean_label_level: mean(&correlations.truth),
        length: Some(max - min),
        between,
    }
}

/// Scores and labels in levels of the scale.
struct Levels {
    truth: Vec<f64>,
    given: Vec<f64>,
    /// The scores with near-ties made ties.
    ranked: Vec<f64>,
}

impl Levels {
    fn new(labelled: &Labelled<'_>, min: f64, max: f64, near_ties: f64) -> Self {
        let (mut truth, mut given) = labelled.valued();
        truth.iter_mut().chain(&mut given).for_each(|value| *value = min + *value * (max - min));
        Self { truth, ranked: merge_near_ties(&given, near_ties * (max - min)), given }
    }

    fn interval(
        &self,
        given: &[f64],
        statistic: fn(&[f64], &[f64]) -> Option<f64>,
        draws: Draws,
    ) -> Option<Interval> {
        if draws == Draws::Saved || given.len() > MOST_DRAWN {
            return None;
        }
        let items: Vec<(f64, f64)> = given.iter().copied().zip(self.truth.iter().copied()).collect();
        let of = |items: &[(f64, f64)]| {
            let (given, truth): (Vec<f64>, Vec<f64>) = items.iter().copied().unzip();
            statistic(&given, &truth)
        };
        BOOTSTRAP.percentile(&items, of, LEVEL)
    }
}

/// Label and score where both decide, with scores that differ by rounding noise made equal.
fn joined(labelled: &Labelled<'_>, near_ties: f64) -> (Vec<f64>, Vec<f64>) {
    let values: Vec<f64> = labelled.rows.iter().map(|row| row.value().unwrap_or(f64::NAN)).collect();
    let joined = merge_near_ties(&values, near_ties);
    let decided = labelled.rows.iter().zip(joined).filter(|(row, _)| row.is_decided());
    decided.filter_map(|(row, joined)| Some((row.expected_value()?, joined))).unzip()
}

/// The interval of κ: drawn for few records, from the large-sample error for many.
pub(super) fn kappa_interval<L: Ord + Clone>(
    confusion: &Confusion<L>,
    weighting: Weighting,
    draws: Draws,
) -> Option<Interval> {
    if draws == Draws::Saved {
        return None;
    }
    if confusion.n() <= MOST_DRAWN as u64 {
        return confusion.kappa_interval(weighting, &BOOTSTRAP, LEVEL);
    }
    Some(confusion.kappa(weighting)?.interval(LEVEL)?.within(-1.0, 1.0))
}

/// The share of rightly ordered pairs, its interval, and how many pairs there are.
fn ordering((truth, given): (Vec<f64>, Vec<f64>), draws: Draws) -> (Option<f64>, Option<Interval>, u64) {
    let whole = concordance(&truth, &given);
    let pairs = whole.map_or(0, |pairs| pairs.pairs());
    let share = whole.and_then(|pairs| pairs.share());
    // An interval of a subsample would be too wide to call it the whole's: there is none then.
    if truth.len() > MOST_DRAWN || draws == Draws::Saved {
        return (share, None, pairs);
    }
    let of = |items: &[(f64, f64)]| {
        let (truth, given): (Vec<f64>, Vec<f64>) = items.iter().copied().unzip();
        concordance(&truth, &given)?.share()
    };
    let items: Vec<(f64, f64)> = truth.into_iter().zip(given).collect();
    (share, BOOTSTRAP.percentile(&items, of, LEVEL), pairs)
}
