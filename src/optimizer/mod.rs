//! Optimizers: better instructions and demos for a judge, found on labelled records.
//!
//! An optimizer proposes ways to ask ([`Candidate`]s) step by step and does nothing itself
//! ([`Proposer`]). A [`search`] has them judged on the validation part, drops early what is beaten
//! ([`Arena`]), and keeps what finished best. The test part ([`HeldOut`]) is no part of what a search
//! is given; [`test()`] looks at it once. What comes out is data: an instruction and demos inside a spec.

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
mod objective;
mod options;
mod page;
mod proposer;
mod search;
mod split;
mod tpe;
mod verdict;

#[cfg(test)]
mod tests;

pub use self::arena::{Arena, Duel, Fate, Heat};
pub use self::cost_simulation::{Amount, CostSimulation, Errors, Takes};
pub use self::examiner::{Examiner, Models, Reply};
pub use self::example::{Entry, Example, Pool, is_usable};
pub use self::few_shot::{Bootstrap, KNearest, Labelled, RandomSearch};
pub use self::instructions::{InstructionSearch, InstructionSources};
pub use self::objective::{Cost, CostTable, CustomObjective, Given, Judgment, Objective};
pub use self::options::{Event, Part, TuneOptions};
pub use self::page::{Spending, TunePage};
pub use self::proposer::{Candidate, DemoLimits, Demos, Proposer, SearchContext, Step, StepResult};
pub use self::search::{Found, ModelStanding, SearchEnd, Standing, Subject, search};
pub use self::split::{HeldOut, Learning, Shares, split};
pub use self::tpe::{Tpe, trials};
pub use self::verdict::{Held, ModelTest, TestFigures, Tested, ThresholdFigures, test};
