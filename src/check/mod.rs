//! Deterministic checks of an output: free, exact, and the same every time.
//!
//! A check passes or fails. What it cannot examine (the record lacks what is
//! expected, no latency is known) neither passes nor fails, and says why.

mod compiled;
mod examined;
mod expected;
mod file;
mod limits;
mod schema;
mod text;
mod tool_lists;
mod tools;

pub use self::compiled::Check;
pub use self::examined::{Examined, Missing, Share, Verdict, Whole, combine};
pub use self::expected::Material;
pub use self::file::{
    Arguments, CheckFile, Compare, ContainsFile, Counted, ExactFile, ForbiddenToolFile, IfMissing,
    JsonSchemaFile, MaxCostFile, MaxLatencyFile, MaxStepsFile, Needs, NumberFile, Order, RegexFile, Repeats,
    Take, ToolArgumentsFile, ToolCalledFile, ToolListFile, ToolOrderFile,
};
