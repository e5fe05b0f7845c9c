//! Ids that were seen, at 16 bytes each.

use std::collections::{HashMap, HashSet};

/// A set of ids. It keeps 128 bits of each one's BLAKE3 hash and not the id: a million take about 36 MB,
/// whatever their length, and the chance that two of them are taken for one is below 10⁻²⁶.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdSet {
    hashes: HashSet<[u8; 16]>,
}

impl IdSet {
    /// Puts an id in; `false` if it was in already.
    pub fn insert(&mut self, id: &str) -> bool {
        self.hashes.insert(short_hash(id))
    }

    /// Takes an id out; `false` if it was not in.
    pub fn remove(&mut self, id: &str) -> bool {
        self.hashes.remove(&short_hash(id))
    }

    /// Whether the id is in.
    #[must_use]
    pub fn contains(&self, id: &str) -> bool {
        !self.hashes.is_empty() && self.hashes.contains(&short_hash(id))
    }

    /// Whether no id is in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Puts in what another set holds.
    pub fn join(&mut self, other: Self) {
        if self.hashes.is_empty() {
            self.hashes = other.hashes;
        } else {
            self.hashes.extend(other.hashes);
        }
    }
}

impl<T: AsRef<str>> FromIterator<T> for IdSet {
    fn from_iter<I: IntoIterator<Item = T>>(ids: I) -> Self {
        Self { hashes: ids.into_iter().map(|id| short_hash(id.as_ref())).collect() }
    }
}

/// By id, a line of a file, at 20 bytes each. As [`IdSet`] it keeps hashes and not the ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdLines {
    lines: HashMap<[u8; 16], u32>,
}

impl IdLines {
    /// Notes an id's line, and gives the one that was noted before. Lines above 2³² - 1 are noted as that.
    pub fn insert(&mut self, id: &str, line: u64) -> Option<u64> {
        self.lines.insert(short_hash(id), short_line(line)).map(u64::from)
    }

    /// Whether the line is the one noted for the id, or none is noted.
    #[must_use]
    pub fn is_last(&self, id: &str, line: u64) -> bool {
        self.lines.is_empty()
            || self.lines.get(&short_hash(id)).is_none_or(|noted| *noted == short_line(line))
    }
}

fn short_line(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// The first 128 bits of an id's BLAKE3 hash.
fn short_hash(id: &str) -> [u8; 16] {
    let mut short = [0; 16];
    blake3::Hasher::new().update(id.as_bytes()).finalize_xof().fill(&mut short);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_in_and_out() {
        let mut set: IdSet = ["a", "b"].into_iter().collect();
        assert!(!set.insert("a") && set.insert("c"));
        assert!(set.remove("b") && !set.remove("b"));
        set.join(["d"].into_iter().collect());
        let held: Vec<&str> = ["a", "b", "c", "d"].into_iter().filter(|id| set.contains(id)).collect();
        assert_eq!(held, ["a", "c", "d"]);
        assert!(!set.is_empty() && IdSet::default().is_empty());
    }

    #[test]
    fn the_last_line_of_an_id_is_known() {
        let mut lines = IdLines::default();
        assert!(lines.is_last("a", 1));
        assert_eq!(lines.insert("a", 3), None);
        assert_eq!(lines.insert("a", 5), Some(3));
        assert!(!lines.is_last("a", 3) && lines.is_last("a", 5) && lines.is_last("b", 3));
    }
}
