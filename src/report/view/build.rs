//! From a run, and from its golden file and gates, to its part in a report.

use std::collections::BTreeMap;

use super::golden::{ComparisonReport, GateReport, GoldenCount, GoldenRecord, GoldenReport, GoldenState};
use super::record::RecordReport;
use super::suite::{
    ConfusionReport, JuryMemberReport, JuryReport, LeftOut, ModelTook, RoleReport, SuiteReport, Took,
    UnscoredReport,
};
use super::{cascade, figures};
use crate::eval::Outcome;
use crate::golden::{
    BrokenRule, Change, Checked, Diff, GateResult, GateVerdict, GoldenComparison, RecordDiff,
};
use crate::report::golden_answer::answer;
use crate::report::headline::headline;
use crate::summary::{
    Agreement, Calls, JurySummary, MemberSummary, ModelUse, RoleSummary, Summary, reliability,
    score_histogram,
};

/// What a run left behind, besides its numbers and outcomes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ran {
    /// The name of the run's folder.
    pub(crate) run: String,
    /// How it ended: complete, interrupted, `stopped_early`, unfinished.
    pub(crate) ended: String,
    /// Its exit code.
    pub(crate) exit_code: Option<u8>,
    /// The score from which on a record without a label passes, in `0..=1`.
    pub(crate) pass_at: f64,
    /// The dataset's file.
    pub(crate) dataset: Option<String>,
    /// The records' lines in it, by id.
    pub(crate) lines: BTreeMap<String, u64>,
}

/// A run as a part of a report.
#[must_use]
pub(crate) fn suite_report(ran: &Ran, summary: &Summary, outcomes: &[Outcome]) -> SuiteReport {
    let mut in_order: Vec<&Outcome> = outcomes.iter().collect();
    in_order.sort_by_key(|outcome| outcome.index);
    let record = |outcome: &&Outcome| RecordReport {
        stages: cascade::stages(&summary.cascades, outcome),
        ..RecordReport::of(outcome, ran.pass_at, ran.lines.get(&outcome.id).copied())
    };
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
        juries: summary.juries.iter().map(jury).collect(),
        cascades: summary.cascades.iter().map(cascade::cascade).collect(),
        roles: summary.roles.iter().map(role).collect(),
        groups: figures::groups(summary),
        confusion: confusion(summary),
        histogram: score_histogram(outcomes),
        reliability: reliability(outcomes),
        answer: headline(summary),
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

fn jury(jury: &JurySummary) -> JuryReport {
    let member = |member: &MemberSummary| JuryMemberReport {
        member: member.member.clone(),
        voted: member.voted.count,
        accuracy: member.accuracy.rate,
        jury_gains: member.jury_gains,
        interval: member.interval.map(|interval| [interval.low, interval.high]),
        same_without: member.same_without.rate,
    };
    JuryReport {
        judge: jury.judge.clone(),
        rule: jury.rule.name().to_owned(),
        verdicts: jury.ties.n,
        ties: jury.ties.count,
        saved_votes: jury.saved_votes,
        alpha: jury.among.as_ref().and_then(|among| among.alpha.first()?.value),
        members: jury.members.iter().map(member).collect(),
    }
}

fn role(role: &RoleSummary) -> RoleReport {
    RoleReport {
        judge: role.judge.clone(),
        role: role.role.clone(),
        answered: role.answered.count,
        records: role.answered.n,
        failed: role.failed,
        accuracy: role.accuracy.rate,
        labelled: role.accuracy.n,
        p50_ms: role.call.map(|call| call.p50_ms),
        cost_usd: role.cost_usd,
    }
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
        models: summary.models.iter().map(model_took).collect(),
    }
}

fn model_took(used: &ModelUse) -> ModelTook {
    ModelTook {
        model: used.model.clone(),
        calls: used.calls.verdicts + used.calls.again + used.calls.reasons,
        failed_calls: used.calls.failed,
        prompt_tokens: used.tokens.prompt,
        completion_tokens: used.tokens.completion,
        cost_usd: used.cost_usd,
        p50_ms: used.call.map(|call| call.p50_ms),
    }
}

impl SuiteReport {
    /// The same run, compared with its golden file and its gates.
    #[must_use]
    pub(crate) fn checked(mut self, checked: &Checked, exit_code: u8) -> Self {
        self.exit_code = Some(exit_code);
        self.answer = answer(checked);
        self.conclusion = Some(checked.conclusion.name().to_owned());
        self.gates = checked.gates.iter().map(gate).collect();
        match &checked.diff {
            Some(diff) => self.compared(diff),
            None => self,
        }
    }

    fn compared(mut self, diff: &Diff) -> Self {
        let by_id: BTreeMap<&str, &RecordDiff> =
            diff.records.iter().map(|record| (record.id.as_str(), record)).collect();
        for record in &mut self.records {
            let broken = diff.broken.iter().filter(|rule| rule.record == record.id).map(BrokenRule::what);
            let golden = golden_record(record, by_id.get(record.id.as_str()).copied());
            record.golden = Some(GoldenRecord { broke: broken.collect(), ..golden });
        }
        self.golden = Some(GoldenReport {
            verdict: diff.verdict.name().to_owned(),
            headline: measure(&diff.whole, diff).in_short(),
            golden_model: diff.golden_model.clone(),
            subject: diff.subject.clone(),
            counts: diff.counts.iter().map(|(change, count)| counted(*change, *count)).collect(),
            measures: diff.measures().map(|one| measure(one, diff)).collect(),
            missing: diff.of(Change::MissingRecord).map(|record| record.id.clone()).collect(),
        });
        self
    }
}

fn golden_record(record: &RecordReport, diff: Option<&RecordDiff>) -> GoldenRecord {
    let Some(diff) = diff else {
        // What is not in the diff is as it was locked.
        let (verdict, score) = (record.verdict.clone(), record.score);
        return GoldenRecord { state: GoldenState::Same, verdict, score, broke: Vec::new() };
    };
    let was = diff.was.as_ref();
    GoldenRecord {
        state: diff.change.into(),
        verdict: was.and_then(|was| was.label.clone()),
        score: was.and_then(|was| was.score),
        broke: Vec::new(),
    }
}

fn gate(result: &GateResult) -> GateReport {
    let verdict = match result.verdict {
        GateVerdict::Holds => "holds",
        GateVerdict::Fails => "fails",
        GateVerdict::Inconclusive => "inconclusive",
    };
    GateReport {
        gate: result.gate.clone(),
        bound: result.bound,
        value: result.value,
        low: result.interval.map(|interval| interval.low),
        high: result.interval.map(|interval| interval.high),
        verdict: verdict.to_owned(),
        why: result.why.clone(),
    }
}

fn counted(change: Change, count: u64) -> GoldenCount {
    GoldenCount { state: change.into(), count }
}

fn measure(measure: &GoldenComparison, diff: &Diff) -> ComparisonReport {
    let is_broken = measure.part.as_deref().is_some_and(|part| diff.breaks(part));
    ComparisonReport {
        name: measure.part.clone().unwrap_or_else(|| "score".to_owned()),
        n: measure.n,
        golden: measure.golden_mean,
        now: measure.new_mean,
        difference: measure.difference,
        low: measure.interval.map(|interval| interval.low),
        high: measure.interval.map(|interval| interval.high),
        level: measure.interval.map(|interval| interval.level),
        prove: measure.prove,
        verdict: if is_broken { "rule broken" } else { measure.verdict.name() }.to_owned(),
    }
}
