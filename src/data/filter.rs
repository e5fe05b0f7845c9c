//! Which records of a dataset are taken: `tag=hard`, `id=rel-0*`, `label!=pass`.

use serde_json::Value;

use super::record::Record;
use crate::error::{Error, ErrorKind, Result};

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
