//! From a run to its part in a report.

use std::collections::BTreeMap;

use super::figures;
use super::record::RecordReport;
use super::suite::{ConfusionReport, LeftOut, SuiteReport, Took, UnscoredReport};
use crate::eval::Outcome;
use crate::summary::{Agreement, Calls, Summary, reliability, score_histogram};

/// What a run left behind, besides its numbers and outcomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The name of the run's folder.
    pub run: String,
    /// How it ended: complete, interrupted, `stopped_early`, unfinished.
    pub ended: String,
    /// Its exit code.
    pub exit_code: Option<u8>,
    /// The score from which on a record without a label passes, in `0..=1`.
    pub pass_at: f64,
    /// The dataset's file.
    pub dataset: Option<String>,
    /// The records' lines in it, by id.
    pub lines: BTreeMap<String, u64>,
}

/// A run as a part of a report.
#[must_use]
pub fn suite_report(ran: &Ran, summary: &Summary, outcomes: &[Outcome]) -> SuiteReport {
    let mut in_order: Vec<&Outcome> = outcomes.iter().collect();
    in_order.sort_by_key(|outcome| outcome.index);
    let record =
        |outcome: &&Outcome| RecordReport::of(outcome, ran.pass_at, ran.lines.get(&outcome.id).copied());
    SuiteReport {
        suite: summary.suite.clone(),
        run: ran.run.clone(),
        signature: summary.signature.clone(),
        model: summary.model.clone(),
        reading: summary.reading.name().to_owned(),
        ended: ran.ended.clone(),
        exit_code: ran.exit_code,
        dataset: ran.dataset.clone(),
        pass_at: ran.pass_at,
        settled: summary.records,
        scored: summary.scored.count,
        unscored: unscored(summary),
        left_out: LeftOut { pending: summary.pending, lines: summary.skipped, undecided: summary.undecided },
        figures: figures::figures(summary),
        parts: figures::parts(summary),
        groups: figures::groups(summary),
        confusion: confusion(summary),
        histogram: score_histogram(outcomes),
        reliability: reliability(outcomes),
        conclusion: None,
        gates: Vec::new(),
        golden: None,
        took: took(summary),
        records: in_order.iter().map(record).collect(),
    }
}

fn unscored(summary: &Summary) -> Vec<UnscoredReport> {
    let example = |reason| summary.unscored_examples.get(reason).cloned().unwrap_or_default();
    let reasons = summary.unscored.iter();
    reasons
        .map(|(reason, count)| UnscoredReport {
            reason: reason.to_string(),
            count: *count,
            example: example(reason),
        })
        .collect()
}

fn confusion(summary: &Summary) -> Option<ConfusionReport> {
    match &summary.agreement {
        Some(Agreement::Labels(labels)) => {
            Some(ConfusionReport { labels: labels.labels.clone(), counts: labels.confusion.clone() })
        }
        _ => None,
    }
}

fn took(summary: &Summary) -> Took {
    let Calls { verdicts, again, reasons, cached, failed, repaired, invalid, .. } = summary.calls;
    Took {
        calls: verdicts + again + reasons,
        cached_calls: cached,
        asked_again: again,
        failed_calls: failed,
        repaired,
        invalid,
        prompt_tokens: summary.tokens.prompt,
        completion_tokens: summary.tokens.completion,
        cost_usd: summary.cost_usd,
        p50_ms: summary.latency.map(|latency| latency.p50_ms),
        p95_ms: summary.latency.map(|latency| latency.p95_ms),
        wall_s: summary.wall_s,
    }
}
