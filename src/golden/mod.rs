//! Golden files: scores that are locked, and what became of them since.
//!
//! A golden file holds what each record of a suite was scored, the *judge setup* it was scored with and the
//! *subject* that was scored. A changed judge setup is refused, a changed subject is compared:
//! `compare` pairs the records, and gives each suite and each of its parts a [`Verdict`] with its
//! interval. Pure but for `store`.

#![allow(unreachable_pub, reason = "the lists below say what is for users")]
#![cfg_attr(not(test), allow(dead_code, reason = "the simulations of the tests use more"))]

mod checked;
mod compare;
mod confirm;
mod diff;
mod file;
mod fingerprints;
mod gates;
mod locked;
mod output_change;
mod outputs;
mod pending;
mod power;
mod produced;
mod rule;
mod secrets;
pub(crate) mod store;

#[cfg(test)]
mod tests;

pub(crate) use self::checked::Strictness;
pub use self::checked::{Checked, Conclusion};
pub(crate) use self::compare::{compare, hold_strictly};
pub(crate) use self::confirm::{
    Confirm, Confirmation, ConfirmationVotes, Confirmed, WRONGLY_WORSE, draw, strict_repeats, strict_share,
};
#[cfg(test)]
pub(crate) use self::confirm::{Draw, confirm};
#[cfg(test)]
pub(crate) use self::diff::Breach;
pub(crate) use self::diff::BrokenRule;
pub use self::diff::{Change, Diff, GoldenComparison, RecordDiff, Verdict};
pub(crate) use self::file::{Golden, GoldenEntry, HeldBy, Kept, Migration, migrate};
pub(crate) use self::fingerprints::{Fingerprints, SetupChange, fingerprint};
pub use self::gates::{GateResult, GateVerdict};
pub(crate) use self::gates::{Gates, Latencies, ProbeGates, gates};
pub use self::locked::Locked;
pub(crate) use self::locked::measured_part;
pub(crate) use self::locked::{Marks, Try, Watch};
pub(crate) use self::output_change::{ChangedLine, OutputChange};
pub(crate) use self::outputs::KeptOutputs;
pub(crate) use self::pending::{Pending, PendingRecord, Update, in_ci, other_outputs};
pub(crate) use self::power::Sight;
pub(crate) use self::produced::{FurtherOutputs, MeasuredOutput};
pub use self::rule::Policy;
pub(crate) use self::rule::{Input, Rule};
