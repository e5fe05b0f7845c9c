//! What stands around the JSON in a reply.

use super::fault::{Repair, Repairs};
use super::lenient::Reading;
use super::shape::Shapes;
use serde_json::Value;
use std::ops::Range;

/// How far the text after an object is searched for what was torn from it, in bytes.
pub(crate) const TORN: usize = 4096;

/// The repairs that leaving out the surroundings of `json` means.
pub(crate) fn repairs(text: &str, json: Range<usize>, thinking: &[Range<usize>]) -> Repairs {
    let mut repairs = Repairs::default();
    if !thinking.is_empty() {
        repairs.insert(Repair::ThinkingRemoved);
    }
    let mut from = 0;
    for range in thinking {
        let piece = from.min(range.start)..range.start;
        around(text, piece, &json, &mut repairs);
        from = range.end.max(from);
    }
    around(text, from..text.len(), &json, &mut repairs);
    repairs
}

/// One stretch of visible text, which may hold the JSON.
fn around(text: &str, piece: Range<usize>, json: &Range<usize>, repairs: &mut Repairs) {
    let slice = |range: Range<usize>| text.get(range).unwrap_or_default();
    if piece.start <= json.start && json.end <= piece.end {
        before(slice(piece.start..json.start), repairs);
        after(slice(json.end..piece.end), repairs);
    } else if !slice(piece).trim().is_empty() {
        repairs.insert(Repair::ProseRemoved);
    }
}

fn before(text: &str, repairs: &mut Repairs) {
    let mut text = text.trim_end();
    let unbraced = text.trim_end_matches(['{', '[', '(']).trim_end();
    if unbraced.len() < text.len() {
        repairs.insert(Repair::BracketMismatch);
        text = unbraced;
    }
    let line = text.rsplit('\n').next().unwrap_or_default();
    let fence = line.rfind('`').map(|tick| line.split_at_checked(tick + 1).unwrap_or_default());
    if let Some((ticks, language)) =
        fence.filter(|(_, language)| language.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        repairs.insert(Repair::FenceRemoved);
        let fence = ticks.len() - ticks.trim_end_matches('`').len() + language.len();
        text = text.get(..text.len() - fence).unwrap_or_default();
    }
    if !text.trim().is_empty() {
        repairs.insert(Repair::ProseRemoved);
    }
}

fn after(text: &str, repairs: &mut Repairs) {
    let mut text = text.trim_start();
    let unbraced =
        text.trim_start_matches(|char: char| matches!(char, '}' | ']' | ')') || char.is_whitespace());
    if unbraced.len() < text.trim_start().len() {
        repairs.insert(Repair::BracketMismatch);
        text = unbraced;
    }
    let unfenced = text.trim_start_matches('`');
    if unfenced.len() < text.len() {
        repairs.insert(Repair::FenceRemoved);
    }
    if !unfenced.trim().is_empty() {
        repairs.insert(Repair::ProseRemoved);
    }
}

/// Whether the JSON may be part of something larger, so that where it ends is a guess: when what follows, `later` objects
/// aside, holds a closing brace that nothing there opened, after a quote; or a field of the contract after a quote and a comma;
/// or the quote that makes the odd quotes of a string even; or when the value itself was closed in doubt.
pub(crate) fn is_torn(text: &str, reading: &Reading, later: &[Range<usize>], shapes: &Shapes) -> bool {
    let tail = following(text, reading.end, later);
    let line = tail.split('\n').next().unwrap_or_default();
    let odd = line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    let unpaired = reading.doubt.unpaired && odd;
    let marked = reading.repairs.contains(Repair::BracketMismatch)
        && tail.starts_with(['`', '<'])
        && tail.contains('}');
    let twice = reading.doubt.guessed && reading.repairs.contains(Repair::DuplicateKey);
    unpaired
        || marked
        || twice
        || reading.doubt.swallowed
        || closes_more(&tail)
        || names_field(&tail, shapes)
        || is_cut_in_doubt(reading, shapes)
}

