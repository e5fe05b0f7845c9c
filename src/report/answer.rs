//! A report that has one answer: the answer first, then what it rests on, and the records that bear on it. The page and
//! the Markdown are made of it.

use serde::Serialize;

use super::advice::{Advice, Step};
use super::formatting::count;
use super::pull_request::{code, code_or_nothing, escaped, table_row};
use super::view::ConfusionReport;
use crate::stats::Interval;
use crate::summary::Reliability;

/// A report with one answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Answer {
    /// What it is about: the suite, and what was asked of it.
    pub about: String,
    /// How the answer is to be taken.
    pub tone: Tone,
    /// The answer, in a few words.
    pub headline: String,
    /// What it rests on, sentence by sentence.
    pub statement: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Advice::is_empty")]
    pub advice: Advice,
    /// The difference that decides, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<PlottedDifference>,
    /// What was stated beside what happened, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reliability: Option<Reliability>,
    /// How often a label got a verdict, where labels are what it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confusion: Option<ConfusionReport>,
    /// Curves that are drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<Curve>,
    /// What else is to be known: a name and a text. A name that is empty is the one before.
    pub facts: Vec<(String, String)>,
    /// The figures.
    pub tables: Vec<AnswerTable>,
    /// The records that bear on the answer.
    pub records: RecordList,
}

/// How an answer is to be taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tone {
    /// It is a good one.
    Passed,
    /// It is a bad one.
    Failed,
    /// It is neither.
    Undecided,
    /// There is none.
    #[default]
    Unscored,
}

/// A difference of shares that is drawn, with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct PlottedDifference {
    /// The difference, as a share.
    pub value: f64,
    /// Its interval.
    #[serde(flatten)]
    pub interval: Interval,
    /// What it is of.
    pub of: &'static str,
}

/// One figure against another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Curve {
    /// Its name.
    pub title: String,
    /// What is to be known to read it.
    pub note: String,
    /// What the figure is that grows to the right.
    pub below: String,
    /// What the figure is that grows upwards.
    pub beside: String,
    /// The points, in the order in which they are joined.
    pub points: Vec<CurveMark>,
    /// Further points, each with its name.
    pub marks: Vec<CurveMark>,
    /// What the figure that grows upwards is not to pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
}

/// A point of a curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct CurveMark {
    /// Where it is, to the right.
    pub x: f64,
    /// Where it is, upwards.
    pub y: f64,
    /// The lower end of what it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The upper end of what it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    /// Its name.
    pub name: String,
}

/// A table of figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct AnswerTable {
    /// Its name.
    pub title: String,
    /// What is to be known to read it.
    pub note: String,
    /// The names of the columns; the first is empty where the rows' names are evenhand's own.
    pub columns: Vec<String>,
    /// Its rows; the first cell names the row.
    pub rows: Vec<Vec<String>>,
}

/// Records, the ones that need a look first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct RecordList {
    /// What they have in common, and how many they are.
    pub title: String,
    /// The records.
    pub list: Vec<AnswerRecord>,
}

/// A record that bears on the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct AnswerRecord {
    /// Its id.
    pub id: String,
    /// What became of it, in words; nothing where that is the same for all.
    pub what: &'static str,
    /// How that is to be taken.
    pub tone: Tone,
    /// The label it should have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What was said of it: on the old and on the new side, or by the judge alone.
    pub sides: Vec<RecordSide>,
}

/// What was said of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RecordSide {
    /// Who said it: old, new, judge.
    pub name: &'static str,
    /// The verdict.
    pub verdict: String,
    /// The score in `0..=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<String>,
}

impl AnswerTable {
    pub(super) fn new(title: &str, note: &str, columns: &[&str], rows: Vec<Vec<String>>) -> Self {
        let columns = columns.iter().map(|name| (*name).to_owned()).collect();
        Self { title: title.to_owned(), note: note.to_owned(), columns, rows }
    }
}

