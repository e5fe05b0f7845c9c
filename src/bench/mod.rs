//! Models measured side by side: what they cost, how fast they are and how well they judge. All figures come from the
//! lines of a file; nothing here asks a model or reads a file.

mod answers;
mod cell;
mod choice;
mod compared;
pub(crate) mod cost;
mod import;
mod line;
mod meta;
mod pairs;
mod quality;
mod recommendation;
mod roles;
mod side_by_side;
mod source;
mod speed;
mod summary;
mod together;

pub(crate) use self::answers::{CellAnswer, RecordAnswers};
pub(crate) use self::cell::{CellFigures, MachinePrice, Volume};
pub(crate) use self::choice::{LimitHeld, Limits};
pub(crate) use self::compared::{Compared, compare};
pub(crate) use self::import::{FORMS, Imported, Part, read};
pub(crate) use self::line::{Call, Line, Loaded, Phase, Place};
pub(crate) use self::meta::{CellMeta, FORMAT, MachineFacts, Meta};
pub(crate) use self::pairs::PairFigures;
pub(crate) use self::quality::at_a_glance;
pub(crate) use self::recommendation::{
    Candidate, CandidateState, FromBench, Held, Known, Recommendation, Wishes,
};
pub(crate) use self::speed::{Latency, Quantile, Rated};
pub(crate) use self::summary::Bench;
pub(crate) use self::together::Together;
