//! How much there is, and making room.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::Serialize;

use super::file;
use super::room::{bytes, remove_down_to};
use super::shelf::Store;
use crate::error::{Error, ErrorKind, Result};

/// What a store holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holdings {
    /// Entries.
    pub entries: u64,
    /// Bytes of the entries, and of what finds them again.
    pub bytes: u64,
    /// Entries by who made them.
    pub by_source: BTreeMap<String, u64>,
    /// When the oldest use was, in seconds since 1970.
    pub oldest_use_s: Option<i64>,
    /// When the newest entry was made, in seconds since 1970.
    pub newest_s: Option<i64>,
}

/// What went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Entries that went.
    pub entries: u64,
    /// Bytes of the file before.
    pub bytes_before: u64,
    /// Bytes of the file after.
    pub bytes_after: u64,
}

impl Store {
    /// Counts what is there.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn holdings(&self) -> Result<Holdings> {
        self.read(|connection| {
            let mut statement = connection.prepare("SELECT source, count(*) FROM entries GROUP BY source")?;
            let by_source = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<BTreeMap<String, u64>>>()?;
            let (oldest_use_s, newest_s) =
                connection.query_row("SELECT min(used), max(made) FROM entries", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let entries = by_source.values().sum();
            Ok(Holdings { entries, bytes: bytes(connection)?, by_source, oldest_use_s, newest_s })
        })
    }

    /// Removes what was not used for so many seconds.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn prune_older_than(&self, seconds: u64) -> Result<Pruned> {
        let since = file::now_s().saturating_sub(i64::try_from(seconds).unwrap_or(i64::MAX));
        self.prune(|connection| connection.execute("DELETE FROM entries WHERE used < ?1", [since]))
    }

    /// Removes what was not used for longest, until the rest takes at most so many bytes.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn prune_to(&self, max_bytes: u64) -> Result<Pruned> {
        self.prune(|connection| remove_down_to(connection, max_bytes))
    }

    /// Deletes the file, whatever is in it.
    ///
    /// # Errors
    /// The system refuses.
    pub fn delete(path: &Path) -> Result<()> {
        let beside = |ending: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        };
        for path in [path.to_owned(), beside("-wal"), beside("-shm")] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    let detail = format!("cannot remove {}: {error}", path.display());
                    return Err(Error::new(ErrorKind::Io, detail));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn prune(&self, remove: impl FnOnce(&Connection) -> rusqlite::Result<usize>) -> Result<Pruned> {
        self.read(|connection| {
            let bytes_before = bytes(connection)?;
            let entries = remove(connection)? as u64;
            // Gives the room back to the disk; the log of the change goes with it.
            connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")?;
            Ok(Pruned { entries, bytes_before, bytes_after: bytes(connection)? })
        })
    }
}
