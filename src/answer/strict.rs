//! Strict JSON, with one rule more: no key twice in an object.

use crate::data::parse_json;
use serde_json::Value;

/// The whole text as one JSON value; `None` when it is anything else, or when an object repeats a key.
pub(crate) fn read(text: &str) -> Option<Value> {
    parse_json(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_serde_json_reads_except_repeated_keys() {
        let text = r#"{"a":[1,-2,0.5,true,null,"x\ny"],"b":{"a":"ü"}}"#;
        assert_eq!(read(text), serde_json::from_str(text).ok());
        assert_eq!(read(r#"{"a":1,"a":1}"#), None);
        assert_eq!(read(r#"{"a":{"b":1,"b":2}}"#), None);
        assert_eq!(read("{} {}"), None);
        assert_eq!(read(""), None);
    }
}
