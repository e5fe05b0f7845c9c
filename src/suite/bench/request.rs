//! What is measured, and what happens meanwhile.

use std::path::PathBuf;

use super::vary::Varied;
use crate::eval::Stop;
use crate::judge::{Reading, StrategyChoice};
use crate::suite::run::Spending;

/// What is measured.
#[derive(Clone, Debug)]
pub(crate) struct BenchRequest {
    /// The models: roles of evenhand.toml, or PROVIDER/NAME.
    pub(crate) models: Vec<String>,
    /// The strategies; the suite's own where there are none.
    pub(crate) strategies: Vec<StrategyChoice>,
    /// The options that are varied.
    pub(crate) vary: Vec<Varied>,
    /// How often each cell is measured.
    pub(crate) rounds: u32,
    /// Records before each block that are not measured.
    pub(crate) warm_up: u32,
    /// Answers of 20 tokens in each block.
    pub(crate) fixed: u32,
    /// At how many records at the same time the throughput is measured.
    pub(crate) at_once: Vec<usize>,
    /// The seed of the order.
    pub(crate) seed: u64,
    pub(crate) reading: Option<Reading>,
    pub(crate) outputs: Option<PathBuf>,
    pub(crate) limit: Option<u64>,
    pub(crate) filters: Vec<String>,
    pub(crate) budget: Spending,
    /// Whether the suite's last bench is gone on with.
    pub(crate) resume: bool,
    pub(crate) stop: Stop,
}

/// What happens while it is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BenchEvent<'a> {
    /// It begins, or goes on: so many records are to be judged, and so many are.
    Started { records: u64, done: u64 },
    /// A block of a cell begins.
    Block { cell: &'a str },
    /// A record was judged.
    Judged,
    /// A block ended: the best cell so far, in a few words.
    BestSoFar(&'a str),
    /// Every call of a cell fails the same way.
    GivenUp { cell: &'a str, why: &'a str },
}

/// What listens. An error of its own ends the bench.
pub(crate) type BenchListener<'l> = dyn FnMut(BenchEvent<'_>) -> crate::error::Result<()> + 'l;
