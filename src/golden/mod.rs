//! Golden files: scores that are locked, and what became of them since.
//!
//! A golden file holds what each record of a suite was scored, the *ruler* it was scored with and the
//! *subject* that was scored. A changed ruler is refused, a changed subject is compared:
//! [`compare`] pairs the records, and gives each suite and each of its parts a [`Verdict`] with its
//! interval. Pure but for [`store`].

mod change;
mod checked;
mod compare;
mod comparison;
mod confirm;
mod confirmation;
mod decision;
mod diff;
mod file;
mod fingerprints;
mod gates;
mod input;
mod locked;
mod migrate;
mod multiplicity;
mod paired;
mod pending;
mod power;
mod rounded;
pub mod store;
mod update;
mod verdict;

#[cfg(test)]
mod tests;

pub use self::change::{Change, RecordDiff};
pub use self::checked::{Checked, Conclusion, Strictness};
pub use self::compare::compare;
pub use self::comparison::{GoldenComparison, Method};
pub use self::confirm::{Confirm, ConfirmationVotes, Confirmed, Draw, WRONGLY_WORSE, confirm};
pub use self::confirmation::{Confirmation, draw};
pub use self::diff::Diff;
pub use self::file::{Entry, Golden, HeldBy};
pub use self::fingerprints::{Fingerprints, RulerChange, fingerprint};
pub use self::gates::{GateResult, GateVerdict, Gates, Latencies, gates};
pub use self::input::{Input, Rule};
pub use self::locked::{Locked, Marks, Watch};
pub use self::migrate::{Kept, Migration, migrate};
pub use self::pending::{Pending, PendingRecord, other_outputs};
pub use self::rounded::{DIGITS, rounded};
pub use self::update::Update;
pub(crate) use self::update::in_ci;
pub use self::verdict::Verdict;
