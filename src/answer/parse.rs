//! The two entries: a reply to an answer, and an answer to a typed value.

use super::contract::Contract;
use super::fault::{Fault, Invalid};
use super::repair::{Repair, Repairs};
use super::{lenient, select, strict};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A valid answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The value; it keeps the contract.
    pub value: Value,
    /// What had to be repaired, sorted and without repetition; empty when the reply was valid JSON that keeps the contract.
    pub repairs: Vec<Repair>,
}

/// Reads the answer out of a model's reply.
///
/// # Errors
///
/// When no object in the reply keeps the contract, repairs included: all faults of the last object that looks like an answer.
pub fn parse(text: &str, contract: &Contract) -> Result<Answer, Invalid> {
    if let Some(value) = strict::read(text.trim()).filter(|value| contract.accepts(value)) {
        return Ok(Answer { value, repairs: Vec::new() });
    }
    let (value, repairs) = lenient_parse(text, contract)?;
    Ok(Answer { value, repairs: repairs.list() })
}

fn lenient_parse(text: &str, contract: &Contract) -> Result<(Value, Repairs), Invalid> {
    let mut repairs = Repairs::default();
    let mut text = text.to_owned();
    if let Some(cleaned) = without_terminal_codes(&text) {
        repairs.insert(Repair::StrayText);
        text = cleaned;
    }
    if let Some(decoded) = lenient::decoded(&text) {
        repairs.insert(Repair::DoubleEncoded);
        text = decoded;
    }
    let (value, more) = select::select(&text, contract)?;
    repairs.extend(more);
    Ok((value, repairs))
}

/// The text without escape sequences of a terminal; `None` when there are none.
fn without_terminal_codes(text: &str) -> Option<String> {
    if !text.contains('\u{1b}') {
        return None;
    }
    let mut parts = text.split('\u{1b}');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let parameters = part.strip_prefix('[').unwrap_or(part);
        let end = parameters.find(|char: char| char.is_ascii_alphabetic()).map_or(0, |letter| letter + 1);
        out.push_str(parameters.get(end..).unwrap_or_default());
    }
    Some(out)
}

/// The answer as a typed value.
///
/// A whole number written as `4.0`, which JSON Schema counts as an integer, becomes one where the type needs it.
///
/// # Errors
///
/// When the type does not take what the contract allows.
pub fn deserialize<T: DeserializeOwned>(answer: &Answer) -> Result<T, Invalid> {
    T::deserialize(&answer.value).or_else(|_| T::deserialize(&whole_numbers(&answer.value))).map_err(
        |error| {
            let fault = Fault::whole(format!("the answer does not fit its type: {error}"));
            Invalid { faults: vec![fault], repairs: answer.repairs.clone() }
        },
    )
}

/// The value with every whole fraction as an integer.
fn whole_numbers(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            whole(number.as_f64().unwrap_or(f64::NAN)).unwrap_or_else(|| value.clone())
        }
        Value::Array(items) => items.iter().map(whole_numbers).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), whole_numbers(value))).collect()
        }
        _ => value.clone(),
    }
}

fn whole(number: f64) -> Option<Value> {
    if number.fract() != 0.0 || number.abs() >= 9_007_199_254_740_992.0 {
        return None;
    }
    serde_json::from_str(&format!("{number:.0}")).ok()
}
