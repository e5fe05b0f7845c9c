//! What a server offered as its reply.

use serde_json::Value;

use super::builder::Speaker;
use super::fields::Fields;
use super::reader::{Reader, TrajectoryFault};
use super::step::Format;
use super::{spoken, suspicion, written};

/// The first of a reply's choices. Of several it is not known which was used: others must hold no further call.
pub(super) fn read(items: &[Value], at: &str, reader: &mut Reader<'_>) -> Result<bool, TrajectoryFault> {
    let Some(first) = items.first() else { return Ok(false) };
    let at_first = format!("{at}/0");
    let mut fields = Fields::of(first, "a choice", &at_first)?;
    let key = ["message", "content"].into_iter().find(|key| fields.peek(key).is_some_and(Value::is_object));
    if let Some(mut inner) = key.and_then(|key| fields.object(&[key])) {
        let role = inner.text(&["role"]);
        let speaker = role.map_or(Some(Speaker::Agent), spoken::speaker).unwrap_or(Speaker::Agent);
        if key == Some("content") {
            reader.builder.is(Format::Gemini);
        }
        spoken::read(inner, speaker, reader)?;
    } else if let Some(text) = fields.text(&["text"]) {
        reader.builder.turn(Speaker::Agent);
        written::text(text, &at_first, reader)?;
    }
    spoken::note(&fields, reader);
    fields.finish(reader)?;
    others(items, at, reader);
    Ok(true)
}

/// Looks at replies of which one was used: calls in the others must not be lost.
fn others(items: &[Value], at: &str, reader: &mut Reader<'_>) {
    for (index, item) in items.iter().enumerate().skip(1) {
        suspicion::scan_member("", item, &format!("{at}/{index}"), reader);
    }
}
