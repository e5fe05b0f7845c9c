//! Getting and putting.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row};

use super::entry::{Entry, Kind, StoreKey, StoredEntry};
use super::file;
use super::writer::Writer;
use crate::error::Result;

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
