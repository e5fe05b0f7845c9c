//! CSV with a header line: its delimiter, its rows, and the line that each starts on.
//!
//! Every value is text; what a signature wants as a number or a list is read as JSON when it is asked about.

use std::collections::VecDeque;
use std::io;
use std::io::{BufRead, Read};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::record::{ReadRow, not_utf8};

/// Passes bytes on and notes where lines end. Memory holds the lines that were passed on and not yet asked about.
#[derive(Debug)]
pub(super) struct LineCounter<R> {
    inner: R,
    /// The number of the first line in `ended`.
    first: u64,
    /// Of each line that ended: the place of its line feed, and whether nothing stands before it.
    ended: VecDeque<(u64, bool)>,
    passed: u64,
    blank: bool,
}

impl<R> LineCounter<R> {
    /// `first` is the number of the line that `inner` is at.
    pub(super) fn new(inner: R, first: u64) -> Self {
        Self { inner, first, ended: VecDeque::new(), passed: 0, blank: true }
    }

    /// The number of the first line with something on it that ends behind this byte. Bytes must be asked about
    /// in rising order.
    pub(super) fn number(&mut self, byte: u64) -> u64 {
        // A CSV record is taken to begin at the line feed before it, where lines end in CR LF.
        while self.ended.front().is_some_and(|(feed, blank)| *feed <= byte || *blank) {
            self.ended.pop_front();
            self.first += 1;
        }
        self.first
    }
}

impl<R: Read> Read for LineCounter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        for (place, byte) in (self.passed..).zip(buffer.iter().take(length)) {
            match byte {
                b'\n' => {
                    self.ended.push_back((place, self.blank));
                    self.blank = true;
                }
                b'\r' => {}
                _ => self.blank = false,
            }
        }
        self.passed += length as u64;
        Ok(length)
    }
}

/// Rows that are looked at besides the header.
const ROWS: usize = 5;

/// The delimiter of a file that begins with `start`: `usual`, unless the header has one column by it and more by
/// another, or the first rows fit their header by another alone. `whole` says whether `start` is all of the file.
pub(super) fn delimiter(start: &[u8], usual: u8, whole: Completeness) -> u8 {
    let others = || [b',', b';', b'\t', b'|'].into_iter().filter(|other| *other != usual);
    let own = columns(start, usual, whole);
    if fits(&own) {
        return usual;
    }
    if let Some(other) = others().find(|other| fits(&columns(start, *other, whole))) {
        return other;
    }
    let header = |columns: &[usize]| columns.first().copied().unwrap_or(0);
    if header(&own) > 1 {
        return usual;
    }
    let most = others().rev().max_by_key(|other| header(&columns(start, *other, whole)));
    most.filter(|other| header(&columns(start, *other, whole)) > 1).unwrap_or(usual)
}

/// Whether what is there of a file is all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Completeness {
    Yes,
    No,
}

/// The delimiter that a file names on a first line of its own, as Excel reads and writes it: `sep=;`.
pub(super) fn named(start: &[u8]) -> Option<u8> {
    let line = start.split(|byte| *byte == b'\n').next()?.trim_ascii();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line.strip_prefix(b"sep=").or_else(|| line.strip_prefix(b"SEP="))? {
        [delimiter] if delimiter.is_ascii_punctuation() => Some(*delimiter),
        // A tab at the line's end was trimmed away.
        [] if start.get(..5).is_some_and(|start| start.ends_with(b"\t")) => Some(b'\t'),
        _ => None,
    }
}

/// How many values the header and the first rows have.
fn columns(start: &[u8], delimiter: u8, whole: Completeness) -> Vec<usize> {
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(start);
    let mut row = StringRecord::new();
    let mut columns = Vec::new();
    while columns.len() <= ROWS {
        match reader.read_record(&mut row) {
            Ok(true) => {}
            // A row that is not UTF-8 is named when it is read.
            Err(error) if matches!(error.kind(), ::csv::ErrorKind::Utf8 { .. }) => continue,
            _ => break,
        }
        let cut_off = whole == Completeness::No && reader.position().byte() == start.len() as u64;
        if !cut_off || columns.is_empty() {
            columns.push(row.len());
        }
    }
    columns
}

