//! Reports: a run as text, JSON, Markdown, CSV, JUnit XML, annotations and a page. Nothing here computes, prints or
//! reads a clock.

mod calibration;
mod comparison;
mod confirmation;
mod csv;
mod gates;
mod github;
mod golden;
mod golden_files;
mod html;
mod json;
mod junit;
mod label_plan;
mod lines;
mod maps;
mod markdown;
mod number;
mod people;
mod plain;
mod repeats;
mod replies;
mod signature;
mod text;
mod tuning;
mod tuning_models;
mod view;

pub use self::calibration::{calibration_line, calibration_text};
pub use self::comparison::{comparison_line, comparison_text};
pub use self::confirmation::{confirmation_line, confirmation_text};
pub use self::csv::csv;
pub use self::gates::gates_text;
pub use self::github::annotations;
pub use self::golden::{checked_line, checked_text};
pub use self::golden_files::{locked_text, migration_text, pending_text};
pub use self::html::{ShownPrompt, SuitePrompts, html, tune_html};
pub use self::json::{JSON_FORMAT, outcome_line, report_json, summary_line};
pub use self::junit::junit;
pub use self::label_plan::{label_plan_line, label_plan_text};
pub use self::markdown::markdown;
pub use self::number::{count, duration, percent};
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
