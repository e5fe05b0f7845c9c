//! Tool calls, whole or in fragments.

use serde_json::Value;

use crate::model::{Passage, PassageKind};

/// The calls of one reply.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    index: Option<u64>,
    id: String,
    place: String,
    input: String,
}

/// Where the input stands inside a call, the usual place first.
const INPUTS: [&str; 11] = [
    "/function/arguments",
    "/custom/input",
    "/function/input",
    "/function/parameters",
    "/arguments",
    "/input",
    "/args",
    "/parameters",
    "/custom/arguments",
    "/function/args",
    "/partial_json",
];

impl Calls {
    /// Takes in a list of calls, or one that stands alone.
    pub(super) fn add_all(&mut self, place: &str, calls: &Value) {
        match calls {
            Value::Array(calls) => calls.iter().for_each(|call| self.add(place, call)),
            Value::Object(_) => self.add(place, calls),
            Value::String(text) => {
                if let Ok(calls @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(text) {
                    self.add_all(place, &calls);
                }
            }
            _ => {}
        }
    }

    /// Takes in one call, or a fragment of one.
    pub(super) fn add(&mut self, place: &str, call: &Value) {
        let input = INPUTS.iter().find_map(|path| Some((path, call.pointer(path).filter(|v| !v.is_null())?)));
        let fragment = match input {
            Some((_, Value::String(text))) => text.clone(),
            Some((_, value)) => value.to_string(),
            None => String::new(),
        };
        let at = self.place_of(place, call);
        if let Some(known) = self.0.get_mut(at) {
            known.input.push_str(&fragment);
            if let Some((path, _)) = input.filter(|_| !known.place.contains('.')) {
                known.place.push_str(&path.replace('/', "."));
            }
        }
    }

    /// The call that a fragment belongs to, or a new one.
    ///
    /// Most servers number the calls, some tell the number 0 for all of them, and some tell nothing but a name
    /// where a call begins.
    fn place_of(&mut self, place: &str, call: &Value) -> usize {
        let index = call.get("index").and_then(Value::as_u64);
        let id = call.get("id").and_then(Value::as_str).unwrap_or_default();
        let is_named = ["/function/name", "/name", "/custom/name"]
            .iter()
            .any(|path| call.pointer(path).and_then(Value::as_str).is_some_and(|name| !name.is_empty()));
        let goes_on = |known: &Call| id.is_empty() || known.id.is_empty() || known.id == id;
        let found = match (index, id.is_empty()) {
            (Some(_), _) => self.0.iter().rposition(|known| known.index == index && goes_on(known)),
            (None, false) => self.0.iter().rposition(|known| known.id == id),
            (None, true) if is_named => None,
            (None, true) => self.0.len().checked_sub(1),
        };
        found.unwrap_or_else(|| {
            let number = if place == "tool_calls" { format!("[{}]", self.0.len()) } else { String::new() };
            let place = format!("{place}{number}");
            self.0.push(Call { index, id: id.to_owned(), place, input: String::new() });
            self.0.len() - 1
        })
    }

    pub(super) fn extend_last(&mut self, fragment: &str) {
        if let Some(last) = self.0.last_mut() {
            last.input.push_str(fragment);
        }
    }

    pub(super) fn length(&self) -> usize {
        self.0.iter().map(|call| call.input.len()).sum()
    }

    /// The inputs that say something; of equal ones the first.
    pub(super) fn take(&mut self) -> Vec<Passage> {
        let mut passages: Vec<Passage> = Vec::new();
        for call in std::mem::take(&mut self.0) {
            let is_known = passages.iter().any(|known| known.text == call.input);
            if !is_known && !call.input.trim().is_empty() {
                let Call { place, input: text, .. } = call;
                passages.push(Passage { kind: PassageKind::ToolCall, place, text });
            }
        }
        passages
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(lists: &[Value]) -> Vec<(String, String)> {
        let mut calls = Calls::default();
        for list in lists {
            calls.add_all("tool_calls", list);
        }
        calls.take().into_iter().map(|call| (call.place, call.text)).collect()
    }

    #[test]
    fn fragments_find_their_call_however_they_are_numbered() {
        let named = |extra: Value, arguments: &str| {
            let mut call = json!({"function": {"name": "f", "arguments": arguments}});
            call.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
            json!([call])
        };
        let rest = |extra: Value, arguments: &str| {
            let mut call = json!({"function": {"arguments": arguments}});
            call.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
            json!([call])
        };
        let expected = [
            ("tool_calls[0].function.arguments".to_owned(), "{1}".to_owned()),
            ("tool_calls[1].function.arguments".to_owned(), "{2}".to_owned()),
        ];
        let by_index = [
            named(json!({"index": 0, "id": "a"}), "{"),
            rest(json!({"index": 0}), "1}"),
            named(json!({"index": 1, "id": "b"}), "{2"),
            rest(json!({"index": 1}), "}"),
        ];
        assert_eq!(taken(&by_index), expected);
        let all_zero = [
            named(json!({"index": 0, "id": "a"}), "{1}"),
            named(json!({"index": 0, "id": "b"}), "{2"),
            rest(json!({"index": 0, "id": "b"}), "}"),
        ];
        assert_eq!(taken(&all_zero), expected);
        let bare = [named(json!({}), "{1"), rest(json!({}), "}"), named(json!({}), "{2}")];
        assert_eq!(taken(&bare), expected);
        let doubled = [named(json!({}), "{1}"), named(json!({}), "{1}"), named(json!({}), " ")];
        assert_eq!(taken(&doubled), expected[..1]);
    }

    #[test]
    fn inputs_are_text_or_objects_in_the_usual_places() {
        let found = |call: Value| taken(&[call]).pop().expect("a call");
        let object = found(json!([{"function": {"name": "f", "arguments": {"a": 1}}}]));
        assert_eq!(object, ("tool_calls[0].function.arguments".to_owned(), "{\"a\":1}".to_owned()));
        let custom = found(json!([{"type": "custom", "custom": {"name": "f", "input": "{}"}}]));
        assert_eq!(custom, ("tool_calls[0].custom.input".to_owned(), "{}".to_owned()));
        let as_text = found(json!("[{\"name\": \"f\", \"args\": {\"a\": 1}}]"));
        assert_eq!(as_text.0, "tool_calls[0].args");
        assert_eq!(taken(&[json!(3), json!(null), json!([7]), json!([{"function": 1}])]), []);
    }
}
