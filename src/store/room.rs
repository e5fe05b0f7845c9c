//! The room that the entries take, and making it.

use rusqlite::{Connection, params};

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
