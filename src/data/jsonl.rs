//! JSON Lines: one object a line.

use std::io::BufRead;

use serde_json::{Map, Value};

use super::encoding::not_utf8;
use super::json::parse_json;
use super::row::Row;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

#[derive(Debug)]
pub(super) struct JsonLines<R> {
    reader: R,
    line: u64,
}

impl<R: BufRead> JsonLines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, line: 0 }
    }
}

impl<R: BufRead> Iterator for JsonLines<R> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        loop {
            let mut bytes = Vec::new();
            self.line += 1;
            match self.reader.read_until(b'\n', &mut bytes) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) => {
                    let fields = Err(format!("cannot be read: {error}"));
                    return Some(Row { line: self.line, fields, fatal: true });
                }
            }
            let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            return Some(Row { line: self.line, fields: object(bytes), fatal: false });
        }
    }
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| not_utf8(&format!("byte {} of the line", error.valid_up_to() + 1)))?;
    match parse_json(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("is not a JSON object".into()),
        Err(fault) => Err(fault.to_string()),
    }
}
