//! The store: getting, putting, how much it holds, and pruning.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fmt, fs};

use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::file;
use super::file::{bytes, remove_down_to};
use super::writer::{Entry, Kind, StoreKey, StoredEntry, Writer};
use crate::error::{Error, ErrorKind, Result};

/// An entry's time of use is noted again only after so long, in seconds: a run
/// that finds everything writes nothing.
const USE_IS_STALE_S: i64 = 3600;

/// So many notes of use are written together.
const NOTES: usize = 512;

/// What can be chosen about a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// The most bytes it may take; beyond them, what was not used for longest goes.
    pub max_bytes: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { max_bytes: 2048 << 20 }
    }
}

/// The store. Reads come from as many connections as there are readers at a
/// time; writes are gathered by a thread of its own.
pub struct Store {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    notes: Mutex<Vec<i64>>,
    writer: Writer,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store, and makes it if it is not there.
    ///
    /// # Errors
    /// The file cannot be made, is damaged, or is of another version's form.
    pub fn open(path: &Path, options: StoreOptions) -> Result<Self> {
        let connection = file::open(path)?;
        let reader = file::connect(path)?;
        Ok(Self {
            path: path.to_owned(),
            idle: Mutex::new(vec![reader]),
            notes: Mutex::default(),
            writer: Writer::start(path, connection, options.max_bytes)?,
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of a key, if they are here.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn get(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        let found = self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, used, body FROM entries WHERE key = ?1")?;
            let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            statement.query_row([key.0.as_slice()], row).optional()
        })?;
        let Some((id, used, body)) = found else {
            return Ok(None);
        };
        let now = file::now_s();
        if now.saturating_sub(used) > USE_IS_STALE_S {
            self.note(id);
        }
        Ok(Some(body))
    }

    fn note(&self, id: i64) {
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(id);
        if notes.len() >= NOTES {
            self.writer.used(std::mem::take(&mut *notes));
        }
    }

    /// Keeps bytes, in place of any under the same key. They are in the file when this returns.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn put(&self, entry: Entry) -> Result<()> {
        self.writer.put(entry).await
    }

    /// Every entry of a kind about a record, what was used last first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn about(&self, record: &str, kind: Kind) -> Result<Vec<StoredEntry>> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, source, record, parts, body, made, used FROM entries
                 WHERE record = ?1 AND kind = ?2 ORDER BY used DESC, id DESC",
            )?;
            statement.query_map([record, kind.name()], found)?.collect()
        })
    }

    /// Gives every entry of a kind to `take`, in the order they were first made.
    ///
    /// # Errors
    /// The file cannot be read, or `take` fails.
    pub fn each(&self, kind: Kind, mut take: impl FnMut(StoredEntry) -> Result<()>) -> Result<()> {
        let mut last = 0_i64;
        loop {
            let some: Vec<(i64, StoredEntry)> = self.read(|connection| {
                let mut statement = connection.prepare_cached(
                    "SELECT key, source, record, parts, body, made, used, id FROM entries
                     WHERE id > ?1 AND kind = ?2 ORDER BY id LIMIT 256",
                )?;
                statement.query_map((last, kind.name()), |row| Ok((row.get(7)?, found(row)?)))?.collect()
            })?;
            let Some((id, _)) = some.last() else {
                return Ok(());
            };
            last = *id;
            some.into_iter().try_for_each(|(_, found)| take(found))?;
        }
    }

    /// Reads with a connection that nobody else uses meanwhile.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => file::connect(&self.path)?,
        };
        let result = read(&connection).map_err(|source| file::unusable(&self.path, &source));
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        self.writer.used(notes);
    }
}

fn found(row: &Row<'_>) -> rusqlite::Result<StoredEntry> {
    let key: Vec<u8> = row.get(0)?;
    let parts: String = row.get(3)?;
    Ok(StoredEntry {
        key: StoreKey(key.try_into().unwrap_or_default()),
        source: row.get(1)?,
        record: row.get(2)?,
        parts: serde_json::from_str(&parts).unwrap_or_default(),
        body: row.get(4)?,
        made_s: row.get(5)?,
        used_s: row.get(6)?,
    })
}

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
