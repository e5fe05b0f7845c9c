//! The cache as text, one entry a line: `cache.sqlite` is no file to look at, or to compare.

use std::path::Path;

use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};

use super::NAME;

/// The table as the recorded caches have it.
const TABLE: &str = "
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

/// What is in the cache of a project, in the order in which it came.
pub fn entries(project: &Path) -> Option<Vec<u8>> {
    let path = project.join(format!(".{NAME}/cache.sqlite"));
    if !path.exists() {
        return None;
    }
    let file = Connection::open(path).unwrap();
    let version: i64 = file.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 1, "the form of the cache");
    let all = "SELECT key, kind, source, record, made, used, parts, body FROM entries ORDER BY id";
    let mut statement = file.prepare(all).unwrap();
    let lines = statement.query_map([], |row| Ok(format!("{}\n", line(row)?))).unwrap();
    Some(lines.map(Result::unwrap).collect::<String>().into_bytes())
}

fn line(row: &Row<'_>) -> rusqlite::Result<Value> {
    let key: Vec<u8> = row.get("key")?;
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let (kind, source): (String, String) = (row.get("kind")?, row.get("source")?);
    let record: Option<String> = row.get("record")?;
    let (made, used): (i64, i64) = (row.get("made")?, row.get("used")?);
    let (parts, body): (String, Vec<u8>) = (row.get("parts")?, row.get("body")?);
    let read = |text: &str| -> Value {
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value.to_string(), text, "JSON that is written back as it was");
        value
    };
    let (parts, body) = (read(&parts), read(std::str::from_utf8(&body).unwrap()));
    Ok(json!({"key": key, "kind": kind, "source": source, "record": record, "made": made, "used": used,
        "parts": parts, "body": body}))
}

/// Makes a cache of such lines, as the version that recorded them would have left it.
pub fn fill(path: &Path, lines: &[u8]) {
    let file = Connection::open(path).unwrap();
    file.execute_batch(TABLE).unwrap();
    let insert = "INSERT INTO entries (key, kind, source, record, made, used, parts, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    for line in std::str::from_utf8(lines).unwrap().lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| entry[name].as_str().map(str::to_owned);
        let (made, used) = (entry["made"].as_i64(), entry["used"].as_i64());
        let (parts, body) = (entry["parts"].to_string(), entry["body"].to_string().into_bytes());
        let values = params![
            bytes(&text("key").unwrap()),
            text("kind"),
            text("source"),
            text("record"),
            made,
            used,
            parts,
            body
        ];
        file.execute(insert, values).unwrap();
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}
