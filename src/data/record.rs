//! One record of a dataset: the row it comes from, what can be wrong with it, and the filters that take it.
//!
//! Records that have something in common form clusters, which must not be parted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::Hash;

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::stats::Together;

/// What is said of a line that is not UTF-8.
pub(super) fn not_utf8(place: &str) -> String {
    format!("is not UTF-8 text ({place}): save the file as UTF-8")
}

/// Whether a file that begins so is UTF-16, as Excel's "Unicode Text" and PowerShell's `>` write it.
pub(super) fn is_utf16(start: &[u8]) -> bool {
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return true;
    }
    // Without a mark: of ASCII text every other byte is 0.
    let pairs = start.chunks_exact(2).take(8);
    let zeros = |at: usize| pairs.clone().filter(|pair| pair.get(at) == Some(&0)).count();
    pairs.len() >= 2 && (zeros(0) == pairs.len() || zeros(1) == pairs.len())
}

/// A row as its format reads it: its line, and its fields or what is wrong.
pub(super) struct ReadRow {
    pub(super) line: u64,
    pub(super) fields: Result<Map<String, Value>, String>,
    pub(super) fatal: bool,
}

/// A record that cannot be used: where it stands, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFault {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
    /// Whether nothing more can be read after this.
    pub fatal: bool,
    /// What to do about it, where that is more than to mend the line.
    pub help: Option<String>,
}

impl fmt::Display for DataFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dataset line {}: {} ({})", self.line, self.problem, self.file)
    }
}

impl std::error::Error for DataFault {}

/// One record: its fields as they stand in the file, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The id: the id field's text, or the line's number where there is none.
    pub id: String,
    /// Its line in the file, from 1.
    pub line: u64,
    /// Its fields, in the file's order.
    pub fields: Map<String, Value>,
}

impl Record {
    /// The value at a path: a field's name, names joined by dots, or a JSON pointer (`/a/b`).
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Value> {
        if let Some(value) = self.fields.get(path) {
            return Some(value);
        }
        if let Some(pointer) = path.strip_prefix('/') {
            return pointed(&self.fields, pointer);
        }
        let (first, rest) = path.split_once('.')?;
        rest.split('.').try_fold(self.fields.get(first)?, step)
    }

    /// The value at a path, unless it is null or an empty text, as a CSV's empty cell is.
    #[must_use]
    pub fn given(&self, path: &str) -> Option<&Value> {
        let is_blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
        self.get(path).filter(|value| !value.is_null() && !is_blank(value))
    }

    /// The record's tags: the strings of its field `tags`.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let tags = self.fields.get("tags").and_then(Value::as_array);
        tags.into_iter().flatten().filter_map(Value::as_str)
    }
}

/// Hex digits of a hashed id: enough that two of a million ids share one once in 280 sets.
const ID_DIGITS: usize = 12;

/// An id that names its record without telling it: the first 12 hex digits of its BLAKE3 hash.
#[must_use]
pub(crate) fn id_hash(id: &str) -> String {
    blake3::hash(id.as_bytes()).to_hex().chars().take(ID_DIGITS).collect()
}

/// A JSON pointer (RFC 6901) without its first slash.
fn pointed<'a>(fields: &'a Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let (first, rest) = match pointer.find('/') {
        Some(slash) => pointer.split_at(slash),
        None => (pointer, ""),
    };
    fields.get(&first.replace("~1", "/").replace("~0", "~"))?.pointer(rest)
}

fn step<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    }
}

/// A condition on one field; `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    field: String,
    pattern: String,
    wanted: bool,
}

impl Filter {
    /// Reads `FIELD=PATTERN` or `FIELD!=PATTERN`. The fields `id` and `tag`
    /// mean the record's id and any of its tags.
    ///
    /// # Errors
    /// There is no `=`, or nothing before it.
    pub fn parse(text: &str) -> Result<Self> {
        let (field, pattern, wanted) = match (text.split_once("!="), text.split_once('=')) {
            (Some((field, pattern)), _) => (field, pattern, false),
            (None, Some((field, pattern))) => (field, pattern, true),
            (None, None) => ("", "", true),
        };
        if field.trim().is_empty() {
            let error = Error::new(ErrorKind::Usage, format!("`{text}` is not a filter"));
            return Err(error.help("write FIELD=PATTERN or FIELD!=PATTERN, such as tag=hard or id=rel-0*"));
        }
        Ok(Self { field: field.trim().into(), pattern: pattern.trim().into(), wanted })
    }

