//! Reports: a run as text, JSON, Markdown, CSV, JUnit XML, annotations and a page. Nothing here computes, prints or
//! reads a clock.

mod advice;
mod answer;
mod batch_calibration;
mod bench;
mod calibration;
mod calibration_answer;
mod calibration_tables;
mod calibration_words;
mod cascade;
mod cascade_answer;
mod cascade_calibration;
mod cascade_words;
mod comparison;
mod comparison_answer;
mod comparison_words;
mod cost;
mod export;
pub(crate) mod formatting;
mod gates;
mod golden;
mod golden_answer;
mod golden_files;
mod golden_measures;
mod golden_records;
mod headline;
mod html;
mod judgment;
mod junit;
mod jury;
mod jury_answer;
mod jury_page;
mod jury_words;
mod probe;
mod probe_answer;
mod probe_words;
mod pull_request;
mod roles;
mod side_by_side;
mod signature;
mod strategies;
mod summary_agreement;
mod summary_cost;
mod summary_sections;
mod text;
mod tuning;
mod tuning_models;
mod tuning_words;
mod view;
mod words;

pub(crate) use self::advice::Advice;
pub(crate) use self::answer::{Answer, answer_markdown};
#[cfg(feature = "cli")]
pub(crate) use self::batch_calibration::{batch_line, batch_text};
#[cfg(feature = "cli")]
pub(crate) use self::bench::BenchReport;
pub(crate) use self::bench::{
    bench_comparison_json, bench_comparison_text, bench_csv, bench_json, bench_markdown, bench_text,
    recommendation_text,
};
pub(crate) use self::calibration::calibration_line;
pub(crate) use self::calibration_answer::calibration_answer;
pub(crate) use self::calibration_tables::{label_plan_line, label_plan_text};
pub(crate) use self::cascade_answer::cascade_answer;
pub(crate) use self::cascade_calibration::cascade_calibration_line;
pub(crate) use self::cascade_words::promised;
pub(crate) use self::comparison::comparison_line;
pub(crate) use self::comparison_answer::comparison_answer;
pub(crate) use self::cost::cost_text;
pub(crate) use self::export::{outcome_line, summary_line};
pub use self::formatting::Detail;
pub(crate) use self::formatting::{WIDTH, count, count_of, dollars, duration, folded, heading_of};
pub(crate) use self::golden::checked_line;
pub(crate) use self::golden_files::{
    confirmation_line, confirmation_text, locked_text, migration_text, pending_text,
};
#[cfg(feature = "cli")]
pub(crate) use self::html::label_html;
pub(crate) use self::html::{answer_html, bench_html};
pub(crate) use self::judgment::{judgment_line, judgment_text};
pub(crate) use self::jury_answer::jury_answer;
pub(crate) use self::jury_page::jury_line;
pub(crate) use self::probe::probe_line;
pub(crate) use self::probe_answer::probe_answer;
pub(crate) use self::signature::{
    chosen_demos_text, messages_text, pretty_json, signature_json, signature_line, signature_text,
};
pub(crate) use self::strategies::{strategies_answer, strategies_line, strategies_text};
pub(crate) use self::tuning::{line_difference, tune_line};
pub use self::view::Report;
pub(crate) use self::view::{
    AgentRun, Ran, RecordMaterial, ShownPrompt, SuiteMaterial, SuiteReport, suite_report,
};
pub(crate) use self::words::{WORDS, explained};
