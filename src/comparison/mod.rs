//! Two runs held against each other, record by record: what changes, and whether it can be told from chance.
//!
//! Only records of both sides are compared; what is on one side only is counted.

mod agreement;
mod changed;
mod difference;
mod flips;
mod groups;
mod labels;
mod side;
mod verdict;
mod versus;

#[cfg(test)]
mod tests;

pub use self::agreement::JudgeAgreement;
pub use self::changed::Changed;
pub use self::difference::{Difference, Method, difference};
pub use self::flips::{Effect, Flip};
pub use self::groups::NamedDifference;
pub use self::side::{Plain, Side, SideSummary};
pub use self::verdict::{ComparisonVerdict, Finding, Measure};
pub use self::versus::{Comparison, Unpaired, compare};
