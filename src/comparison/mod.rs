//! Two runs compared, record by record: what changes, and whether it can be told from chance.
//!
//! Only records of both sides are compared; what is on one side only is counted.

mod agreement;
mod baseline;
mod difference;
mod jury;
mod multiples;
mod side;
mod versus;

#[cfg(test)]
mod tests;

pub use self::agreement::Flip;
pub(crate) use self::agreement::{Changed, Effect};
pub(crate) use self::baseline::{AgainstBaseline, BaselineComparison, against_baseline};
#[cfg(test)]
pub(crate) use self::difference::difference;
pub use self::difference::{ComparisonVerdict, Difference, Finding, Measure};
pub use self::jury::JuryPage;
pub(crate) use self::jury::{JuryFinding, JuryGain, JuryMemberPage, JurySide};
pub(crate) use self::jury::{JuryRun, JuryVoting, jury_page};
pub(crate) use self::multiples::Multiples;
pub(crate) use self::side::{Plain, Side, SideSummary};
pub(crate) use self::versus::compare;
pub use self::versus::{Comparison, NamedDifference};
