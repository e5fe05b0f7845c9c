//! What every format of a report shows: plain data, with a schema of its own.

mod build;
mod figures;
mod golden;
mod record;
mod suite;

pub use self::build::{Ran, suite_report};
pub use self::figures::{Figure, Form, Group};
pub use self::golden::{ComparisonReport, GateReport, GoldenCount, GoldenRecord, GoldenReport, GoldenState};
pub use self::record::{CallReport, CheckReport, OrderReport, PartReport, RecordReport, Status, WhyUnscored};
pub use self::suite::{ConfusionReport, LeftOut, REPORT_FORMAT, Report, SuiteReport, Took, UnscoredReport};
