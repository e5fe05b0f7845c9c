//! How much there is, and making room.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};
use serde::Serialize;

use super::file;
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

/// Makes room when there is more than may be: a tenth more than needed, so
/// that it is not needed again at once.
pub(super) fn shrink(connection: &mut Connection, max_bytes: u64) -> rusqlite::Result<()> {
    if bytes(connection)? > max_bytes {
        remove_down_to(connection, max_bytes / 10 * 9)?;
    }
    Ok(())
}

/// The bytes in use: pages that were freed are used again before the file grows.
fn bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u64>(0));
    Ok((pragma("page_count")?.saturating_sub(pragma("freelist_count")?)) * pragma("page_size")?)
}

/// The share of the oldest uses that has to go is reckoned from the mean size of an entry.
fn remove_down_to(connection: &Connection, max_bytes: u64) -> rusqlite::Result<usize> {
    let mut removed = 0;
    loop {
        let bytes = bytes(connection)?;
        let entries: u64 = connection.query_row("SELECT count(*) FROM entries", [], |row| row.get(0))?;
        if bytes <= max_bytes || entries == 0 {
            return Ok(removed);
        }
        let over = u128::from(bytes - max_bytes) * u128::from(entries);
        let some = u64::try_from(over.div_ceil(u128::from(bytes))).unwrap_or(entries);
        removed += connection.execute(
            "DELETE FROM entries WHERE id IN (SELECT id FROM entries ORDER BY used, id LIMIT ?1)",
            params![some.max(1)],
        )?;
    }
}
