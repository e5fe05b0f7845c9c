//! A dataset: a file of records, streamed.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::{Map, Value};

use super::csv::CsvRows;
use super::fault::DataFault;
use super::id_set::short_hash;
use super::jsonl::JsonLines;
use super::record::Record;
use crate::error::{Error, ErrorKind, Result};

/// Which fields mean what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The field that holds the id.
    pub id: String,
}

impl Default for Layout {
    fn default() -> Self {
        Self { id: "id".into() }
    }
}

/// The records of a file, one after another. Memory does not grow with them,
/// but for 20 bytes an id, kept to find ids that stand twice.
#[derive(Debug)]
pub struct Dataset {
    file: String,
    rows: Rows,
    /// Where the id stands, and those that were seen; `None` where every line counts for itself.
    ids: Option<Ids>,
}

#[derive(Debug)]
struct Ids {
    layout: Layout,
    /// By the id's hash, its line.
    seen: HashMap<[u8; 16], u32>,
}

#[derive(Debug)]
enum Rows {
    JsonLines(JsonLines<BufReader<File>>),
    Csv(Box<CsvRows<BufReader<File>>>),
}

/// A row as its format reads it: its line, and its fields or what is wrong.
pub(super) struct Row {
    pub(super) line: u64,
    pub(super) fields: Result<Map<String, Value>, String>,
    pub(super) fatal: bool,
}

impl Dataset {
    /// Opens a dataset: `.jsonl` or `.ndjson`, `.csv` or `.tsv`.
    ///
    /// # Errors
    /// The file cannot be opened, or its ending is none of these.
    pub fn open(path: &Path, layout: Layout) -> Result<Self> {
        let ids = Some(Ids { layout, seen: HashMap::new() });
        Ok(Self { ids, ..Self::open_lines(path)? })
    }

    /// Opens a file whose lines have no ids of their own: each record's id is its line's number.
    ///
    /// # Errors
    /// As [`Dataset::open`].
    pub fn open_lines(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| {
            let error = Error::new(ErrorKind::Dataset, format!("cannot open {name}: {source}"));
            error.help("paths in karat.toml are relative to karat.toml")
        })?;
        let reader = BufReader::new(file);
        let rows = match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl" | "ndjson") => Rows::JsonLines(JsonLines::new(reader)),
            Some("csv") => Rows::Csv(Box::new(CsvRows::new(reader, b','))),
            Some("tsv") => Rows::Csv(Box::new(CsvRows::new(reader, b'\t'))),
            _ => return Err(unknown_format(&name)),
        };
        Ok(Self { file: name, rows, ids: None })
    }

    /// The file, as messages name it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    fn record(&mut self, row: Row) -> Result<Record, DataFault> {
        let line = row.line;
        let fault = |problem, fatal| DataFault { file: self.file.clone(), line, problem, fatal };
        let fields = row.fields.map_err(|problem| fault(problem, row.fatal))?;
        let Some(ids) = &mut self.ids else {
            return Ok(Record { id: line.to_string(), line, fields });
        };
        let id = match fields.get(&ids.layout.id) {
            None | Some(Value::Null) => line.to_string(),
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            Some(_) => {
                let problem = format!("field \"{}\" is the id and must be text or a number", ids.layout.id);
                return Err(fault(problem, false));
            }
        };
        if let Some(earlier) = ids.seen.insert(short_hash(&id), u32::try_from(line).unwrap_or(u32::MAX)) {
            return Err(fault(format!("id \"{id}\" stands on line {earlier} already"), false));
        }
        Ok(Record { id, line, fields })
    }
}

impl Iterator for Dataset {
    type Item = Result<Record, DataFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = match &mut self.rows {
            Rows::JsonLines(lines) => lines.next()?,
            Rows::Csv(rows) => rows.next()?,
        };
        Some(self.record(row))
    }
}

fn unknown_format(name: &str) -> Error {
    Error::new(ErrorKind::Dataset, format!("cannot tell the format of {name}"))
        .help("datasets end in .jsonl, .ndjson, .csv or .tsv")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn read(ending: &str, content: &[u8]) -> Vec<Result<Record, DataFault>> {
        let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
        file.write_all(content).unwrap();
        Dataset::open(file.path(), Layout::default()).unwrap().collect()
    }

    fn told(records: &[Result<Record, DataFault>]) -> Vec<String> {
        records
            .iter()
            .map(|record| match record {
                Ok(record) => format!("{} at {}", record.id, record.line),
                Err(fault) => format!("line {}: {}", fault.line, fault.problem),
            })
            .collect()
    }

    #[test]
    fn json_lines_name_each_fault_and_go_on() {
        let records = read(
            ".jsonl",
            b"{\"id\": \"a\", \"x\": 1}\n\n{\"x\": 2}\nnot json\n[1]\n\xff\xfe\n{\"id\": \"a\"}\n{\"id\": 7}",
        );
        insta::assert_debug_snapshot!(told(&records));
    }

    #[test]
    fn csv_rows_have_their_lines_also_after_a_quoted_newline() {
        let records = read(".csv", b"id,text\r\n1,\"two\nlines\"\r\n2,short\r\n3\r\n");
        insta::assert_debug_snapshot!(told(&records));
        assert_eq!(records[0].as_ref().unwrap().fields["text"], "two\nlines");
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let records = read(".jsonl", b"\xef\xbb\xbf{\"id\": \"a\"}\n");
        assert_eq!(told(&records), ["a at 1"]);
        let records = read(".csv", b"\xef\xbb\xbfid,x\na,1\nb,2\n");
        assert_eq!(told(&records), ["a at 2", "b at 3"]);
    }
}
