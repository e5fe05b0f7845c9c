//! Runs of the same records combined into a jury after the fact: what it gains over each of them.

mod page;
mod votes;

pub(crate) use page::jury_page;
pub use page::{JuryFinding, JuryPage};
pub(crate) use page::{JuryGain, JuryMemberPage, JurySide};
pub(crate) use votes::{JuryRun, JuryVoting};
