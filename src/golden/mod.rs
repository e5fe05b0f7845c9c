//! Golden files: scores that are locked, and what became of them since.
//!
//! A golden file holds what each record of a suite was scored, the *ruler* it was scored with and the
//! *subject* that was scored. A changed ruler is refused, a changed subject is compared:
//! [`compare`] pairs the records, and gives each suite and each of its parts a [`Verdict`] with its
//! interval. Pure but for [`store`].

mod case;
mod change;
mod checked;
mod compare;
mod confirm;
mod confirmation;
mod decision;
mod diff;
mod family;
mod file;
mod fingerprints;
mod gates;
mod locked;
mod measure;
mod migrate;
mod paired;
mod pending;
mod power;
pub mod store;
mod verdict;

#[cfg(test)]
mod tests;

pub use self::case::{Case, Rule};
pub use self::change::{Change, RecordDiff};
pub use self::checked::{Checked, Conclusion, Strictness};
pub use self::compare::compare;
pub use self::confirm::{Ballot, Confirm, Confirmed, Draw, WRONGLY_WORSE, confirm};
pub use self::confirmation::{Confirmation, draw};
pub use self::diff::Diff;
pub use self::file::{DIGITS, Entry, Golden, HeldBy, rounded};
pub use self::fingerprints::{Fingerprints, RulerChange, fingerprint};
pub use self::gates::{GateResult, GateVerdict, Gates, Latencies, gates};
pub use self::locked::{Locked, Marks, Watch};
pub use self::measure::{Measure, Method};
pub use self::migrate::{Kept, Migration, migrate};
pub use self::pending::{Pending, PendingRecord, other_outputs};
pub use self::verdict::Verdict;
