//! Log-probabilities in the form that OpenAI and Ollama share.

use serde_json::Value;

use crate::model::TokenLogprob;

/// The decoded tokens; `None` if one of them is not as documented: a list with a gap would be read at the wrong place.
pub(in crate::model) fn logprobs(list: &Value) -> Option<Vec<TokenLogprob>> {
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