    /// Whether the record is taken.
    #[must_use]
    pub fn takes(&self, record: &Record) -> bool {
        let found = match self.field.as_str() {
            "id" => glob(&self.pattern, &record.id),
            "tag" | "tags" => record.tags().any(|tag| glob(&self.pattern, tag)),
            field => match record.get(field) {
                Some(Value::String(text)) => glob(&self.pattern, text),
                Some(value) => glob(&self.pattern, &value.to_string()),
                None => false,
            },
        };
        found == self.wanted
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, mut rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    while let Some((part, after)) = rest.split_once('*') {
        let Some((_, remaining)) = text.split_once(part) else {
            return false;
        };
        text = remaining;
        rest = after;
    }
    text.ends_with(rest)
}

/// Merges clusters of records until no two of them have anything in common: `named` has the cluster that a
/// record says it is in, by id, and `alike` what else it shares with others (a text), by any keys. Gives each
/// record's cluster, by id; a record that is alone has none.
pub(crate) fn merged_clusters<'a, K: Eq + Hash>(
    named: &'a BTreeMap<String, String>,
    alike: impl IntoIterator<Item = (&'a str, K)>,
) -> BTreeMap<String, String> {
    let alike: Vec<(&str, K)> = alike.into_iter().collect();
    let ids: BTreeSet<&str> =
        named.keys().map(String::as_str).chain(alike.iter().map(|(id, _)| *id)).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let place = |id: &str| ids.binary_search(&id).ok();
    let mut together = Together::new(ids.len());
    together.join_alike(named.iter().filter_map(|(id, name)| Some((place(id)?, name))));
    together.join_alike(alike.into_iter().filter_map(|(id, key)| Some((place(id)?, key))));
    let mut clusters = BTreeMap::new();
    for members in together.groups() {
        let members: Vec<&str> = members.into_iter().filter_map(|place| ids.get(place).copied()).collect();
        if let Some(name) = name(&members, named) {
            clusters.extend(members.into_iter().map(|id| (id.to_owned(), name.clone())));
        }
    }
    clusters
}

/// A cluster's name: the first that one of its records says, or what they share; none for a record that is alone.
fn name(members: &[&str], named: &BTreeMap<String, String>) -> Option<String> {
    let said = members.iter().find_map(|id| named.get(*id)).cloned();
    let first = members.first().filter(|_| members.len() > 1);
    said.or_else(|| first.map(|id| format!("the same as record {id}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn utf16_is_recognized_with_and_without_its_mark() {
        let little: Vec<u8> = "id,text\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "id,text\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(is_utf16(&little) && is_utf16(&big));
        assert!(is_utf16(b"\xff\xfei\0d\0") && is_utf16(b"\xfe\xff\0i\0d"));
        for text in [&b"id,text\n1,a\n"[..], b"", b"\0\0", b"\xef\xbb\xbfid\n", "größe,ж\n".as_bytes()] {
            assert!(!is_utf16(text), "{text:?}");
        }
    }

    #[test]
    fn paths_reach_into_objects_and_arrays_and_a_dotted_name_wins() {
        let fields = json!({"a": {"b": [1, {"c": 2}]}, "a.b": "whole"});
        let record = Record { id: "1".into(), line: 1, fields: fields.as_object().unwrap().clone() };
        assert_eq!(record.get("a.b"), Some(&json!("whole")));
        assert_eq!(record.get("a.b.1.c"), Some(&json!(2)));
        assert_eq!(record.get("a.x"), None);
        assert_eq!(record.get("/a/b/1/c"), Some(&json!(2)));
        assert_eq!(record.get("/a.b"), Some(&json!("whole")));
    }

    #[test]
    fn filters_take_by_id_tag_and_field() {
        let fields = json!({"tags": ["hard", "pair:x"], "label": "pass", "grade": 3});
        let record = Record { id: "rel-001-a".into(), line: 1, fields: fields.as_object().unwrap().clone() };
        let takes = |text: &str| Filter::parse(text).unwrap().takes(&record);
        assert!(takes("id=rel-0*"));
        assert!(takes("id=*001*"));
        assert!(!takes("id=rel"));
        assert!(takes("tag=pair:*"));
        assert!(!takes("tag!=hard"));
        assert!(takes("grade=3"));
        assert!(takes("label!=fail"));
        assert!(!takes("missing=1"));
        assert!(Filter::parse("nothing").is_err());
    }

    #[test]
    fn a_text_in_two_clusters_makes_them_one() {
        let named = [("a", "ann"), ("b", "ann"), ("c", "bob"), ("d", "cleo")]
            .map(|(id, name)| (id.into(), name.into()));
        let texts = [("a", "x"), ("b", "y"), ("c", "y"), ("d", "z"), ("e", "w"), ("f", "w"), ("g", "v")];
        let clusters = merged_clusters(&named.into(), texts);
        let found: Vec<(&str, &str)> =
            clusters.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
        let alike = "the same as record e";
        let expected = [("a", "ann"), ("b", "ann"), ("c", "ann"), ("d", "cleo"), ("e", alike), ("f", alike)];
        assert_eq!(found, expected);
    }

    #[test]
    fn clusters_without_anything_in_common_stay_as_they_are() {
        let named: BTreeMap<String, String> =
            [("a", "2"), ("b", "1"), ("c", "2")].map(|(id, name)| (id.into(), name.into())).into();
        assert_eq!(merged_clusters(&named, [("a", 1), ("b", 2), ("c", 3), ("d", 4)]), named);
    }
}
