//! Runs: every record judged once, whatever happens on the way, and every
//! outcome written down as it comes.

mod evaluator;
mod journal;
mod label;
mod outcome;
mod panel;
mod plan;
mod record_stream;
mod repeated;
mod rescored;
mod run;

pub use self::journal::{Earlier, Journal, JournalLine, RunHead};
pub use self::label::{OffScale, OffScaleLabels, read_label};
pub use self::outcome::{Expected, InOrder, Outcome, Produced, Repeat, Settled};
pub use self::panel::{Member, Panel};
pub use self::plan::{OnFault, Plan, Reasons, RecordFields, TrajectoryField, inputs_of};
pub use self::record_stream::{Survey, preview, survey};
pub use self::rescored::{Rescored, rescore};
pub use self::run::{Ended, Event, Stop, run};

pub use crate::ask::Mapping;
pub use crate::judge::OrderVerdict;
