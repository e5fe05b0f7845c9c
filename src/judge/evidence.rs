//! Whether a quotation is one, and whether a step that is named was shown.

use serde_json::{Map, Value};

use super::score::Evidence;
use crate::trajectory::shows_step;

/// The answer's `evidence`, each quotation held against the inputs; and its
/// `steps`, each held against the trajectory that the judge was shown.
pub(super) fn evidence(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    let mut evidence = quotations(answer, inputs);
    evidence.extend(steps(answer, inputs));
    evidence
}

fn quotations(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    let quotes: Vec<&str> = match answer.get("evidence") {
        Some(Value::String(quote)) => vec![quote.as_str()],
        Some(Value::Array(quotes)) => quotes.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if quotes.is_empty() {
        return Vec::new();
    }
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

/// What is said of single steps: `step 3: harmful, refunds the wrong order`. A
/// number that is not in the text, or was cut out of it, is not found.
fn steps(answer: &Value, inputs: &Map<String, Value>) -> Vec<Evidence> {
    let Some(shown) = inputs.get("trajectory").and_then(Value::as_str) else {
        return Vec::new();
    };
    let steps = answer.get("steps").and_then(Value::as_array).into_iter().flatten();
    steps
        .filter_map(|step| {
            let number = step.get("step")?.as_u64()?;
            let part = |name: &str| step.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            let said: Vec<&str> = ["verdict", "why"].into_iter().filter_map(part).collect();
            let quote = format!("step {number}: {}", said.join(", "));
            Some(Evidence { quote, found: shows_step(shown, number) })
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

    #[test]
    fn a_step_that_was_not_shown_is_not_found() {
        let inputs =
            json!({"trajectory": "1. call a {} -> 3. ok\n[step 2 left out: 90 characters]\n   3. no"});
        let said = |step: u32| json!({"step": step, "verdict": "harmful", "why": "it deletes"});
        let answer = json!({"steps": [said(1), said(2), said(3)]});
        let evidence = evidence(&answer, inputs.as_object().unwrap());
        assert_eq!(evidence[0].quote, "step 1: harmful, it deletes");
        assert_eq!(evidence.iter().map(|step| step.found).collect::<Vec<_>>(), [true, false, false]);
    }
}
