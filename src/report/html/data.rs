//! What the page reads: the whole at once, each record's details and prompts when it is opened.

use serde::Serialize;

use super::page::{Page, inert, scripts};
use crate::error::Result;
use crate::prompt::Message;
use crate::report::view::{
    AgentRun, GoldenRecord, GoldenState, RecordMaterial, RecordReport, Report, ShownPrompt, Status,
    SuiteMaterial, SuiteReport,
};

/// The head of the data: everything but the records' details.
#[derive(Serialize)]
struct Head<'a> {
    suites: Vec<HeadSuite<'a>>,
    /// Messages that are the same for many records.
    frames: Vec<&'a [Message]>,
}

#[derive(Serialize)]
struct HeadSuite<'a> {
    #[serde(flatten)]
    suite: SuiteReport,
    rows: Vec<RecordRow<'a>>,
    /// The line of the details at which this suite's begin.
    first_detail: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompts_missing: Option<&'a str>,
}

/// A line of the table.
#[derive(Serialize)]
struct RecordRow<'a> {
    id: &'a str,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    golden: Option<GoldenState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    golden_score: Option<f64>,
    ms: f64,
    /// How urgent a look is.
    bad: f64,
}

#[derive(Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    record: &'a RecordReport,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prompts: Vec<DetailPrompt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'a AgentRun>,
}

#[derive(Serialize)]
struct DetailPrompt<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'a str>,
    /// Which of the frames it begins with.
    frame: usize,
    messages: &'a [Message],
}

const SCRIPT: &str = scripts!("transcript.js", "detail.js", "summary.js", "run.js");

impl Report {
    /// A page to look through the records, as one file that needs nothing else.
    ///
    /// # Errors
    /// A fault of evenhand's own.
    pub fn html(&self) -> Result<String> {
        let names: Vec<&str> = self.suites.iter().map(|suite| suite.suite.as_str()).collect();
        let (head, details) = data(self)?;
        Ok(Page { title: &names.join(", "), script: SCRIPT, report: head, details }.html())
    }
}

/// The head as JSON, and the details as JSON lines; neither holds a `<`.
fn data(report: &Report) -> Result<(String, String)> {
    let none = SuiteMaterial::default();
    let nothing = RecordMaterial::default();
    let mut frames: Vec<&[Message]> = Vec::new();
    let (mut suites, mut details) = (Vec::new(), Vec::new());
    for (index, suite) in report.suites.iter().enumerate() {
        let material = report.material.get(index).unwrap_or(&none);
        let first_detail = details.len();
        let mut rows = Vec::new();
        for record in &suite.records {
            let RecordMaterial { prompts, input, run } =
                material.by_record.get(&record.id).unwrap_or(&nothing);
            let prompts = prompts.iter().map(|prompt| detail(prompt, &mut frames)).collect();
            rows.push(RecordRow { input: input.as_deref(), ..row(record) });
            details.push(inert(&Detail { record, prompts, run: run.as_ref() })?);
        }
        suites.push(HeadSuite {
            rows,
            suite: SuiteReport { records: Vec::new(), ..suite.clone() },
            first_detail,
            prompts_missing: material.missing.as_deref(),
        });
    }
    let head = inert(&Head { suites, frames })?;
    Ok((head, details.join("\n")))
}

fn row(record: &RecordReport) -> RecordRow<'_> {
    let failed = || {
        let failed = record.checks.iter().find(|check| check.verdict == "fail");
        failed.map(|check| format!("{}: {}", check.name, check.detail))
    };
    let why = || record.unscored.as_ref().map(|why| format!("{}: {}", why.reason, why.detail));
    RecordRow {
        id: &record.id,
        status: record.status,
        label: record.label.as_deref(),
        verdict: record.verdict.as_deref(),
        score: record.score,
        confidence: record.confidence,
        tags: &record.tags,
        input: None,
        said: record.reasons.clone().or_else(why).or_else(failed),
        golden: record.golden.as_ref().map(|golden| golden.state),
        golden_score: record.golden.as_ref().and_then(|golden| golden.score),
        ms: record.elapsed_ms,
        bad: urgency(record),
    }
}

/// What got worse, then what differs or fails, then what has no score, then the rest.
fn urgency(record: &RecordReport) -> f64 {
    let worse = record.golden.as_ref().is_some_and(GoldenRecord::is_worse);
    let kind = match record.status {
        _ if worse => 8.0,
        Status::Differs | Status::Failed => 4.0,
        Status::Unscored => 3.0,
        Status::Undecided => 2.0,
        Status::Passed | Status::Same => 0.0,
    };
    kind + if kind >= 4.0 { record.badness() } else { 0.0 }
}

fn detail<'a>(prompt: &'a ShownPrompt, frames: &mut Vec<&'a [Message]>) -> DetailPrompt<'a> {
    let (stable, messages) = prompt.messages.split_at(prompt.stable.min(prompt.messages.len()));
    let frame = frames.iter().position(|frame| *frame == stable).unwrap_or_else(|| {
        frames.push(stable);
        frames.len() - 1
    });
    DetailPrompt { part: prompt.part.as_deref(), frame, messages }
}
