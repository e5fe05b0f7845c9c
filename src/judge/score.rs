//! A verdict as a score: its calibration map, the orders in which a pair is shown, and what came of a record.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ask::{Attempt, Unscored, Weighed};
use crate::signature::Pair;
use crate::stats::{CalibrationMap, Distribution};

/// What a judge found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// The score in `0..=1`; `None` for a verdict that decides nothing.
    pub value: Option<f64>,
    /// The verdict as the judge gave it: `pass`, `4`.
    pub label: String,
    /// How sure the judge is, in `0..=1`: its own word in a text, the
    /// verdict's share of the distribution in a weighted or a sampled reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The share of each possible verdict, in a weighted or a sampled reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distribution: Vec<(String, f64)>,
    /// The probability, in `0..=1`, that the model would have given any of the possible
    /// verdicts at all, in a weighted reading: a small one says that it wanted to say something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// The reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Whether the reasons were asked for after the verdict was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub post_hoc: bool,
    /// What the judge quotes from the material, the claims it checks, and the steps it names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What would raise the score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
    /// The criteria of a rubric.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

/// A quotation, and whether it is one; a claim, and whether its quote stands in the source; or a step that
/// is named, and whether there is such a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the judge quotes; for a claim, the claim with its verdict and its quote.
    pub quote: String,
    /// Whether it stands in the material, runs of white space taken as one space; for a claim, whether its
    /// quote stands in the input `source`; for a step, whether the trajectory the judge was shown has one of this number.
    pub found: bool,
}

/// One criterion's share in a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The criterion.
    pub name: String,
    /// Its weight, relative to the others; a criterion's points, where it has points.
    pub weight: f64,
    /// Its score in `0..=1`. Of a criterion with points below 0: 1 where the fault is not there at all.
    pub value: Option<f64>,
    /// Its level as the judge gave it.
    pub label: String,
    /// The reasons for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// How sure it is, in `0..=1`, where it is a judge's verdict among others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// Whether it is the verdict of a member of a jury, or of a stage of a cascade: the whole is not a mean of such.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_member: bool,
    /// Whether it is an essential criterion: the whole is worth 0 where its score is below 0.5.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
}

/// A map with the name under which outcomes tell of it.
///
/// ```
/// use evenhand::judge::{Calibration, JudgeOptions, Reading};
/// use evenhand::stats::CalibrationMap;
///
/// let calibration = Calibration { name: "mine".to_owned(), map: CalibrationMap::Temperature { t: 1.5 } };
/// let options = JudgeOptions {
///     reading: Reading::Weighted,
///     calibration: Some(calibration.into()),
///     ..JudgeOptions::default()
/// };
/// assert_eq!(options.calibration.expect("a map").name, "mine");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The map's kind and a hash of what it was fitted on: `platt+threshold:1f3a9c0b`.
    pub name: String,
    /// The map.
    pub map: CalibrationMap,
}

impl Calibration {
    /// The score through the map; its distribution stays the judge's own.
    /// `None` where the map does not fit the judge's verdicts.
    pub(super) fn apply(&self, score: &Score, weighed: &Weighed) -> Option<Score> {
        let labels: Vec<String> =
            weighed.candidates.iter().map(|candidate| candidate.label.clone()).collect();
        let values: Vec<Option<f64>> = weighed.candidates.iter().map(|candidate| candidate.value).collect();
        let shares: Vec<f64> = score.distribution.iter().map(|(_, share)| *share).collect();
        let distribution = Distribution { labels: &labels, values: &values, shares: &shares };
        let mapped = self.map.apply(&distribution)?;
        let position = labels.iter().position(|label| *label == mapped.label);
        let confidence = position.and_then(|position| mapped.shares.get(position).copied());
        Some(Score { value: mapped.value, label: mapped.label, confidence, ..score.clone() })
    }
}

/// The verdict on a pair in one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderVerdict {
    /// The order's name; of a judge's own pairs `own` or `exchanged`.
    pub order: String,
    /// Whether the pair's second answer was shown first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub swapped: bool,
    /// The verdict, in the pair's own order: what was said of a swapped pair is turned around already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why there is no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscored: Option<Unscored>,
}

/// Why a pair has no verdict, with the order that has none.
pub(crate) fn in_order(order: &str, unscored: &Unscored) -> Unscored {
    Unscored { detail: format!("order {order}: {}", unscored.detail), ..unscored.clone() }
}

/// The two orders in which a judge is asked about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// As the record has it.
    Own,
    /// With the two inputs in each other's place.
    Exchanged,
}

impl Order {
    /// Both, in the order in which they are asked.
    pub(crate) const BOTH: [Self; 2] = [Self::Own, Self::Exchanged];

    /// Its name: `own`, `exchanged`.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Exchanged => "exchanged",
        }
    }

    /// The inputs as they are shown.
    pub(super) fn shown<'a>(
        self,
        pair: &Pair,
        inputs: &'a Map<String, Value>,
    ) -> Cow<'a, Map<String, Value>> {
        match self {
            Self::Own => Cow::Borrowed(inputs),
            Self::Exchanged => Cow::Owned(pair.exchanged(inputs)),
        }
    }

    /// What was said in this order, as if it had been said in the pair's own.
    pub(super) fn turned(self, pair: &Pair, score: Score) -> Score {
        if self == Self::Own {
            return score;
        }
        // Shares stay in the scale's order, so that those of both orders can be put side by side.
        let share = |label: &str| {
            let said = score.distribution.iter().find(|(said, _)| said == pair.turned(label));
            said.map_or(0.0, |(_, share)| *share)
        };
        let distribution =
            score.distribution.iter().map(|(label, _)| (label.clone(), share(label))).collect();
        Score { label: pair.turned(&score.label).to_owned(), distribution, ..score }
    }

    /// The verdict, or why there is none.
    pub(super) fn verdict(self, said: Result<&Score, &Unscored>) -> OrderVerdict {
        OrderVerdict {
            order: self.name().to_owned(),
            swapped: self == Self::Exchanged,
            label: said.ok().map(|score| score.label.clone()),
            unscored: said.err().cloned(),
        }
    }
}

/// What came of judging one record.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The score, or why there is none.
    pub result: Result<Score, Unscored>,
    /// Every call that was made.
    pub attempts: Vec<Attempt>,
    /// Of a pair, the verdict in each order.
    pub orders: Vec<OrderVerdict>,
}

/// What came of asking about some criteria of a rubric, each by itself.
#[derive(Clone, Debug)]
pub(crate) struct JudgedCriteria {
    /// Of each criterion that was asked about, in the order asked: its score, or why there is none.
    pub results: Vec<Result<Score, Unscored>>,
    /// Every call that was made.
    pub attempts: Vec<Attempt>,
}

impl Judged {
    /// What came of what is asked in one order.
    #[must_use]
    pub fn of(result: Result<Score, Unscored>, attempts: Vec<Attempt>) -> Self {
        Self { result, attempts, orders: Vec::new() }
    }
}
