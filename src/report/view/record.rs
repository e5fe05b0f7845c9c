//! A record in a report.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cascade::RecordStage;
use super::golden::GoldenRecord;
use crate::check::{Examined, Verdict};
use crate::eval::{OrderVerdict, Outcome, Settled};
use crate::judge::{Attempt, Routed, Score, Unscored};

/// A record: what came of it, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct RecordReport {
    /// Its id.
    pub(crate) id: String,
    /// How it stands.
    pub(crate) status: Status,
    /// Its line in the dataset's file, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u64>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    /// The label it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    /// The verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
    /// The score in `0..=1`; none for a verdict that decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f64>,
    /// How sure the judge was, in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) confidence: Option<f64>,
    /// How far verdict and label are apart, in `0..=1`, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) distance: Option<f64>,
    /// The judge's reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reasons: Option<String>,
    /// Whether the reasons were asked for after the verdict was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) reasons_after: bool,
    /// What the judge quotes, and whether it stands in the material.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) evidence: Vec<(String, bool)>,
    /// What would raise the score, as the judge says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) suggestions: Vec<String>,
    /// The share of each possible verdict, where the reading gives one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) distribution: Vec<(String, f64)>,
    /// The parts of the score: criteria or judges, with score and reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) parts: Vec<PartReport>,
    /// What the checks found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) checks: Vec<CheckReport>,
    /// Of a pair that was shown in several orders, the verdict in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) orders: Vec<OrderReport>,
    /// Of a cascade: which stages were asked, and whose verdict stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) stages: Vec<RecordStage>,
    /// Where the judges' routes sent it, and who answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<Routed>,
    /// Why there is no score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unscored: Option<WhyUnscored>,
    /// What the golden file says of it, where the run was compared with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) golden: Option<GoldenRecord>,
    /// The output that was judged, where it was produced for the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<Value>,
    /// Every call that was made for it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) calls: Vec<CallReport>,
    /// From the first request to the last reply, in milliseconds.
    pub(crate) elapsed_ms: f64,
}

/// How a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// The verdict is not the label.
    Differs,
    /// There is no label, and the score is below the suite's `pass_at`.
    Failed,
    /// There is no score.
    Unscored,
    /// There is no label, and the verdict decides nothing.
    Undecided,
    /// There is no label, and the score is at least the suite's `pass_at`.
    Passed,
    /// The verdict is the label.
    Same,
}

impl Status {
    /// Its name, as in the JSON.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::Failed => "failed",
            Self::Unscored => "unscored",
            Self::Undecided => "undecided",
            Self::Passed => "passed",
            Self::Same => "same",
        }
    }

    fn of(outcome: &Outcome, pass_at: f64) -> Self {
        let Some(score) = outcome.score() else {
            return Self::Unscored;
        };
        match (&outcome.expected, score.value) {
            (Some(_), _) if outcome.differs() => Self::Differs,
            (Some(_), _) => Self::Same,
            (None, None) => Self::Undecided,
            (None, Some(value)) if value < pass_at => Self::Failed,
            (None, Some(_)) => Self::Passed,
        }
    }
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct PartReport {
    /// Its name.
    pub(crate) name: String,
    /// Its weight, relative to the others.
    pub(crate) weight: f64,
    /// Its score in `0..=1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f64>,
    /// Its verdict.
    pub(crate) verdict: String,
    /// The reasons for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reasons: Option<String>,
}

/// A check of a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct CheckReport {
    /// Its name.
    pub(crate) name: String,
    /// How it ended: pass, fail, `not_applicable`, skipped.
    pub(crate) verdict: String,
    /// What was found.
    pub(crate) detail: String,
}

/// A pair's verdict in one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct OrderReport {
    /// The order.
    pub(crate) order: String,
    /// The verdict, in the pair's own order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) verdict: Option<String>,
}

/// Why a record has no score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct WhyUnscored {
    /// The reason, in words.
    pub(crate) reason: String,
    /// What happened.
    pub(crate) detail: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) remedy: Option<String>,
}

/// A call to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct CallReport {
    /// What it was for: verdict, again, reasons.
    pub(crate) purpose: String,
    /// The question it belongs to, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<String>,
    /// The order it belongs to, of a pair that was shown in several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Who was asked, where the judges ask several models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// Whose call it was among a route's models.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
    /// The request's key: equal requests have equal keys.
    pub(crate) key: String,
    /// The raw reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply: Option<String>,
    /// Why there is no reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failure: Option<String>,
    /// What had to be repaired to read it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) repairs: Vec<String>,
    /// What was wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) faults: Vec<String>,
    /// How the reply came about, where that is worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
    /// Whether it is from the cache.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) cached: bool,
    /// Tokens of the prompt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) completion_tokens: Option<u64>,
    /// From the request's first byte to the reply's last, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) took_ms: Option<f64>,
}

