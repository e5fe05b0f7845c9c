//! A bench as text, Markdown, CSV and JSON, and its words for a page.

mod answer;
mod answers;
mod compared;
mod csv;
mod json;
mod recommendation;
mod roles;
mod rows;
mod sections;
mod table;
mod tables;
mod text;

pub(super) use self::answer::{bench_answer, why as bench_why};
pub(super) use self::answers::cut as bench_cut;
pub(crate) use self::compared::{bench_comparison_json, bench_comparison_text};
pub(crate) use self::csv::bench_csv;
#[cfg(feature = "cli")]
pub(crate) use self::json::BenchReport;
pub(crate) use self::json::bench_json;
pub(crate) use self::recommendation::recommendation_text;
pub(super) use self::roles::roles_toml as bench_roles;
pub(super) use self::table::Table as BenchTable;
pub(crate) use self::text::{bench_markdown, bench_text};
pub(super) use self::text::{said as bench_said, what as bench_what, whole_tables as bench_tables};
