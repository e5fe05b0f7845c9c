//! What every format of a report shows: plain data, with a schema of its own.

mod build;
mod cascade;
mod figures;
mod golden;
mod material;
mod record;
mod suite;

pub(crate) use self::build::{Ran, suite_report};
pub(crate) use self::figures::Figure;
pub(crate) use self::golden::{GateReport, GoldenRecord, GoldenState};
pub(crate) use self::material::{AgentRun, RecordMaterial, ShownPrompt, SuiteMaterial};
pub(crate) use self::record::{CallReport, RecordReport, Status};
pub(crate) use self::suite::ConfusionReport;
pub use self::suite::Report;
pub(crate) use self::suite::SuiteReport;
