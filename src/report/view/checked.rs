//! A run held against its golden file and its gates.

use std::collections::BTreeMap;

use super::golden::{ComparisonReport, GateReport, GoldenCount, GoldenRecord, GoldenReport, GoldenState};
use super::record::RecordReport;
use super::suite::SuiteReport;
use crate::golden::{Change, Checked, Diff, GateResult, GateVerdict, GoldenComparison, RecordDiff};

impl SuiteReport {
    /// The same run, held against its golden file and its gates.
    #[must_use]
    pub fn checked(mut self, checked: &Checked, exit_code: u8) -> Self {
        self.exit_code = Some(exit_code);
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
            record.golden = Some(golden_record(record, by_id.get(record.id.as_str()).copied()));
        }
        self.golden = Some(GoldenReport {
            verdict: diff.verdict.name().to_owned(),
            headline: measure(&diff.whole).in_short(),
            golden_model: diff.golden_model.clone(),
            subject: diff.subject.clone(),
            counts: diff.counts.iter().map(|(change, count)| counted(*change, *count)).collect(),
            measures: diff.measures().map(measure).collect(),
            missing: diff.of(Change::MissingRecord).map(|record| record.id.clone()).collect(),
        });
        self
    }
}

fn golden_record(record: &RecordReport, diff: Option<&RecordDiff>) -> GoldenRecord {
    let Some(diff) = diff else {
        // What is not in the diff is as it was locked.
        let (verdict, score) = (record.verdict.clone(), record.score);
        return GoldenRecord { state: GoldenState::Same, verdict, score };
    };
    let was = diff.was.as_ref();
    GoldenRecord {
        state: diff.change.into(),
        verdict: was.and_then(|was| was.label.clone()),
        score: was.and_then(|was| was.score),
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

fn measure(measure: &GoldenComparison) -> ComparisonReport {
    ComparisonReport {
        name: measure.part.clone().unwrap_or_else(|| "score".to_owned()),
        n: measure.n,
        golden: measure.golden_mean,
        now: measure.new_mean,
        difference: measure.difference,
        low: measure.interval.map(|interval| interval.low),
        high: measure.interval.map(|interval| interval.high),
        level: measure.interval.map(|interval| interval.level),
        margin: measure.margin,
        verdict: measure.verdict.name().to_owned(),
    }
}
