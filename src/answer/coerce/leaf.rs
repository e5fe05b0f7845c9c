//! One value in place of another kind: a number in quotes, a single value for a list, and their like.

use super::fit::Fitter;
use crate::answer::fault::Repair;
use crate::answer::shape::{Kinds, Shape};
use crate::answer::spelling;
use serde_json::{Map, Number, Value};

impl<'c> Fitter<'c> {
    /// Turns the value into the kind that the shape wants, where that is beyond doubt.
    pub(super) fn convert(&mut self, value: &mut Value, shape: &'c Shape) {
        if shape.labels.contains(value) {
            return;
        }
        if let Some((converted, repair)) = converted(value, shape) {
            *value = converted;
            self.note(repair);
        } else if let Some(inner) = lone_value(value, shape) {
            *value = inner;
            self.note(Repair::Unwrapped);
            if !shape.kinds.overlaps(Kinds::of(value)) || !shape.labels.is_empty() {
                self.convert(value, shape);
            }
        } else if let Some(decoded) = decoded(value, shape) {
            *value = decoded;
            self.note(Repair::DoubleEncoded);
        } else if shape.kinds.overlaps(Kinds::LIST) && shape.kinds.lacks(Kinds::of(value)) {
            self.make_list(value, shape);
        }
    }

    /// Puts a single value into the list that was asked for, if it is a good element.
    fn make_list(&mut self, value: &mut Value, shape: &Shape) {
        let Some(item) = shape.item.filter(|_| !value.is_null()) else {
            return;
        };
        let (repairs, faults) = (self.repairs, self.faults.len());
        let mut element = value.clone();
        self.fit(&mut element, item);
        if self.shapes.fits(&element, item) && self.faults.len() == faults {
            *value = Value::Array(vec![element]);
            self.note(Repair::SingleInArray);
        } else {
            self.repairs = repairs;
            self.faults.truncate(faults);
        }
    }
}

fn converted(value: &Value, shape: &Shape) -> Option<(Value, Repair)> {
    if !shape.labels.is_empty() {
        return label(value, shape);
    }
    let kinds = shape.kinds;
    match value {
        Value::String(text) if kinds.overlaps(Kinds::NUMBER) => {
            number(text, shape).or_else(|| null(text, shape))
        }
        Value::String(text) if kinds.overlaps(Kinds::BOOLEAN) => {
            let boolean =
                spelling::boolean(text).map(|boolean| (Value::Bool(boolean), Repair::BooleanAsString));
            boolean.or_else(|| null(text, shape))
        }
        Value::String(text) => null(text, shape),
        Value::Number(number) if kinds.overlaps(Kinds::BOOLEAN) => {
            zero_or_one(number).map(|boolean| (Value::Bool(boolean), Repair::BooleanAsNumber))
        }
        Value::Number(number) if shape.is_free_text() => {
            Some((Value::String(number.to_string()), Repair::StringAsNumber))
        }
        Value::Array(lines) if shape.is_free_text() && !lines.is_empty() => {
            let lines: Option<Vec<&str>> = lines.iter().map(Value::as_str).collect();
            lines.map(|lines| (Value::String(lines.join("\n")), Repair::ListJoined))
        }
        _ => None,
    }
}

fn null(text: &str, shape: &Shape) -> Option<(Value, Repair)> {
    let wanted = shape.kinds.overlaps(Kinds::NULL) && shape.kinds.lacks(Kinds::TEXT);
    (wanted && spelling::is_null(text)).then_some((Value::Null, Repair::NullAsString))
}

/// The label that the value spells; only when it is the only one.
fn label(value: &Value, shape: &Shape) -> Option<(Value, Repair)> {
    match value {
        Value::String(text) => {
            let plain = spelling::plain(text);
            let alike = |label: &Value| {
                label.as_str().is_some_and(|label| !plain.is_empty() && spelling::plain(label) == plain)
            };
            only(&shape.labels, alike)
                .map(|label| (label, Repair::LabelCase))
                .or_else(|| other_label(text, shape))
        }
        Value::Number(number) => {
            let spelled = number.to_string();
            only(&shape.labels, |label| label.as_str() == Some(&spelled))
                .map(|label| (label, Repair::StringAsNumber))
        }
        Value::Bool(boolean) => {
            let alike = |label: &Value| label.as_str().and_then(spelling::boolean) == Some(*boolean);
            only(&shape.labels, alike).map(|label| (label, Repair::LabelAsBoolean))
        }
        _ => None,
    }
}

