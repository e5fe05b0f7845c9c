//! Chooses the candidate that counts: the last one that looks like an answer.

use super::coerce::{self, Fitted};
use super::contract::Contract;
use super::fault::{Fault, Invalid};
use super::find::{self, FoundValue, FoundValues};
use super::outside;
use super::repair::{Repair, Repairs};
use serde_json::Value;
use std::ops::Range;

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
