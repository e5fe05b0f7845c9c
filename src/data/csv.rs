//! CSV with a header line. Every value is text; what a signature wants as a
//! number or a list is read as JSON when the record is asked about.

use std::io::BufRead;

use ::csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::dataset::Row;

#[derive(Debug)]
pub(super) struct CsvRows<R> {
    reader: Reader<R>,
    header: Option<StringRecord>,
    /// Where lines end in CR LF, the reader takes a record to begin before the
    /// LF of the line above, and counts its line one short.
    line_offset: u64,
}

impl<R: BufRead> CsvRows<R> {
    pub(super) fn new(mut reader: R, delimiter: u8) -> Self {
        let start = reader.fill_buf().unwrap_or_default();
        let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line_offset = u64::from(first_line.ends_with(b"\r"));
        let reader = ReaderBuilder::new().delimiter(delimiter).from_reader(reader);
        Self { reader, header: None, line_offset }
    }

    fn header(&mut self) -> Result<StringRecord, ::csv::Error> {
        if let Some(header) = &self.header {
            return Ok(header.clone());
        }
        let header = self.reader.headers()?.clone();
        self.header = Some(header.clone());
        Ok(header)
    }
}

impl<R: BufRead> Iterator for CsvRows<R> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let header = match self.header() {
            Ok(header) => header,
            Err(error) => return Some(Row { line: 1, fields: Err(problem(&error)), fatal: true }),
        };
        let mut values = StringRecord::new();
        let line_at =
            |position: Option<&::csv::Position>| position.map_or(1, ::csv::Position::line) + self.line_offset;
        match self.reader.read_record(&mut values) {
            Ok(false) => None,
            Ok(true) => Some(Row {
                line: line_at(values.position()),
                fields: Ok(object(&header, &values)),
                fatal: false,
            }),
            Err(error) => {
                let line = line_at(error.position());
                let fatal = matches!(error.kind(), ErrorKind::Io(_));
                Some(Row { line, fields: Err(problem(&error)), fatal })
            }
        }
    }
}

fn object(header: &StringRecord, values: &StringRecord) -> Map<String, Value> {
    header
        .iter()
        .zip(values)
        .map(|(name, value)| (name.trim_start_matches('\u{feff}').to_owned(), Value::from(value)))
        .collect()
}

fn problem(error: &::csv::Error) -> String {
    match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} values where the header has {expected_len}")
        }
        ErrorKind::Utf8 { err, .. } => format!("is not UTF-8 text (value {})", err.field() + 1),
        ErrorKind::Io(error) => format!("cannot be read: {error}"),
        _ => format!("is not CSV: {error}"),
    }
}
