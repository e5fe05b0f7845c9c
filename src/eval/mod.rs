//! Runs: every record judged once, whatever happens on the way, and every
//! outcome written down as it comes.

mod combined;
mod earlier;
mod evaluator;
mod event;
mod in_order;
mod journal;
mod label;
mod material;
mod outcome;
mod panel;
mod plan;
mod record_fields;
mod record_stream;
mod repeated;
mod run;
mod stop;
mod watch;

pub use self::earlier::Earlier;
pub use self::event::{Ended, Event};
pub use self::in_order::InOrder;
pub use self::journal::{Journal, JournalLine, RunHead};
pub use self::label::{OffScale, OffScaleLabels, read_label};
pub use self::material::inputs_of;
pub use self::outcome::{Expected, Outcome, Produced, Repeat, Settled};
pub use self::panel::{Member, Panel};
pub use self::plan::{OnFault, Plan, Reasons};
pub use self::record_fields::{RecordFields, TrajectoryField};
pub use self::record_stream::{Survey, preview, survey};
pub use self::run::run;
pub use self::stop::Stop;

pub use crate::ask::Mapping;
pub use crate::judge::OrderVerdict;
