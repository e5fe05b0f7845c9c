//! A judge's inputs by name, from what a request calls `input` or `state`.

use serde_json::{Map, Value};

use crate::data::parse_json;

/// The inputs of a text: a record as evenhand shows it to a model, a JSON object, or the text itself where the judge
/// has one input.
pub(super) fn of_text(text: &str, names: &[&str]) -> Result<Map<String, Value>, String> {
    if let Some(inputs) = record(text, names) {
        return Ok(inputs);
    }
    let trimmed = text.trim_start();
    if trimmed.starts_with('{') {
        match (parse_json(trimmed), names) {
            (Ok(Value::Object(inputs)), _) if inputs.keys().all(|name| names.contains(&name.as_str())) => {
                return Ok(inputs);
            }
            (_, [_]) => {}
            (Ok(Value::Object(inputs)), _) => return Ok(inputs),
            (Err(fault), _) => return Err(format!("it {fault}; {}", how(names))),
            (Ok(_), _) => return Err(how(names)),
        }
    }
    match names {
        [only] if text.trim().is_empty() => Err(format!("the text of `{only}` is empty")),
        [only] => Ok(Map::from_iter([((*only).to_owned(), Value::from(text))])),
        _ => Err(how(names)),
    }
}

fn how(names: &[&str]) -> String {
    let object: Vec<String> = names.iter().map(|name| format!("\"{name}\": ...")).collect();
    format!("this judge has several inputs: send them by name, as a JSON object {{{}}}", object.join(", "))
}

/// The inputs of a record as evenhand shows it: each between tags of its name, and a mark at the end.
fn record(text: &str, names: &[&str]) -> Option<Map<String, Value>> {
    let inside = text.trim_end().strip_prefix("<record>\n")?.strip_suffix('>')?;
    let (mut rest, _mark) = inside.rsplit_once("</record ")?;
    let mut inputs = Map::new();
    while !rest.is_empty() {
        let name = names.iter().find(|name| rest.starts_with(&format!("<{name}>\n")))?;
        rest = rest.strip_prefix(&format!("<{name}>\n"))?;
        let (value, after) = rest.split_once(&format!("\n</{name}>\n"))?;
        inputs.insert((*name).to_owned(), Value::from(value));
        rest = after;
    }
    Some(inputs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str, names: &[&str]) -> Result<Value, String> {
        of_text(text, names).map(Value::Object)
    }

    #[test]
    fn one_input_is_the_text_itself_and_several_come_by_name() {
        assert_eq!(read("Go away", &["text"]), Ok(json!({"text": "Go away"})));
        assert_eq!(read("{\"text\": \"Go\"}", &["text"]), Ok(json!({"text": "Go"})));
        assert_eq!(read("{not JSON", &["text"]), Ok(json!({"text": "{not JSON"})));
        assert_eq!(read("{\"a\": 1, \"b\": [2]}", &["a", "b"]), Ok(json!({"a": 1, "b": [2]})));
        assert!(read("Go away", &["a", "b"]).unwrap_err().contains("{\"a\": ..., \"b\": ...}"));
        assert!(read("{\"a\": 1, \"a\": 2}", &["a", "b"]).unwrap_err().contains("\"a\""));
        assert!(read(" ", &["text"]).unwrap_err().contains("empty"));
    }

    #[test]
    fn a_record_as_it_is_shown_to_a_model_is_read_back() {
        let shown = "<record>\n<a>\none\n\ntwo\n</a>\n<b>\n{\"c\": 1}\n</b>\n</record 98c7758b22103db3>";
        assert_eq!(read(shown, &["a", "b"]), Ok(json!({"a": "one\n\ntwo", "b": "{\"c\": 1}"})));
        assert_eq!(read(shown, &["text"]), Ok(json!({"text": shown})), "another judge's record is a text");
    }
}
