//! What the page reads: the whole at once, each record's details and prompts when it is opened.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::page::{Page, inert, scripts};
use crate::error::Result;
use crate::prompt::Message;
use crate::report::view::{GoldenRecord, GoldenState, RecordReport, Report, Status, SuiteReport};
use crate::trajectory::Step;

/// What was judged in a suite's run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuiteMaterial {
    /// By the record's id.
    pub by_record: BTreeMap<String, RecordMaterial>,
    /// Why there are no prompts: a lower-case fragment.
    pub missing: Option<String>,
}

/// What was judged of a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordMaterial {
    /// One for each question.
    pub prompts: Vec<ShownPrompt>,
    /// The beginning of what the judge was shown, in one line.
    pub input: Option<String>,
    /// What an agent did, where that is judged.
    pub run: Option<AgentRun>,
}

/// What an agent did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentRun {
    /// Its steps, and what it was told.
    pub steps: Vec<Step>,
    /// What it said last.
    pub answer: Option<String>,
    /// All of it, in the form it was logged in.
    pub raw: Value,
}

/// A prompt as it was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownPrompt {
    /// The judge that was asked, where there are several, and the order, of a pair.
    pub part: Option<String>,
    /// All messages, the stable ones first.
    pub messages: Vec<Message>,
    /// How many messages at the start are the same for every record.
    pub stable: usize,
}

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
    rows: Vec<Row<'a>>,
    /// The line of the details at which this suite's begin.
    first_detail: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompts_missing: Option<&'a str>,
}

/// A line of the table.
#[derive(Serialize)]
struct Row<'a> {
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

/// A report as a page. `material` is that of the suites, in the report's order.
///
/// # Errors
/// A fault of evenhand's own.
pub fn html(report: &Report, material: &[SuiteMaterial]) -> Result<String> {
    let names: Vec<&str> = report.suites.iter().map(|suite| suite.suite.as_str()).collect();
    let (head, details) = data(report, material)?;
    Ok(Page { title: &names.join(", "), script: SCRIPT, report: head, details }.html())
}

/// The head as JSON, and the details as JSON lines; neither holds a `<`.
fn data(report: &Report, material: &[SuiteMaterial]) -> Result<(String, String)> {
    let none = SuiteMaterial::default();
    let nothing = RecordMaterial::default();
    let mut frames: Vec<&[Message]> = Vec::new();
    let (mut suites, mut details) = (Vec::new(), Vec::new());
    for (index, suite) in report.suites.iter().enumerate() {
        let material = material.get(index).unwrap_or(&none);
        let first_detail = details.len();
        let mut rows = Vec::new();
        for record in &suite.records {
            let RecordMaterial { prompts, input, run } =
                material.by_record.get(&record.id).unwrap_or(&nothing);
            let prompts = prompts.iter().map(|prompt| detail(prompt, &mut frames)).collect();
            rows.push(Row { input: input.as_deref(), ..row(record) });
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

fn row(record: &RecordReport) -> Row<'_> {
    let failed = || {
        let failed = record.checks.iter().find(|check| check.verdict == "fail");
        failed.map(|check| format!("{}: {}", check.name, check.detail))
    };
    let why = || record.unscored.as_ref().map(|why| format!("{}: {}", why.reason, why.detail));
    Row {
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