/// Whether there are several columns, and each row has them all.
fn fits(columns: &[usize]) -> bool {
    columns.split_first().is_some_and(|(header, rows)| *header > 1 && rows.iter().all(|row| row == header))
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
pub(super) struct CsvRows<R> {
    reader: Reader<LineCounter<R>>,
    /// The columns' names; none until the header is read.
    names: Vec<String>,
    ended: bool,
}

impl<R: BufRead> CsvRows<R> {
    /// `usual` is the delimiter that the file's ending means.
    pub(super) fn new(mut reader: R, usual: u8) -> Self {
        let start = reader.fill_buf().unwrap_or_default();
        let mark = if start.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        reader.consume(mark);
        let start = reader.fill_buf().unwrap_or_default();
        let found = named(start);
        let first = start.iter().position(|byte| *byte == b'\n').map_or(start.len(), |feed| feed + 1);
        // A file shorter than this is all there: buffers are not smaller.
        let whole = if start.len() < 4096 { Completeness::Yes } else { Completeness::No };
        let delimiter = found.unwrap_or_else(|| delimiter(start, usual, whole));
        let mut line = 1;
        if found.is_some() {
            reader.consume(first);
            line = 2;
        }
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(LineCounter::new(reader, line));
        Self { reader, names: Vec::new(), ended: false }
    }

    /// The next record with something in it, and its line; `None` at the end.
    fn read(&mut self) -> Option<(u64, Result<StringRecord, ::csv::Error>)> {
        let mut values = StringRecord::new();
        loop {
            match self.reader.read_record(&mut values) {
                Ok(false) => return None,
                // What a spreadsheet writes for a row that was emptied: delimiters alone.
                Ok(true) if values.iter().all(|value| value.trim().is_empty()) => {}
                Ok(true) => {
                    let line = self.line(values.position());
                    return Some((line, Ok(values)));
                }
                Err(error) => {
                    let line = self.line(error.position());
                    return Some((line, Err(error)));
                }
            }
        }
    }

    fn line(&mut self, position: Option<&::csv::Position>) -> u64 {
        self.reader.get_mut().number(position.map_or(0, ::csv::Position::byte))
    }

    fn header(&mut self) -> Result<(), ReadRow> {
        let (line, header) = match self.read() {
            None => return Ok(()),
            Some((line, Ok(header))) => (line, header),
            Some((line, Err(error))) => {
                return Err(ReadRow { line, fields: Err(problem(&error)), fatal: true });
            }
        };
        self.names = header.iter().zip(1..).map(|(name, place)| named_column(name, place)).collect();
        match twice(&self.names) {
            Some(problem) => Err(ReadRow { line, fields: Err(problem), fatal: true }),
            None => Ok(()),
        }
    }

    fn object(&self, values: &StringRecord) -> Result<Map<String, Value>, String> {
        let (wanted, found) = (self.names.len(), values.len());
        if found != wanted {
            return Err(format!("has {found} values where the header has {wanted}"));
        }
        Ok(self.names.iter().zip(values).map(|(name, value)| (name.clone(), Value::from(value))).collect())
    }
}

impl<R: BufRead> Iterator for CsvRows<R> {
    type Item = ReadRow;

    fn next(&mut self) -> Option<ReadRow> {
        if self.ended {
            return None;
        }
        if self.names.is_empty()
            && let Err(fault) = self.header()
        {
            self.ended = true;
            return Some(fault);
        }
        let (line, values) = self.read()?;
        Some(match values {
            Ok(values) => ReadRow { line, fields: self.object(&values), fatal: false },
            Err(error) => {
                self.ended = matches!(error.kind(), ErrorKind::Io(_));
                ReadRow { line, fields: Err(problem(&error)), fatal: self.ended }
            }
        })
    }
}

/// A column's name without the spaces around it. pandas writes its index under an empty one.
fn named_column(name: &str, place: usize) -> String {
    match name.trim() {
        "" => format!("column {place}"),
        name => name.to_owned(),
    }
}

/// What is wrong with a header that has a name twice.
fn twice(names: &[String]) -> Option<String> {
    names.iter().enumerate().find_map(|(second, name)| {
        let first = names.iter().position(|one| one == name).filter(|first| *first < second)?;
        let (first, second) = (first + 1, second + 1);
        Some(format!(
            "the header has the column \"{name}\" twice, as columns {first} and {second}: rename one"
        ))
    })
}

fn problem(error: &::csv::Error) -> String {
    match error.kind() {
        ErrorKind::Utf8 { err, .. } => not_utf8(&format!("value {}", err.field() + 1)),
        ErrorKind::Io(error) => format!("cannot be read: {error}"),
        _ => format!("is not CSV: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, usual: u8) -> char {
        char::from(delimiter(text.as_bytes(), usual, Completeness::Yes))
    }

    #[test]
    fn the_delimiter_is_what_the_header_and_the_rows_say() {
        for (text, expected) in [
            ("id,text,label\n1,a,b\n", ','),
            ("id;text;label\n1;a;b\n", ';'),
            ("id\ttext\tlabel\n1\ta, b\tc\n", '\t'),
            ("id|text\n1|a\n", '|'),
            ("id;what was said, in words;label\n1;a, b;c\n2;d;e\n", ';'),
            ("id,\"a;b;c\",label\n1,\"x;y\",no\n", ','),
            ("id;note\n1;\"a,\nb,c\"\n2;d\n", ';'),
            // One row is faulty: it is named, and the delimiter stays.
            ("id,text\n1,a,b\n2,c\n", ','),
            ("id;text;label\n1;a\n", ';'),
            ("text\nonly one column; of prose\n", ','),
            ("id,text", ','),
            ("", ','),
        ] {
            assert_eq!(found(text, b','), expected, "{text}");
        }
        assert_eq!(found("id\ttext, or not\n1\ta\n", b'\t'), '\t');
        assert_eq!(found("id,text\n1,a\n", b'\t'), ',');
    }

    #[test]
    fn a_row_that_is_cut_off_says_nothing() {
        assert_eq!(delimiter(b"id,text\n1,a;b;c\n2;", b',', Completeness::No), b',');
    }

    #[test]
    fn a_first_line_can_name_it() {
        assert_eq!(named(b"sep=;\r\nid;x\n"), Some(b';'));
        assert_eq!(named(b"\"sep=,\"\nid,x\n"), Some(b','));
        assert_eq!(named(b"sep=\t\nid\tx\n"), Some(b'\t'));
        assert_eq!(named(b"sepal,petal\n1,2\n"), None);
        assert_eq!(named(b"sep=12,x\n"), None);
    }
}
