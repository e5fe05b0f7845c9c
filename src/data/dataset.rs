//! A dataset: a file of records, streamed, with the ids that were seen at 16 bytes each.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde_json::{Map, Value};

use super::csv::CsvRows;
use super::json::JsonLines;
use super::record::{DataFault, ReadRow, Record, is_utf16};
use crate::error::{Error, ErrorKind, Result};

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
pub(crate) struct IdLines {
    lines: HashMap<[u8; 16], u32>,
}

impl IdLines {
    /// Notes an id's line, and gives the one that was noted before. Lines above 2³² - 1 are noted as that.
    pub(crate) fn insert(&mut self, id: &str, line: u64) -> Option<u64> {
        self.lines.insert(short_hash(id), short_line(line)).map(u64::from)
    }

    /// Whether the line is the one noted for the id, or none is noted.
    #[must_use]
    pub(crate) fn is_last(&self, id: &str, line: u64) -> bool {
        self.lines.is_empty()
            || self.lines.get(&short_hash(id)).is_none_or(|noted| *noted == short_line(line))
    }
}

fn short_line(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// The first 128 bits of an id's BLAKE3 hash.
pub(crate) fn short_hash(id: &str) -> [u8; 16] {
    let mut short = [0; 16];
    blake3::Hasher::new().update(id.as_bytes()).finalize_xof().fill(&mut short);
    short
}

/// Bytes that are read at once. The first of them show the format of a CSV file.
const BUFFER: usize = 64 * 1024;

/// Which fields mean what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The field that holds the id. A record in which it is missing or empty has its line's number for one.
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
    /// By id, fields that the records get besides their own.
    more: HashMap<String, Map<String, Value>>,
}

#[derive(Debug)]
struct Ids {
    layout: Layout,
    /// By the id's hash, its line.
    seen: IdLines,
}

#[derive(Debug)]
enum Rows {
    JsonLines(JsonLines<BufReader<File>>),
    Csv(Box<CsvRows<BufReader<File>>>),
}

