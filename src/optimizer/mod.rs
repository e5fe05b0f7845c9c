//! What `evenhand tune` found: better instructions and demos for a judge, on labelled records.
//!
//! An optimizer proposes ways to ask step by step and does nothing itself (`Proposer`). A `search` has them
//! judged on the validation part, drops early what is beaten (`Arena`), and keeps what finished best. The test
//! part (`HeldOut`) is no part of what a search is given; `test` looks at it once. What comes out is data: an
//! instruction and demos inside a spec, and a [`TunePage`] with the figures.

#![expect(
    clippy::indexing_slicing,
    reason = "places of candidates and records are given out by the same structures that hold them"
)]

mod arena;
mod cost_simulation;
mod examiner;
mod example;
mod few_shot;
mod harvest;
mod instructions;
mod leap;
mod objective;
mod options;
mod outcome;
mod page;
mod proposer;
mod search;
mod split;
mod tpe;
mod verdict;

#[cfg(test)]
mod tests;

pub(crate) use self::arena::Fate;
#[cfg(test)]
pub(crate) use self::arena::{Arena, Duel};
pub(crate) use self::cost_simulation::{CostSimulation, Errors, Takes};
#[cfg(test)]
pub(crate) use self::examiner::Examiner;
pub(crate) use self::examiner::{ExaminerModels, Reply};
pub(crate) use self::example::{Example, Pool};
pub(crate) use self::few_shot::{Bootstrap, KNearest, LabelledDemos, RandomSearch};
pub(crate) use self::instructions::{InstructionSearch, InstructionSources};
pub(crate) use self::leap::Leap;
pub(crate) use self::objective::{CostTable, Given, Objective};
#[cfg(test)]
pub(crate) use self::objective::{CustomObjective, Judgment};
pub(crate) use self::options::{Event, Part, TuneOptions};
pub(crate) use self::outcome::{Gain, NoGain, Outcome};
pub use self::page::{TunePage, TuneSpending};
#[cfg(test)]
pub(crate) use self::proposer::{Candidate, Demos, Step, StepResult};
pub(crate) use self::proposer::{DemoLimits, Proposer, SearchContext};
pub use self::search::SearchEnd;
pub(crate) use self::search::{CandidateStanding, Found, ModelStanding, Subject, search};
pub use self::split::Shares;
pub(crate) use self::split::{HeldOut, Learning, split};
#[cfg(test)]
pub(crate) use self::tpe::{Tpe, trials};
pub(crate) use self::verdict::{ModelTest, Tested, ThresholdFigures, test};
pub use self::verdict::{TestFigures, TestVerdict};
