//! Reports: a run as text, JSON, Markdown, CSV, JUnit XML, annotations and a page. Nothing here computes, prints or
//! reads a clock.

mod answer;
mod calibration;
mod calibration_answer;
mod calibration_tables;
mod comparison;
mod comparison_answer;
mod export;
mod formatting;
mod golden;
mod golden_files;
mod headline;
mod html;
mod judgment;
mod junit;
mod pull_request;
mod side_by_side;
mod signature;
mod summary_sections;
mod text;
mod tuning;
mod tuning_models;
mod view;
mod words;

pub use self::answer::{
    Answer, AnswerRecord, AnswerTable, PlottedDifference, RecordList, RecordSide, Tone, answer_markdown,
};
pub use self::calibration::{calibration_line, calibration_text};
pub use self::calibration_answer::calibration_answer;
pub use self::calibration_tables::{label_plan_line, label_plan_text};
pub use self::comparison::{comparison_line, comparison_text};
pub use self::comparison_answer::comparison_answer;
pub use self::export::{JSON_FORMAT, csv, outcome_line, report_json, summary_line};
pub use self::formatting::{count, duration, percent};
pub use self::golden::{Detail, checked_line, checked_text};
pub use self::golden_files::{
    confirmation_line, confirmation_text, locked_text, migration_text, pending_text,
};
pub use self::html::{AgentRun, RecordMaterial, ShownPrompt, SuiteMaterial, answer_html, html, tune_html};
pub use self::judgment::{judgment_line, judgment_text};
pub use self::junit::junit;
pub use self::pull_request::{annotations, markdown};
pub use self::signature::{
    chosen_demos_text, messages_text, pretty_json, signature_json, signature_line, signature_text,
};
pub use self::text::summary_text;
pub use self::tuning::{line_difference, tune_line, tune_text};
pub use self::view::{
    CallReport, CheckReport, ComparisonReport, ConfusionReport, Figure, Form, GateReport, GoldenCount,
    GoldenRecord, GoldenReport, GoldenState, Group, LeftOut, OrderReport, PartReport, REPORT_FORMAT, Ran,
    RecordReport, Report, Status, SuiteReport, Took, UnscoredReport, WhyUnscored, suite_report,
};
pub use self::words::{WORDS, Word, explained};