/// The label that is no string, spelled as one.
fn other_label(text: &str, shape: &Shape) -> Option<(Value, Repair)> {
    if let Some((value, repair)) = number(text, shape) {
        let alike = |label: &Value| label.is_number() && label.as_f64() == value.as_f64();
        return only(&shape.labels, alike).map(|label| (label, repair));
    }
    let boolean = spelling::boolean(text).map(Value::Bool).filter(|boolean| shape.labels.contains(boolean));
    let null = shape.labels.contains(&Value::Null) && spelling::is_null(text);
    match boolean {
        Some(boolean) => Some((boolean, Repair::BooleanAsString)),
        None => null.then_some((Value::Null, Repair::NullAsString)),
    }
}

fn only(labels: &[Value], alike: impl Fn(&Value) -> bool) -> Option<Value> {
    let mut found = labels.iter().filter(|label| alike(label));
    found.next().filter(|_| found.next().is_none()).cloned()
}

fn zero_or_one(number: &Number) -> Option<bool> {
    match number.as_u64() {
        Some(0) => Some(false),
        Some(1) => Some(true),
        _ => None,
    }
}

/// The number that the text states.
fn number(text: &str, shape: &Shape) -> Option<(Value, Repair)> {
    let text = undecorated(text);
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if let Ok(number) = serde_json::from_str::<Number>(unsigned) {
        return Some((Value::Number(number), Repair::NumberAsString));
    }
    let sign = unsigned.len() - unsigned.trim_start_matches('-').len();
    let digits =
        unsigned.bytes().skip(sign).take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (spelled, rest) = unsigned.split_at_checked(sign + digits)?;
    let (spelled, rest) = match spelled.strip_suffix('.') {
        Some(spelled) if rest.is_empty() => (spelled, rest),
        _ => (spelled, rest),
    };
    let number: Number = serde_json::from_str(spelled).ok()?;
    let value = glossed(number, rest, shape)?;
    Some((value, Repair::NumberInText))
}

/// The text without quotes, bold marks, and brackets around the whole of it.
fn undecorated(text: &str) -> &str {
    let text = text.trim_matches(|char: char| char.is_whitespace() || matches!(char, '*' | '`' | '"' | '\''));
    if text.starts_with(['(', '[']) { text.trim_matches(['(', '[', ')', ']']) } else { text }
}

/// The number, when what follows it only explains it.
fn glossed(number: Number, gloss: &str, shape: &Shape) -> Option<Value> {
    let maximum = shape.maximum.or_else(|| shape.labels.iter().filter_map(Value::as_f64).reduce(f64::max));
    let tight = gloss.trim();
    if tight == "%" {
        return percent(number, maximum?);
    }
    let scale = tight
        .strip_prefix('/')
        .or_else(|| tight.strip_prefix("out of "))
        .or_else(|| tight.strip_prefix("of "));
    if let Some(scale) = scale {
        let scale: f64 = scale.trim().parse().ok()?;
        return same(scale, maximum?).then_some(Value::Number(number));
    }
    let words = !tight.bytes().any(|byte| byte.is_ascii_digit());
    let bracketed = tight.starts_with('(') && tight.ends_with(')');
    let labelled = [" - ", " – ", " — ", ": ", " : "].iter().any(|mark| gloss.starts_with(mark));
    let unit = matches!(tight, "point" | "points" | "star" | "stars" | "");
    (words && (bracketed || labelled || unit)).then_some(Value::Number(number))
}

fn percent(number: Number, maximum: f64) -> Option<Value> {
    if same(maximum, 100.0) {
        return Some(Value::Number(number));
    }
    let share = Number::from_f64(number.as_f64()? / 100.0);
    share.filter(|_| same(maximum, 1.0)).map(Value::Number)
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

/// The value inside `{"value": x}` or `[x]` where a plain value was asked for.
fn lone_value(value: &Value, shape: &Shape) -> Option<Value> {
    match value {
        Value::Array(items) if shape.kinds.lacks(Kinds::LIST) && !shape.is_free_text() => {
            match items.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            }
        }
        Value::Object(members) if shape.kinds.lacks(Kinds::OBJECT) => valued(members),
        _ => None,
    }
}

fn valued(members: &Map<String, Value>) -> Option<Value> {
    let envelope = |key: &String| matches!(key.as_str(), "value" | "type" | "title" | "description");
    members.get("value").filter(|_| members.keys().all(envelope)).cloned()
}

/// The object or list that came as a JSON string.
fn decoded(value: &Value, shape: &Shape) -> Option<Value> {
    let text = value.as_str()?.trim();
    let wanted = shape.kinds.overlaps(if text.starts_with('{') { Kinds::OBJECT } else { Kinds::LIST });
    if !text.starts_with(['{', '[']) || !wanted || shape.kinds.overlaps(Kinds::TEXT) {
        return None;
    }
    spelling::read(text)
}
