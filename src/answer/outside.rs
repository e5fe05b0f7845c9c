//! What stands around the JSON in a reply.

use super::repair::{Repair, Repairs};
use std::ops::Range;

/// How far the text after an object is searched for what was torn from it, in bytes.
const TORN: usize = 4096;

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

/// Whether the text from `end` on holds a closing brace that nothing there opened, after a quote: then the object was
/// part of something larger, and where it ends is a guess.
pub(crate) fn is_torn(text: &str, end: usize, limit: usize) -> bool {
    let stop = text.floor_char_boundary(limit.min(end.saturating_add(TORN)));
    let tail = text.get(end..stop).unwrap_or_default();
    let tail = tail.trim_start_matches(|char: char| {
        matches!(char, '}' | ']' | ')' | ',' | ';' | '`' | '"') || char.is_whitespace()
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
    fn a_torn_object_is_noticed() {
        assert!(is_torn(r#"{"a":1} and more", "b": 2}"#, 7, usize::MAX));
        assert!(!is_torn(r#"{"a":1}} and more"#, 7, usize::MAX));
        assert!(!is_torn(r#"{"a":1} it's {x}"#, 7, usize::MAX));
        assert!(!is_torn(r#"{"a":1}; }"#, 7, usize::MAX));
    }
}
