//! Numbers beside an answer, and its tokens' log-probabilities in the form that OpenAI and Ollama share.
//! None of them is worth the answer: an odd one is left out, with a note.

use serde_json::Value;

use crate::model::{Response, TokenLogprob, Usage};

/// No call has more tokens than this.
const MOST: u64 = 1 << 40;

/// Reads the counts of one object, and says what was odd about them.
pub(in crate::model) struct Counts<'a> {
    place: &'static str,
    object: &'a Value,
    notes: &'a mut Vec<String>,
}

impl<'a> Counts<'a> {
    pub(in crate::model) fn new(place: &'static str, object: &'a Value, notes: &'a mut Vec<String>) -> Self {
        if !object.is_null() && !object.is_object() {
            add(notes, format!("{place} is {object}; it was ignored"));
        }
        Self { place, object, notes }
    }

    /// The count under the first of these paths that is there.
    pub(in crate::model) fn read(&mut self, paths: &[&str]) -> Option<u64> {
        let (path, value) = paths.iter().find_map(|path| {
            let value = self.object.pointer(path).filter(|value| !value.is_null())?;
            Some((path, value))
        })?;
        if let Some(count) = value.as_u64().filter(|count| *count <= MOST) {
            return Some(count);
        }
        let name = format!("{}{}", self.place, path.replace('/', "."));
        let name = name.trim_start_matches('.');
        let count = spelled_oddly(value);
        add(
            self.notes,
            match count {
                Some(count) => format!("{name} is {value}; it was read as {count}"),
                None => format!("{name} is {value}; it was ignored"),
            },
        );
        count
    }
}

/// A whole number that came as a decimal or as text.
fn spelled_oddly(value: &Value) -> Option<u64> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    let whole = text.split_once('.').filter(|(_, decimals)| decimals.bytes().all(|digit| digit == b'0'));
    let whole = whole.map_or(text.as_str(), |(whole, _)| whole);
    whole.parse().ok().filter(|count| *count <= MOST)
}

/// Adds a note, in a stream only once, and not at any length.
fn add(notes: &mut Vec<String>, note: String) {
    let note = match note.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", note.get(..end).unwrap_or_default()),
        None => note,
    };
    if !notes.contains(&note) && notes.len() < 8 {
        notes.push(note);
    }
}

/// A time in milliseconds, if it is one.
pub(in crate::model) fn millis(value: Option<&Value>) -> Option<f64> {
    value?.as_f64().filter(|time| time.is_finite() && *time >= 0.0)
}

impl Usage {
    /// Of two counts the later one, where there is one.
    pub(in crate::model) fn then(self, later: Self) -> Self {
        Self {
            prompt_tokens: later.prompt_tokens.or(self.prompt_tokens),
            cached_tokens: later.cached_tokens.or(self.cached_tokens),
            completion_tokens: later.completion_tokens.or(self.completion_tokens),
        }
    }
}

/// Takes in the decoded tokens of a reply, or of a piece of one.
pub(in crate::model) fn add_logprobs(list: Option<&Value>, response: &mut Response) {
    let Some(list) = list.filter(|list| !list.is_null()) else { return };
    match logprobs(list) {
        Some(tokens) => response.logprobs.extend(tokens),
        None => add(
            &mut response.notes,
            "the log-probabilities are not as documented; they were ignored".to_owned(),
        ),
    }
}

/// The decoded tokens; `None` if one of them is not as documented: a list with a gap would be read at the wrong place.
fn logprobs(list: &Value) -> Option<Vec<TokenLogprob>> {
    list.as_array()?.iter().map(token).collect()
}

fn token(value: &Value) -> Option<TokenLogprob> {
    let (token, logprob) = one(value)?;
    let top = value.get("top_logprobs").and_then(Value::as_array).into_iter().flatten();
    Some(TokenLogprob { token, logprob, top: top.filter_map(one).collect() })
}

fn one(value: &Value) -> Option<(String, f64)> {
    let logprob = value.get("logprob")?.as_f64()?;
    let token = value.get("token")?.as_str()?;
    Some((spelled(token, value.get("bytes")), logprob))
}

/// A token's text by its bytes, where they are told: a server's text for a part
/// of a character is a guess.
fn spelled(token: &str, bytes: Option<&Value>) -> String {
    let byte = |value: &Value| value.as_u64().and_then(|byte| u8::try_from(byte).ok());
    let bytes = bytes.and_then(Value::as_array).and_then(|bytes| bytes.iter().map(byte).collect());
    let Some(bytes) = bytes.filter(|bytes: &Vec<u8>| !bytes.is_empty()) else {
        return token.to_owned();
    };
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let escape = |text: String, byte: &u8| text + &format!("\\x{byte:02x}");
        error.as_bytes().iter().fold("bytes:".to_owned(), escape)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_odd_count_is_read_or_ignored_and_noted() {
        let mut notes = Vec::new();
        let usage = json!({"a": 7, "b": -7, "c": 7.0, "d": "7", "e": null, "f": [7], "g": 1e300, "h": 7.5, "i": u64::MAX});
        let mut counts = Counts::new("usage", &usage, &mut notes);
        let mut read = |path: &str| counts.read(&[path]);
        assert_eq!(["/a", "/c", "/d"].map(&mut read), [Some(7); 3]);
        assert_eq!(["/b", "/e", "/f", "/g", "/h", "/i", "/j"].map(&mut read), [None; 7]);
        assert_eq!(notes[0], "usage.c is 7.0; it was read as 7");
        assert_eq!(notes[2], "usage.b is -7; it was ignored");
        assert_eq!(notes.len(), 7);
    }
}
