//! Whether a quotation is one.

use serde_json::{Map, Value};

use super::score::Evidence;

/// The answer's `evidence`, each quotation held against the inputs.
pub(super) fn evidence(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    let quotes: Vec<&str> = match answer.get("evidence") {
        Some(Value::String(quote)) => vec![quote.as_str()],
        Some(Value::Array(quotes)) => quotes.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let texts: Vec<String> = inputs.values().map(|value| squeeze(&text(value))).collect();
    quotes
        .into_iter()
        .filter(|quote| !quote.trim().is_empty())
        .map(|quote| {
            let squeezed = squeeze(quote);
            Evidence { quote: quote.to_owned(), found: texts.iter().any(|text| text.contains(&squeezed)) }
        })
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The text with runs of white space taken as one space.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_quotation_is_found_across_line_breaks_and_an_invention_is_not() {
        let inputs = json!({"artifact": "The account\n  was created."});
        let answer = json!({"evidence": ["account was created", "mail sent", " "]});
        let found: Vec<bool> =
            evidence(&answer, inputs.as_object().unwrap()).iter().map(|e| e.found).collect();
        assert_eq!(found, [true, false]);
    }
}