impl Dataset {
    /// Opens a dataset: `.jsonl` or `.ndjson`, `.csv` or `.tsv`. A `.csv` or `.tsv` whose header and rows are
    /// separated by another of `,`, `;`, tab and `|` is read by that.
    ///
    /// # Errors
    /// The file cannot be opened, its ending is none of these, or it is UTF-16.
    pub fn open(path: &Path, layout: Layout) -> Result<Self> {
        let ids = Some(Ids { layout, seen: IdLines::default() });
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
            error.help("paths in evenhand.toml are relative to evenhand.toml")
        })?;
        let mut reader = BufReader::with_capacity(BUFFER, file);
        // An unreadable file is reported when it is read.
        if is_utf16(reader.fill_buf().unwrap_or_default()) {
            return Err(Error::new(
                ErrorKind::Dataset,
                format!("{name} is UTF-16 text, and UTF-8 is needed"),
            )
            .help("save it as UTF-8; in Excel: Save As, \"CSV UTF-8\""));
        }
        let rows = match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl" | "ndjson") => Rows::JsonLines(JsonLines::new(reader)),
            Some("csv") => Rows::Csv(Box::new(CsvRows::new(reader, b','))),
            Some("tsv") => Rows::Csv(Box::new(CsvRows::new(reader, b'\t'))),
            _ => return Err(unknown_format(&name)),
        };
        Ok(Self { file: name, rows, ids: None, more: HashMap::new() })
    }

    /// The same records with further fields, by id. These win over the records' own.
    #[must_use]
    pub(crate) fn with_fields(self, more: HashMap<String, Map<String, Value>>) -> Self {
        Self { more, ..self }
    }

    /// The file, as messages name it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    fn record(&mut self, row: ReadRow) -> Result<Record, DataFault> {
        let line = row.line;
        let fault = |problem, fatal| DataFault { file: self.file.clone(), line, problem, fatal, help: None };
        let mut fields = row.fields.map_err(|problem| fault(problem, row.fatal))?;
        let Some(ids) = &mut self.ids else {
            return Ok(Record { id: line.to_string(), line, fields });
        };
        let id = match fields.get(&ids.layout.id) {
            None | Some(Value::Null) => line.to_string(),
            Some(Value::String(id)) if id.trim().is_empty() => line.to_string(),
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            Some(_) => {
                let problem = format!("field \"{}\" is the id and must be text or a number", ids.layout.id);
                return Err(fault(problem, false));
            }
        };
        if let Some(earlier) = ids.seen.insert(&id, line) {
            return Err(fault(format!("id \"{id}\" stands on line {earlier} already"), false));
        }
        fields.extend(self.more.remove(&id).unwrap_or_default());
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
    use std::io::Write as _;

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

    /// Line ends of every kind, blank lines, and newlines in quotes, in every place.
    #[test]
    fn csv_rows_have_their_lines_whatever_stands_between_them() {
        for end in ["\n", "\r\n"] {
            for blank in ["", end, "\n\n", "\r\n\n", ",\n", " , \r\n"] {
                for last in ["", end] {
                    let mut text = format!("{blank}id,text{end}");
                    let mut expected = Vec::new();
                    for id in ["a", "b", "c"] {
                        text += blank;
                        expected.push(format!("{id} at {}", text.matches('\n').count() + 1));
                        text += &format!("{id},\"one{end}{end}more, \"\"two\"\"\"{end}");
                    }
                    text += blank;
                    expected.push(format!("d at {}", text.matches('\n').count() + 1));
                    text += &format!("d,x{last}{}", if last.is_empty() { "" } else { blank });
                    assert_eq!(told(&read(".csv", text.as_bytes())), expected, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn rows_far_into_a_long_csv_have_their_lines() {
        let row =
            |number: usize| format!("r{number},\"{}\n\n{}\"\r\n", "x".repeat(number % 50), "y".repeat(900));
        let text = "id,text\r\n".to_owned() + &(0..300).map(row).collect::<String>();
        for (number, record) in read(".csv", text.as_bytes()).into_iter().enumerate() {
            let record = record.unwrap();
            assert_eq!((record.id, record.line), (format!("r{number}"), 2 + 3 * number as u64));
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_line() {
        let records = read(".jsonl", b"\xef\xbb\xbf{\"id\": \"a\"}\n");
        assert_eq!(told(&records), ["a at 1"]);
        for header in ["id,x", "\"id\",\"x\""] {
            let text = format!("\u{feff}{header}\na,1\nb,2\n");
            assert_eq!(told(&read(".csv", text.as_bytes())), ["a at 2", "b at 3"]);
        }
    }

    #[test]
    fn a_csv_is_read_by_the_delimiter_it_has() {
        for text in [
            "id;text;label\nk1;a, b;yes\n",
            "\u{feff}id;text;label\r\nk1;\"a, b\";yes\r\n",
            "id\ttext\tlabel\nk1\ta, b\tyes\n",
            "sep=;\nid;text;label\nk1;a, b;yes\n",
        ] {
            let records = read(".csv", text.as_bytes());
            let record = records[0].as_ref().unwrap();
            let fields = (&record.id, &record.fields["text"], &record.fields["label"]);
            assert_eq!(fields, (&"k1".to_owned(), &"a, b".into(), &"yes".into()), "{text:?}");
        }
        assert_eq!(
            told(&read(".csv", b"sep=;\nid;x\nk1;1\nk2\n")),
            ["k1 at 3", "line 4: has 1 values where the header has 2"]
        );
    }

    #[test]
    fn a_column_that_stands_twice_ends_the_reading() {
        for (text, columns) in [
            ("id,answer,answer\n1,a,b\n", "\"answer\" twice, as columns 2 and 3"),
            ("id, answer,x,answer \n1,a,b,c\n", "\"answer\" twice, as columns 2 and 4"),
            ("id;id\n1;2\n", "\"id\" twice, as columns 1 and 2"),
        ] {
            let records = read(".csv", text.as_bytes());
            let fault = records[0].as_ref().unwrap_err();
            assert!(fault.fatal && fault.problem.contains(columns) && records.len() == 1, "{fault}");
        }
    }

    #[test]
    fn columns_without_a_name_are_named_by_their_place() {
        let records = read(".csv", b",id,text,\n0,k1,a,\n1,k2,b,x\n");
        assert_eq!(told(&records), ["k1 at 2", "k2 at 3"]);
        let fields = &records[1].as_ref().unwrap().fields;
        assert_eq!((&fields["column 1"], &fields["column 4"]), (&"1".into(), &"x".into()));
    }

    #[test]
    fn rows_of_another_length_are_faults_with_their_lines() {
        let records = read(".csv", b"id,text,label\na,1\nb,1,2,3\nc,1,2\n");
        let lengths =
            ["line 2: has 2 values where the header has 3", "line 3: has 4 values where the header has 3"];
        assert_eq!(told(&records), [lengths[0], lengths[1], "c at 4"]);
    }

    #[test]
    fn a_key_that_stands_twice_in_a_line_is_a_fault_of_that_line() {
        let records = read(".jsonl", b"{\"id\": \"a\", \"x\": 1}\n{\"id\": \"b\", \"x\": 1, \"x\": 2}\n{\"id\": \"c\", \"in\": {\"y\": 1, \"y\": 1}}\n");
        assert_eq!(
            told(&records),
            [
                "a at 1",
                "line 2: has the key \"x\" twice at column 23",
                "line 3: has the key \"y\" twice at column 30",
            ]
        );
    }

    #[test]
    fn a_record_with_an_empty_id_is_named_by_its_line() {
        assert_eq!(told(&read(".csv", b"id,x\n1.0,a\n,b\n  ,c\n")), ["1.0 at 2", "3 at 3", "4 at 4"]);
        assert_eq!(
            told(&read(".jsonl", b"{\"id\": \"\"}\n{\"id\": 1.0}\n{}\n")),
            ["1 at 1", "1.0 at 2", "3 at 3"]
        );
    }

    #[test]
    fn utf16_is_named_when_a_file_is_opened() {
        for ending in [".csv", ".tsv", ".jsonl"] {
            let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
            let text: Vec<u8> = "\u{feff}id,x\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
            file.write_all(&text).unwrap();
            let error = Dataset::open(file.path(), Layout::default()).unwrap_err();
            assert!(error.detail().contains("is UTF-16 text"), "{error}");
        }
    }

    #[test]
    fn a_csv_in_another_encoding_names_the_value() {
        let records = read(".csv", b"id,text\n1,caf\xe9\n2,b\n");
        let latin = "line 2: is not UTF-8 text (value 2): save the file as UTF-8";
        assert_eq!(told(&records), [latin, "2 at 3"]);
        assert!(read(".csv", b"id,caf\xe9\n1,a\n")[0].as_ref().unwrap_err().fatal);
    }
}
