//! Deterministic checks of an output: free, exact, and the same every time.
//!
//! A check passes or fails. What it cannot examine (the record lacks what is
//! expected, no latency is known) neither passes nor fails, and says why.

mod choices;
mod compiled;
mod examined;
mod expected;
mod file;
mod length;
mod limits;
mod metrics;
mod schema;
mod similarity;
mod text;
mod tool_lists;
mod tools;

pub use self::compiled::Check;
pub use self::examined::{Examined, Verdict, combine};
pub(crate) use self::examined::{Missing, Share};
pub use self::expected::Material;
pub use self::file::CheckFile;
pub use self::metrics::{Measured, Metric};
