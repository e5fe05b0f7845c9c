//! A place for one request in flight: a sequence of the model's memory and the request at work in it.

use super::kept::Kept;
use super::schedule::{Need, Share};
use super::session::{LogitsAt, Row, Wanted};
use super::task::Task;

/// A slot. When its request is done it keeps the tokens, for a next one that begins alike.
#[derive(Default)]
pub(super) struct Slot {
    /// What its sequence holds.
    pub(super) kept: Kept,
    /// The request at work.
    pub(super) task: Option<Task>,
    /// The number of the last request it took.
    pub(super) last_order: u64,
}

impl Slot {
    /// What its request needs; nothing where it has none.
    pub(super) fn need(&self) -> Need {
        self.task.as_ref().map(|task| task.need(self.kept.len())).unwrap_or_default()
    }

    /// Cells that its request may still take.
    pub(super) fn outstanding(&self) -> usize {
        let Some(task) = &self.task else { return 0 };
        (task.prompt.len() + task.room).saturating_sub(self.kept.len())
    }

    /// The rows of its share of a batch. The branches it has in it run in these sequences.
    pub(super) fn rows(&self, slot: usize, share: &Share, branches: &[i32]) -> Vec<Row> {
        let Some(task) = &self.task else { return Vec::new() };
        let from = self.kept.len();
        let text =
            if task.pending.is_empty() { task.prompt.get(from..).unwrap_or_default() } else { &task.pending };
        let is_last = share.tokens == text.len();
        let own = i32::try_from(slot).unwrap_or(i32::MAX);
        let trunk: Vec<i32> = std::iter::once(own).chain(branches.iter().copied()).collect();
        let row = |(index, &token)| Row {
            token,
            position: from + index,
            sequences: trunk.clone(),
            wanted: (is_last && index + 1 == share.tokens).then_some(Wanted { slot, place: LogitsAt::Text }),
        };
        let mut rows: Vec<Row> = text.iter().take(share.tokens).enumerate().map(row).collect();
        let reads = task.weighing().filter(|_| share.with_branches);
        for ((branch, read), &sequence) in reads.iter().flat_map(|w| w.next_reads()).zip(branches) {
            rows.extend(read.iter().enumerate().map(|(index, &token)| Row {
                token,
                position: from + share.tokens + index,
                sequences: vec![sequence],
                wanted: Some(Wanted { slot, place: LogitsAt::Branch { branch, index } }),
            }));
        }
        rows
    }

    /// Takes the tokens of its share into its sequence, with numbers for their cells.
    pub(super) fn advance(&mut self, share: &Share, mut new_cell: impl FnMut() -> u64) {
        let Some(task) = &mut self.task else { return };
        if task.pending.is_empty() {
            for &token in task.prompt.iter().skip(self.kept.len()).take(share.tokens) {
                self.kept.read(token, new_cell());
            }
        } else {
            for token in std::mem::take(&mut task.pending) {
                self.kept.write(token, new_cell());
            }
        }
    }

    /// The request, if it is done.
    pub(super) fn take_done(&mut self) -> Option<Task> {
        let in_memory = self.kept.len();
        self.task.take_if(|task| task.is_done(in_memory))
    }
}
