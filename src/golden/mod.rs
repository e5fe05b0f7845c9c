//! Golden files: scores that are locked, and what became of them since.
//!
//! A golden file holds what each record of a suite was scored, the *ruler* it was scored with and the
//! *subject* that was scored. A changed ruler is refused, a changed subject is compared:
//! [`compare`] pairs the records, and gives each suite and each of its parts a [`Verdict`] with its
//! interval. Pure but for [`store`].

mod checked;
mod compare;
mod confirm;
mod diff;
mod file;
mod gates;
mod locked;
mod output_change;
mod outputs;
mod pending;
mod power;
mod rule;
mod secrets;
pub mod store;

#[cfg(test)]
mod tests;

pub use self::checked::{Checked, Conclusion, Strictness};
pub use self::compare::{compare, hold_strictly};
pub use self::confirm::{
    Confirm, Confirmation, ConfirmationVotes, Confirmed, Draw, WRONGLY_WORSE, confirm, draw, strict_repeats,
    strict_share,
};
pub use self::diff::{BrokenRule, Change, Diff, GoldenComparison, Method, RecordDiff, Verdict};
pub use self::file::{Entry, Golden, HeldBy, Kept, Migration, migrate};
pub use self::gates::{CheckGate, Failures, GateBy, GateResult, GateVerdict, Gates, Latencies, gates};
pub use self::locked::{DIGITS, Fingerprints, Locked, Marks, RulerChange, Watch, fingerprint, rounded};
pub use self::output_change::{ChangedLine, OutputChange};
pub use self::outputs::KeptOutputs;
pub(crate) use self::pending::in_ci;
pub use self::pending::{Pending, PendingRecord, Update, other_outputs};
pub use self::power::Sight;
pub use self::rule::{Input, Policy, Rule};
pub use self::secrets::{Secret, secrets};
