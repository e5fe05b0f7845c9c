//! The plain format: `{"steps": [{"say": ...}, {"call": ...}], "answer": ...}`.

use serde_json::Value;

use super::builder::{Answer, Builder, open_call};
use super::fault::TrajectoryFault;
use super::step::{Call, Format, Role, Trajectory};

/// The keys of which a step has one.
const KEYS: [&str; 4] = ["say", "call", "user", "system"];

/// Whether a bare list is one of plain steps.
pub(super) fn is_plain(items: &[Value]) -> bool {
    !items.is_empty()
        && items
            .iter()
            .all(|item| item.get("role").is_none() && KEYS.iter().any(|key| item.get(key).is_some()))
}

pub(super) fn read(steps: &[Value], at: &str, answer: Answer) -> Result<Trajectory, TrajectoryFault> {
    let mut builder = Builder::new(Format::Plain);
    for (index, item) in steps.iter().enumerate() {
        step(item, &format!("{at}/{index}"), &mut builder)?;
    }
    Ok(builder.finish(answer))
}

fn step(item: &Value, at: &str, builder: &mut Builder) -> Result<(), TrajectoryFault> {
    let Some((key, value)) = KEYS.iter().find_map(|key| Some((*key, item.get(key)?))) else {
        return Err(TrajectoryFault::new(
            at,
            "a step has none of `say`, `call`, `user` and `system`",
            "write {\"say\": \"...\"} or {\"call\": \"tool\", \"arguments\": {...}, \"result\": ...}",
        ));
    };
    let place = format!("{at}/{key}");
    let text = value.as_str().ok_or_else(|| TrajectoryFault::not("a text", value, &place))?;
    match key {
        "say" => builder.say(text),
        "user" => builder.hear(Role::User, text),
        "system" => builder.hear(Role::System, text),
        _ => builder.call(call(item, text)),
    }
    Ok(())
}

fn call(item: &Value, name: &str) -> Call {
    let error = item.get("error").unwrap_or(&Value::Null);
    let mut call = open_call(item.get("id"), name, item.get("arguments"));
    call.error = !matches!(error, Value::Null | Value::Bool(false));
    // `error` is true, or the error's text.
    call.result = item.get("result").or(Some(error).filter(|error| error.is_string())).cloned();
    call
}
