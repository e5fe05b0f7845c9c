//! CSV with a header line. Every value is text; what a signature wants as a
//! number or a list is read as JSON when the record is asked about.

use std::io::BufRead;

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::delimiter::{Whole, delimiter, named};
use super::encoding::not_utf8;
use super::lines::Lines;
use super::row::Row;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
pub(super) struct CsvRows<R> {
    reader: Reader<Lines<R>>,
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
        let whole = if start.len() < 4096 { Whole::Yes } else { Whole::No };
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
            .from_reader(Lines::new(reader, line));
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

    fn header(&mut self) -> Result<(), Row> {
        let (line, header) = match self.read() {
            None => return Ok(()),
            Some((line, Ok(header))) => (line, header),
            Some((line, Err(error))) => return Err(Row { line, fields: Err(problem(&error)), fatal: true }),
        };
        self.names = header.iter().zip(1..).map(|(name, place)| named_column(name, place)).collect();
        match twice(&self.names) {
            Some(problem) => Err(Row { line, fields: Err(problem), fatal: true }),
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
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
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
            Ok(values) => Row { line, fields: self.object(&values), fatal: false },
            Err(error) => {
                self.ended = matches!(error.kind(), ErrorKind::Io(_));
                Row { line, fields: Err(problem(&error)), fatal: self.ended }
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
