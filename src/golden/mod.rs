//! Golden files: scores that are locked, and what became of them since.
//!
//! A golden file holds what each record of a suite was scored, the *ruler* it was scored with and the
//! *subject* that was scored. A changed ruler is refused, a changed subject is compared:
//! a comparison pairs the records, and gives each suite and each of its parts a [`Verdict`] with its
//! interval.

mod case;
mod change;
mod diff;
mod file;
mod fingerprints;
mod gates;
mod locked;
mod measure;
mod verdict;

pub use self::case::{Case, Rule};
pub use self::change::{Change, RecordDiff};
pub use self::diff::Diff;
pub use self::file::{DIGITS, Entry, Golden, rounded};
pub use self::fingerprints::{Fingerprints, RulerChange, fingerprint};
pub use self::gates::{GateResult, GateVerdict, Gates};
pub use self::locked::{Locked, Marks, Watch};
pub use self::measure::{Measure, Method};
pub use self::verdict::Verdict;
