//! What stands between the values of a CSV file: where a comma is for decimals, spreadsheets write `;`.

use ::csv::{ReaderBuilder, StringRecord};

/// Rows that are looked at besides the header.
const ROWS: usize = 5;

/// The delimiter of a file that begins with `start`: `usual`, unless the header has one column by it and more by
/// another, or the first rows fit their header by another alone. `whole` says whether `start` is all of the file.
pub(super) fn delimiter(start: &[u8], usual: u8, whole: Whole) -> u8 {
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
pub(super) enum Whole {
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
fn columns(start: &[u8], delimiter: u8, whole: Whole) -> Vec<usize> {
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
        let cut_off = whole == Whole::No && reader.position().byte() == start.len() as u64;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, usual: u8) -> char {
        char::from(delimiter(text.as_bytes(), usual, Whole::Yes))
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
        assert_eq!(delimiter(b"id,text\n1,a;b;c\n2;", b',', Whole::No), b',');
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