/// The text from this byte on, without the later objects, up to a limit.
fn following(text: &str, from: usize, later: &[Range<usize>]) -> String {
    let stop = text.floor_char_boundary(from.saturating_add(TORN));
    let mut tail = String::new();
    let mut at = from;
    for range in later.iter().filter(|range| range.start >= from) {
        tail.push_str(text.get(at..range.start.min(stop)).unwrap_or_default());
        at = range.end;
    }
    tail.push_str(text.get(at..stop).unwrap_or_default());
    tail
}

/// Whether anything after this byte, `later` objects aside, could close an object around it.
pub(crate) fn closes_outer(text: &str, from: usize, later: &[Range<usize>]) -> bool {
    following(text, from, later).contains('}')
}

/// Whether the value was cut off after something that may have been text of another: a string with an odd quote, a key given
/// twice, or text, an object or a list under a key that the contract does not know.
fn is_cut_in_doubt(reading: &Reading, shapes: &Shapes) -> bool {
    if reading.cut.is_none() {
        return false;
    }
    let root = shapes.root();
    let members = reading.value.as_object();
    let is_answer = members.is_some_and(|members| members.keys().any(|key| root.field_like(key).is_some()));
    let holds_text = |value: &Value| value.is_string() || value.is_object() || value.is_array();
    let foreign =
        members.into_iter().flatten().any(|(key, value)| holds_text(value) && root.field_like(key).is_none());
    reading.doubt.unpaired || reading.repairs.contains(Repair::DuplicateKey) || (is_answer && foreign)
}

/// Whether a closing brace that nothing in the tail opened comes after a quote; brackets and marks right at the start aside.
fn closes_more(tail: &str) -> bool {
    let tail = tail.trim_start_matches(|char: char| {
        matches!(char, '}' | ']' | ')' | ',' | ';' | '`') || char.is_whitespace()
    });
    let mut open = 0_usize;
    let mut quote = false;
    for byte in tail.bytes() {
        match byte {
            b'"' | b'\'' => quote = true,
            b'{' => open += 1,
            b'}' if open > 0 => open -= 1,
            b'}' if quote => return true,
            _ => {}
        }
    }
    false
}

/// Whether a member of the contract follows a quote and a comma: `", "score":`.
fn names_field(tail: &str, shapes: &Shapes) -> bool {
    let mut parts = tail.split(['"', '\'']);
    let mut before = parts.next();
    let mut name = parts.next();
    let mut quoted = false;
    for after in parts {
        let comma = before.is_some_and(|before| before.trim() == ",");
        if quoted
            && comma
            && after.trim_start().starts_with(':')
            && name.is_some_and(|name| shapes.knows(name))
        {
            return true;
        }
        (before, name, quoted) = (name, Some(after), true);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around_braces(text: &str) -> Vec<Repair> {
        let json = text.find('{').unwrap()..text.find('}').unwrap() + 1;
        repairs(text, json, &[]).list()
    }

    #[test]
    fn surroundings_are_named() {
        assert_eq!(around_braces(" {} \n"), []);
        assert_eq!(around_braces("```json\n{}\n```"), [Repair::FenceRemoved]);
        assert_eq!(around_braces("Here: `{}`"), [Repair::ProseRemoved, Repair::FenceRemoved]);
        assert_eq!(around_braces("{}\nDone."), [Repair::ProseRemoved]);
        assert_eq!(around_braces("{}}"), [Repair::BracketMismatch]);
    }

    #[test]
    fn json_that_goes_on_is_noticed() {
        let shapes = Shapes::of(&serde_json::json!({"properties": {"score": {}}}));
        assert!(closes_more(r#" and more", "b": 2}"#));
        assert!(!closes_more("} and more"));
        assert!(!closes_more("it's {x}"));
        assert!(!closes_more("; }"));
        assert!(names_field(r#"", "score": 1,"#, &shapes));
        assert!(!names_field(r#" the "score": 1"#, &shapes));
        assert!(!names_field(r#"", "other": 1"#, &shapes));
    }
}
