//! The plain format: `{"steps": [{"say": ...}, {"call": ...}], "answer": ...}`.

use serde_json::Value;

use super::builder::{Speaker, open_call};
use super::fields::Fields;
use super::reader::{Done, Reader, TrajectoryFault};
use super::step::{Format, Role};
use super::written;

/// The keys of which a step has at least one, in the order in which they happened.
const KEYS: [&str; 4] = ["system", "user", "say", "call"];

/// Whether a bare list is one of plain steps.
pub(super) fn is_plain(items: &[Value]) -> bool {
    !items.is_empty()
        && items
            .iter()
            .all(|item| item.get("role").is_none() && KEYS.iter().any(|key| item.get(key).is_some()))
}

/// # Errors
/// A step is broken.
pub(super) fn read(steps: &Value, at: &str, reader: &mut Reader<'_>) -> Done {
    reader.builder.is(Format::Plain);
    let items = steps.as_array().ok_or_else(|| TrajectoryFault::not("an array", steps, at))?;
    items
        .iter()
        .enumerate()
        .try_for_each(|(index, item)| step(Fields::of(item, "a step", &format!("{at}/{index}"))?, reader))
}

fn step(mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Done {
    if !KEYS.iter().any(|key| fields.has(key)) {
        return Err(TrajectoryFault::new(
            fields.at(),
            "a step has none of `say`, `call`, `user` and `system`",
            "write {\"say\": \"...\"} or {\"call\": \"tool\", \"arguments\": {...}, \"result\": ...}",
        ));
    }
    for key in KEYS {
        let at = fields.place(key);
        let Some(value) = fields.take(key) else { continue };
        let text = value.as_str().ok_or_else(|| TrajectoryFault::not("a text", value, &at))?;
        let speaker = match key {
            "user" => Speaker::Other(Role::User),
            "system" => Speaker::Other(Role::System),
            _ => Speaker::Agent,
        };
        reader.builder.turn(speaker);
        if key == "call" { call(&mut fields, text, reader) } else { written::text(text, &at, reader)? }
    }
    fields.finish(reader)
}

fn call(fields: &mut Fields<'_>, name: &str, reader: &mut Reader<'_>) {
    let error = fields.take("error").unwrap_or(&Value::Null);
    let mut call = open_call(fields.take("id"), name, fields.take("arguments"));
    call.error = !matches!(error, Value::Null | Value::Bool(false));
    // `error` is true, or the error's text.
    call.result = fields.take("result").or(Some(error).filter(|error| error.is_string())).cloned();
    reader.builder.call(call);
}
