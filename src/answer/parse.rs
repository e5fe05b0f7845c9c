//! The two entries, a reply to an answer and an answer to a typed value, and the choice among the candidates.
//!
//! The last candidate that looks like an answer counts.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::coerce::Fitted;
use super::contract::Contract;
use super::fault::{Fault, Invalid, Repair, Repairs};
use super::find::{FoundValue, FoundValues};
use super::{coerce, find, lenient, outside, spelling};

/// The answer in the text, and what had to be repaired.
pub(crate) fn select(text: &str, contract: &Contract) -> Result<(Value, Repairs), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new(vec![Fault::whole("the reply is empty")], Repairs::default()));
    }
    let found = find::find(text, contract);
    let mut tail = None;
    let mut rejected: Option<Fitted> = None;
    let mut later = Vec::new();
    for (index, candidate) in found.candidates.iter().enumerate().rev() {
        let fitted = judge(text, contract, candidate, &later);
        later.insert(0, candidate.start..candidate.reading.end);
        if candidate.reading.doubt.swallowed {
            return Err(refuse(fitted, text, candidate, &found));
        }
        if candidate.reading.cut.is_some() {
            tail = Some(fitted);
            continue;
        }
        if fitted.faults.is_empty() {
            if overlapped(text, contract, &found, index) {
                return Err(refuse(torn(fitted), text, candidate, &found));
            }
            return match tail.filter(|tail| !repeats(&tail.value, &fitted.value, contract)) {
                Some(tail) => settle_tail(text, contract, &found, tail),
                None => Ok(settle(text, contract, &found, index, fitted)),
            };
        }
        if fitted.looks_like_answer {
            return Err(refuse(fitted, text, candidate, &found));
        }
        if rejected.as_ref().is_none_or(is_empty_object) {
            rejected = Some(fitted);
        }
    }
    match tail {
        Some(tail) if tail.faults.is_empty() => {
            Ok(settle(text, contract, &found, found.candidates.len() - 1, tail))
        }
        Some(tail) if tail.looks_like_answer || rejected.is_none() => {
            Err(Invalid::new(tail.faults, tail.repairs))
        }
        _ => Err(rejected
            .map_or_else(|| nothing_found(&found), |fitted| Invalid::new(fitted.faults, fitted.repairs))),
    }
}

/// A candidate fitted to the contract, with a fault where it was torn from something larger.
fn judge(text: &str, contract: &Contract, candidate: &FoundValue, later: &[Range<usize>]) -> Fitted {
    let reading = &candidate.reading;
    let fitted = coerce::fit(reading, contract);
    let exact = reading.repairs == Repairs::default();
    let nested = candidate.after_broken && (!exact || outside::closes_outer(text, reading.end, &[]));
    let is_torn = nested || outside::is_torn(text, reading, later, contract.shapes());
    if reading.doubt.swallowed || (is_torn && fitted.faults.is_empty()) { torn(fitted) } else { fitted }
}

fn torn(mut fitted: Fitted) -> Fitted {
    fitted.faults.insert(0, Fault::whole("the object stands inside other JSON that cannot be read"));
    fitted.looks_like_answer = true;
    fitted
}

/// Whether an object before this one was closed in doubt, so that this one may stand in a string of it.
fn overlapped(text: &str, contract: &Contract, found: &FoundValues, index: usize) -> bool {
    let Some(chosen) = found.candidates.get(index) else {
        return false;
    };
    let range = chosen.start..chosen.reading.end;
    let later = std::slice::from_ref(&range);
    let repaired = chosen.reading.repairs != Repairs::default();
    found.candidates.iter().take(index).map(|earlier| &earlier.reading).any(|earlier| {
        let goes_on = || repaired || outside::closes_outer(text, earlier.end, later);
        earlier.is_doubtful() && (goes_on() || outside::is_torn(text, earlier, later, contract.shapes()))
    })
}

/// The last object was cut off and differs from the valid one before: it counts if it is valid all the same.
fn settle_tail(
    text: &str,
    contract: &Contract,
    found: &FoundValues,
    tail: Fitted,
) -> Result<(Value, Repairs), Invalid> {
    if tail.faults.is_empty() {
        return Ok(settle(text, contract, found, found.candidates.len() - 1, tail));
    }
    let mut faults =
        vec![Fault::whole("the reply was cut off inside a later object that differs from the one before")];
    faults.extend(tail.faults);
    Err(Invalid::new(faults, tail.repairs))
}

/// The candidate counts.
fn settle(
    text: &str,
    contract: &Contract,
    found: &FoundValues,
    index: usize,
    fitted: Fitted,
) -> (Value, Repairs) {
    let mut repairs = fitted.repairs;
    if let Some(candidate) = found.candidates.get(index) {
        repairs.extend(outside::repairs(text, candidate.start..candidate.reading.end, &found.thinking));
    }
    let differs = |earlier: &FoundValue| {
        let earlier = coerce::fit(&earlier.reading, contract);
        earlier.faults.is_empty() && earlier.value != fitted.value
    };
    if found.candidates.iter().take(index).any(differs) {
        repairs.insert(Repair::LastOfSeveral);
    }
    (fitted.value, repairs)
}

fn refuse(fitted: Fitted, text: &str, candidate: &FoundValue, found: &FoundValues) -> Invalid {
    let mut repairs = fitted.repairs;
    repairs.extend(outside::repairs(text, candidate.start..candidate.reading.end, &found.thinking));
    Invalid::new(fitted.faults, repairs)
}

fn nothing_found(found: &FoundValues) -> Invalid {
    let mut repairs = Repairs::default();
    let fault = match found.broken {
        Some(broken) => Fault::whole(format!(
            "no readable JSON object in the reply: {} at byte {}",
            broken.problem, broken.at
        )),
        None if found.in_thinking => Fault::whole("no JSON object in the reply after its thinking"),
        None => Fault::whole("no JSON object in the reply"),
    };
    if !found.thinking.is_empty() {
        repairs.insert(Repair::ThinkingRemoved);
    }
    Invalid::new(vec![fault], repairs)
}

fn is_empty_object(fitted: &Fitted) -> bool {
    fitted.value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Whether all that the last, unfinished object says of the contract's fields was said before.
fn repeats(tail: &Value, answer: &Value, contract: &Contract) -> bool {
    if tail.as_array().is_some_and(|items| !items.is_empty()) {
        return false;
    }
    let said = tail
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| contract.shapes().root().field(key).is_some());
    said.into_iter().all(|(key, part)| answer.get(key).is_some_and(|whole| begins(part, whole)))
}

/// Whether the first value is the second one cut off somewhere.
fn begins(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::String(part), Value::String(whole)) => whole.starts_with(part.as_str()),
        (Value::Array(part), Value::Array(whole)) => {
            part.len() <= whole.len() && part.iter().zip(whole).all(|(part, whole)| begins(part, whole))
        }
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| begins(part, whole)))
        }
        _ => part == whole,
    }
}

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
    if let Some(value) = spelling::read(text.trim()).filter(|value| contract.accepts(value)) {
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
    let (value, more) = select(&text, contract)?;
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
