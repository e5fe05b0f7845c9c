//! The file: how it is opened, what is in it, and how room is made in it.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, params};

use crate::error::{Error, ErrorKind, Result};

/// The version of the file's form.
const VERSION: i64 = 1;

/// How long one process waits for another's write.
const PATIENCE: Duration = Duration::from_secs(20);

/// The body is last: what comes before it is read without it.
const TABLES: &str = "
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY,
        key BLOB NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        source TEXT NOT NULL,
        record TEXT,
        made INTEGER NOT NULL,
        used INTEGER NOT NULL,
        parts TEXT NOT NULL,
        body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX entries_by_record ON entries (record) WHERE record IS NOT NULL;
    PRAGMA user_version = 1;
";

/// Opens the file for writing, and makes it if it is not there.
pub(super) fn open(path: &Path) -> Result<Connection> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| {
            Error::new(ErrorKind::Io, format!("cannot make {}: {source}", folder.display()))
        })?;
    }
    let mut connection = connect(path)?;
    set_up(&mut connection).map_err(|source| unusable(path, &source))?;
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|source| unusable(path, &source))?;
    if version != VERSION {
        let detail =
            format!("{} is of form {version}, and this evenhand reads form {VERSION}", path.display());
        return Err(Error::new(ErrorKind::Io, detail).help(HOW_TO_MAKE_ANEW));
    }
    Ok(connection)
}

/// A connection with what each one needs.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        // A commit is in the file when it returns, and outlives this process's sudden
        // end; only a machine that loses its power may lose the last ones, and never
        // the file. Waiting for the disk at each reply would cost more than that is worth.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(connection)
    };
    connect().map_err(|source| unusable(path, &source))
}

fn set_up(connection: &mut Connection) -> rusqlite::Result<()> {
    to_write_ahead(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        transaction.execute_batch(TABLES)?;
    }
    transaction.commit()
}

/// How often the change to write-ahead logging is tried, while others do the same.
const TRIES: u32 = 50;

/// Readers and one writer at the same time. The change itself does not wait for
/// other processes as everything else does, so it is tried again.
fn to_write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 1..TRIES {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other,
        }
    }
    connection.pragma_update(None, "journal_mode", "WAL")
}

/// What to do about a file that cannot be used.
pub(super) const HOW_TO_MAKE_ANEW: &str =
    "`evenhand cache prune --all` makes a new one; --no-cache goes without";

/// A fault of the file's.
pub(super) fn unusable(path: &Path, source: &rusqlite::Error) -> Error {
    let path = path.display();
    let (detail, help) = match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            (format!("the cache {path} is damaged: {source}"), HOW_TO_MAKE_ANEW)
        }
        Some(ErrorCode::DiskFull) => (format!("no room for the cache {path}"), "make room on the disk"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (format!("the cache {path} is held by another process"), "end it, or go without: --no-cache")
        }
        _ => (format!("the cache {path} cannot be used: {source}"), HOW_TO_MAKE_ANEW),
    };
    Error::new(ErrorKind::Io, detail).help(help)
}

/// Now, in seconds since 1970.
pub(super) fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
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
pub(super) fn bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, u64>(0));
    Ok((pragma("page_count")?.saturating_sub(pragma("freelist_count")?)) * pragma("page_size")?)
}

/// Removes what was not used for longest, until the rest takes at most so many bytes. The share of the
/// oldest uses that has to go is reckoned from the mean size of an entry.
pub(super) fn remove_down_to(connection: &Connection, max_bytes: u64) -> rusqlite::Result<usize> {
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