impl RecordReport {
    pub(super) fn of(outcome: &Outcome, pass_at: f64, line: Option<u64>) -> Self {
        let blank = Score::default();
        let score = outcome.score().unwrap_or(&blank);
        let output = outcome.subject.as_ref().and_then(|subject| subject.output.clone());
        Self {
            id: outcome.id.clone(),
            status: Status::of(outcome, pass_at),
            line,
            tags: outcome.tags.clone(),
            label: outcome.expected.as_ref().map(|expected| expected.label.clone()),
            verdict: outcome.score().map(|score| score.label.clone()),
            score: score.value,
            confidence: score.confidence,
            distance: outcome.differs().then(|| outcome.distance()),
            reasons: score.reasoning.clone(),
            reasons_after: score.post_hoc,
            evidence: score.evidence.iter().map(|one| (one.quote.clone(), one.found)).collect(),
            suggestions: score.suggestions.clone(),
            distribution: score.distribution.clone(),
            parts: score.parts.iter().map(part).collect(),
            checks: outcome.checks.iter().map(check).collect(),
            orders: outcome.orders.iter().map(order).collect(),
            stages: Vec::new(),
            routes: outcome.routes.clone(),
            unscored: match &outcome.result {
                Settled::Scored(_) => None,
                Settled::Unscored(unscored) => Some(why(unscored)),
            },
            golden: None,
            output,
            calls: outcome.attempts.iter().map(call).collect(),
            elapsed_ms: outcome.elapsed_ms,
        }
    }

    /// How much it needs a look: a score that fell far more than one that fell a little, a verdict far from its label more
    /// than one near to it, a low score more than a high one.
    pub(in crate::report) fn badness(&self) -> f64 {
        let fell = self.golden.as_ref().filter(|golden| golden.is_worse()).and_then(|golden| golden.score);
        match (fell, self.distance, self.score) {
            // Without a score now it broke a rule.
            (Some(was), _, now) => 2.0 + was - now.unwrap_or(0.0),
            (None, Some(distance), _) => 1.0 + distance,
            (None, None, Some(score)) => 1.0 - score,
            (None, None, None) => 0.0,
        }
    }

    /// What is said of it in one line: `label fail, judge pass, score 0.97`.
    #[must_use]
    pub(crate) fn in_short(&self) -> String {
        if let Some(unscored) = &self.unscored {
            return format!("unscored: {}: {}", unscored.reason, unscored.detail);
        }
        let label = self.label.as_ref().map_or_else(String::new, |label| format!("label {label}, "));
        let score = self.score.map_or_else(String::new, |score| format!(", score {score:.2}"));
        format!("{label}judge {}{score}", self.verdict.as_deref().unwrap_or("no verdict"))
    }
}

fn part(part: &crate::judge::Part) -> PartReport {
    PartReport {
        name: part.name.clone(),
        weight: part.weight,
        score: part.value,
        verdict: part.label.clone(),
        reasons: part.reasoning.clone(),
    }
}

fn check(examined: &Examined) -> CheckReport {
    let verdict = match examined.verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotApplicable => "not_applicable",
        Verdict::Skipped => "skipped",
    };
    CheckReport { name: examined.name.clone(), verdict: verdict.to_owned(), detail: examined.detail.clone() }
}

fn order(order: &OrderVerdict) -> OrderReport {
    OrderReport { order: order.order.clone(), verdict: order.label.clone() }
}

fn why(unscored: &Unscored) -> WhyUnscored {
    WhyUnscored {
        reason: unscored.reason.to_string(),
        detail: unscored.detail.clone(),
        remedy: unscored.remedy.clone(),
    }
}

fn call(attempt: &Attempt) -> CallReport {
    use crate::judge::Purpose;
    let purpose = match attempt.purpose {
        Purpose::Verdict => "verdict",
        Purpose::Again => "again",
        Purpose::Reasons => "reasons",
    };
    let response = attempt.response.as_ref();
    CallReport {
        purpose: purpose.to_owned(),
        part: attempt.part.clone(),
        order: attempt.order.clone(),
        model: attempt.model.clone(),
        role: attempt.role.clone(),
        key: attempt.key.0.clone(),
        reply: response.map(|response| response.text.clone()),
        failure: attempt.failure.as_ref().map(ToString::to_string),
        repairs: attempt.repairs.iter().map(|repair| repair.name().to_owned()).collect(),
        faults: attempt.faults.iter().map(ToString::to_string).collect(),
        notes: response.map(|response| response.notes.clone()).unwrap_or_default(),
        cached: response.is_some_and(|response| response.cached),
        prompt_tokens: response.and_then(|response| response.usage.prompt_tokens),
        completion_tokens: response.and_then(|response| response.usage.completion_tokens),
        took_ms: response.map(|response| response.timing.total_ms),
    }
}
