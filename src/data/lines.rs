//! Which line a byte stands on, in a file that another reader reads.

use std::collections::VecDeque;
use std::io::{self, Read};

/// Passes bytes on and notes where lines end. Memory holds the lines that were passed on and not yet asked about.
#[derive(Debug)]
pub(super) struct Lines<R> {
    inner: R,
    /// The number of the first line in `ended`.
    first: u64,
    /// Of each line that ended: the place of its line feed, and whether nothing stands before it.
    ended: VecDeque<(u64, bool)>,
    passed: u64,
    blank: bool,
}

impl<R> Lines<R> {
    /// `first` is the number of the line that `inner` is at.
    pub(super) fn new(inner: R, first: u64) -> Self {
        Self { inner, first, ended: VecDeque::new(), passed: 0, blank: true }
    }

    /// The number of the first line with something on it that ends behind this byte. Bytes must be asked about
    /// in rising order.
    pub(super) fn number(&mut self, byte: u64) -> u64 {
        // A CSV record is taken to begin at the line feed before it, where lines end in CR LF.
        while self.ended.front().is_some_and(|(feed, blank)| *feed <= byte || *blank) {
            self.ended.pop_front();
            self.first += 1;
        }
        self.first
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        for (place, byte) in (self.passed..).zip(buffer.iter().take(length)) {
            match byte {
                b'\n' => {
                    self.ended.push_back((place, self.blank));
                    self.blank = true;
                }
                b'\r' => {}
                _ => self.blank = false,
            }
        }
        self.passed += length as u64;
        Ok(length)
    }
}
