//! Runs of the same records combined into a jury after the fact: what it gains over each of them.

mod page;
mod votes;

pub use page::JuryPage;

pub(crate) use page::{JuryFinding, JuryGain, JuryMemberPage, JurySide, jury_page};
pub(crate) use votes::{JuryRun, JuryVoting};
