//! Runs: every record judged once, whatever happens on the way, and every
//! outcome written down as it comes.

mod evaluator;
pub(crate) mod journal;
mod label;
mod outcome;
pub(crate) mod panel;
pub(crate) mod plan;
mod record_stream;
mod repeated;
mod rescored;
mod routing;
pub(crate) mod run;

pub(crate) use self::journal::{Earlier, Journal, RunHead, last_lines};
pub(crate) use self::label::{OffScale, OffScaleLabels, read_label};
pub(crate) use self::outcome::InOrder;
pub use self::outcome::{Expected, Outcome, Produced, Repeat, Settled};
pub(crate) use self::panel::{Member, Panel};
pub(crate) use self::plan::{
    OnFault, Plan, Reasons, RecordFields, Rewrite, TrajectoryField, inputs_of, is_settled_by_checks,
};
pub(crate) use self::record_stream::{Survey, preview, survey};
pub(crate) use self::rescored::{Rescored, RescoredOnce, TimeAndCost, rescore, rescored_together};
pub(crate) use self::routing::RuleForecast;
pub use self::run::{Ended, Stop};
pub(crate) use self::run::{Event, run};

pub(crate) use crate::ask::Mapping;
pub use crate::check::{Examined, Verdict};
pub(crate) use crate::judge::OrderVerdict;
