//! Chooses the candidate that counts: the last one that looks like an answer.

use super::coerce::{self, Fitted};
use super::contract::Contract;
use super::fault::{Fault, Invalid};
use super::find::{self, Candidate, Found};
use super::outside;
use super::repair::{Repair, Repairs};
use serde_json::Value;

/// The answer in the text, and what had to be repaired.
pub(crate) fn select(text: &str, contract: &Contract) -> Result<(Value, Repairs), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new(vec![Fault::whole("the reply is empty")], Repairs::default()));
    }
    let found = find::find(text, contract);
    let mut rejected: Option<Fitted> = None;
    for (index, candidate) in found.candidates.iter().enumerate().rev() {
        let limit = found.candidates.get(index + 1).map_or(usize::MAX, |next| next.start);
        let mut fitted = coerce::fit(&candidate.reading, contract);
        if fitted.faults.is_empty() && outside::is_torn(text, candidate.reading.end, limit) {
            fitted.faults.push(Fault::whole("the object stands inside other JSON that cannot be read"));
            return Err(refuse(fitted, text, candidate, &found));
        }
        if fitted.faults.is_empty() {
            return settle(text, contract, &found, index, fitted, rejected);
        }
        let is_tail = candidate.reading.cut.is_some();
        if fitted.looks_like_answer && !is_tail {
            return Err(refuse(fitted, text, candidate, &found));
        }
        let better =
            rejected.as_ref().is_none_or(|other| fitted.looks_like_answer && !other.looks_like_answer);
        if better
            || (is_empty_object(rejected.as_ref())
                && rejected.as_ref().is_some_and(|other| !other.looks_like_answer))
        {
            rejected = Some(fitted);
        }
    }
    Err(match rejected {
        Some(fitted) => Invalid::new(fitted.faults, fitted.repairs),
        None => nothing_found(&found),
    })
}

/// The valid candidate counts, unless a later one that was cut off says otherwise.
fn settle(
    text: &str,
    contract: &Contract,
    found: &Found,
    index: usize,
    fitted: Fitted,
    tail: Option<Fitted>,
) -> Result<(Value, Repairs), Invalid> {
    let Some(candidate) = found.candidates.get(index) else {
        return Err(nothing_found(found));
    };
    if let Some(last) =
        found.candidates.back().filter(|last| last.reading.cut.is_some() && last.start > candidate.start)
    {
        let repeats = tail.as_ref().is_none_or(|tail| begins(&tail.value, &fitted.value))
            || begins(&last.reading.value, &fitted.value);
        if !repeats {
            let tail = tail.unwrap_or(fitted);
            let mut faults = vec![Fault::whole(
                "the reply was cut off inside a later object that differs from the one before",
            )];
            faults.extend(tail.faults);
            return Err(Invalid::new(faults, tail.repairs));
        }
    }
    let mut repairs = fitted.repairs;
    repairs.extend(outside::repairs(text, candidate.start..candidate.reading.end, &found.thinking));
    let differs = |earlier: &Candidate| {
        let earlier = coerce::fit(&earlier.reading, contract);
        earlier.faults.is_empty() && earlier.value != fitted.value
    };
    if found.candidates.iter().take(index).any(differs) {
        repairs.insert(Repair::LastOfSeveral);
    }
    Ok((fitted.value, repairs))
}

fn refuse(fitted: Fitted, text: &str, candidate: &Candidate, found: &Found) -> Invalid {
    let mut repairs = fitted.repairs;
    repairs.extend(outside::repairs(text, candidate.start..candidate.reading.end, &found.thinking));
    Invalid::new(fitted.faults, repairs)
}

fn nothing_found(found: &Found) -> Invalid {
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

fn is_empty_object(fitted: Option<&Fitted>) -> bool {
    fitted.is_some_and(|fitted| fitted.value.as_object().is_some_and(serde_json::Map::is_empty))
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