/// Facts with the name of each told once.
pub(super) fn named_once(facts: impl IntoIterator<Item = (&'static str, String)>) -> Vec<(String, String)> {
    let mut last = "";
    let once = |(name, what)| {
        let shown = if name == last { "" } else { name };
        last = name;
        (shown.to_owned(), what)
    };
    facts.into_iter().map(once).collect()
}

/// With a capital letter, unless it begins with a Greek one, and a full stop.
pub(super) fn sentence(text: impl AsRef<str>) -> String {
    let mut letters = text.as_ref().chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// The most records that Markdown shows.
const MOST_RECORDS: usize = 40;

/// A report with one answer as Markdown, for a pull request. Whatever a record or a model wrote stands in code.
#[must_use]
pub(crate) fn answer_markdown(answer: &Answer) -> String {
    let mut text = format!("## {}\n\n**{}**\n", escaped(&answer.about), escaped(&answer.headline));
    for sentence in &answer.statement {
        text += &format!("\n{}\n", escaped(sentence));
    }
    text += &advice_markdown(&answer.advice);
    let confusion = answer.confusion.as_ref().map(confusion);
    for table in answer.tables.iter().chain(&confusion).filter(|table| !table.rows.is_empty()) {
        text += &format!("\n### {}\n\n{}\n\n{}", escaped(&table.title), escaped(&table.note), rows(table));
    }
    text += "\n| | |\n|---|---|\n";
    for (name, what) in &answer.facts {
        text += &table_row(&[name.clone(), code_or_nothing(what)]);
    }
    text + &records(&answer.records)
}

fn advice_markdown(advice: &Advice) -> String {
    let mut text = String::new();
    if let Some(why) = &advice.keep {
        text += &format!("\n**Keep what you have:** {}\n", escaped(&sentence(why)));
    }
    if !advice.steps.is_empty() {
        text += "\n**Do this:**\n";
    }
    for Step { what, command } in &advice.steps {
        let end = if command.is_some() { ':' } else { '.' };
        text += &format!("\n{}{end}\n", escaped(what));
        if let Some(command) = command {
            text += &format!("\n```sh\n{}\n```\n", command.replace('\n', " "));
        }
    }
    text
}

fn confusion(confusion: &ConfusionReport) -> AnswerTable {
    let columns: Vec<&str> =
        std::iter::once("label").chain(confusion.labels.iter().map(String::as_str)).collect();
    let rows = confusion.labels.iter().zip(&confusion.counts).map(|(label, counts)| {
        std::iter::once(label.clone()).chain(counts.iter().map(|number| count(*number))).collect()
    });
    let note = "Rows are labels, columns what the judge said.";
    AnswerTable::new("Labels and verdicts", note, &columns, rows.collect())
}

fn rows(table: &AnswerTable) -> String {
    let own = table.columns.first().is_some_and(String::is_empty);
    let names: Vec<String> = table.columns.iter().map(|name| escaped(name)).collect();
    let mut text = table_row(&names) + "|---" + &"|--:".repeat(names.len().saturating_sub(1)) + "|\n";
    for row in &table.rows {
        let cells = row.iter().enumerate();
        let cells = cells.map(|(place, cell)| if place > 0 || own { escaped(cell) } else { code(cell) });
        text += &table_row(&cells.collect::<Vec<String>>());
    }
    text
}

fn records(records: &RecordList) -> String {
    if records.list.is_empty() {
        return String::new();
    }
    let mut text = format!("\n<details><summary>{}</summary>\n\n", escaped(&records.title));
    for record in records.list.iter().take(MOST_RECORDS) {
        text += &one(record);
    }
    if let Some(more @ 1..) = records.list.len().checked_sub(MOST_RECORDS) {
        text += &format!("- and {} more\n", count(more as u64));
    }
    text + "\n</details>\n"
}

fn one(record: &AnswerRecord) -> String {
    let label = record.label.as_ref().map_or_else(String::new, |label| format!(", label {}", code(label)));
    let what = if record.what.is_empty() { String::new() } else { format!(": {}", record.what) };
    let mut text = format!("- {}{what}{label}", code(&record.id));
    for side in &record.sides {
        let score = side.score.map_or_else(String::new, |score| format!(" {score:.2}"));
        let reasons = side.reasons.as_deref().map_or_else(String::new, |text| format!(" {}", code(text)));
        text += &format!("<br>{}: {}{score}{reasons}", side.name, code(&side.verdict));
    }
    text + "\n"
}
