//! Probes of a judge: does its verdict depend on what must not matter? Each probe changes one such thing, and the verdicts
//! that flip are held against those that flip when the unchanged question is asked again.

mod aim;
mod finding;
mod lists;
mod measure;
mod name;
mod order;
mod pass;
mod reworded;
mod rewritten;
mod text;
mod trial;
mod version;

pub(crate) use self::aim::{Aim, aim};
pub use self::finding::{Flips, ProbeFinding, ProbeReport};
pub(crate) use self::finding::{LeftOut, ProbeExample, ScoreShift, VersionFinding};
pub(crate) use self::measure::measure;
pub use self::name::ProbeName;
pub(crate) use self::pass::{Pass, Passes};
pub(crate) use self::rewritten::Rewritten;
pub(crate) use self::version::{Applied, Judged, Version, rewritten_instruction, versions};
