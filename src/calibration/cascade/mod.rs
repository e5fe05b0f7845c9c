//! Thresholds for the stages of a cascade, found on labelled records that every stage has judged, and what such a
//! cascade would cost.

mod cases;
mod curve;
mod file;
mod page;

pub(crate) use cases::{AskedStage, cases};
pub(crate) use curve::{CostUnit, CurvePoint};
pub(crate) use file::{CascadeFile, StoredStage};
pub use page::CascadePage;
pub(crate) use page::{CascadePageOptions, StagePage, cascade_page};
