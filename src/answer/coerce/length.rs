//! Text of the wrong length: what the end of a reply left unfinished, and free text beyond the limit.
//!
//! What is cut off is a fault, unless it is free text. What is too long is cut: reasons never cost a verdict.

use serde_json::Value;

use crate::answer::contract::{Contract, Shortening};
use crate::answer::fault::{Fault, Repair, Repairs, Step, pointer};
use crate::answer::lenient::Cut;
use crate::answer::shape::{Field, Shape, ShapeId, Shapes};

/// The faults of a value that was cut off: all but free text must have ended.
///
/// A list that is still open may lack elements, so a required one counts as cut; so does every label and number.
pub(super) fn faults(cut: &Cut, inside: &[Step], value: &Value, shapes: &Shapes) -> Option<Fault> {
    let path = cut.path.strip_prefix(inside)?;
    let mut id = Shapes::ROOT;
    let mut value = Some(value);
    let mut required = true;
    for (depth, step) in path.iter().enumerate() {
        let here = || pointer(path.get(..=depth).unwrap_or_default());
        let (below, needed, next) = descend(shapes, id, step, value)?;
        required &= needed;
        (id, value) = (below, next);
        let last = depth + 1 == path.len();
        let unfinished = match value {
            None => last,
            Some(Value::Array(_)) => true,
            Some(Value::String(_)) => last && !shapes.get(id).is_free_text(),
            Some(_) => false,
        };
        if unfinished && (required || matches!(value, Some(Value::String(_)))) {
            return Some(Fault::new(here(), "was cut off before its end"));
        }
    }
    None
}

/// One step down: the shape there, whether it must be there, and the value.
fn descend<'v>(
    shapes: &Shapes,
    id: ShapeId,
    step: &Step,
    value: Option<&'v Value>,
) -> Option<(ShapeId, bool, Option<&'v Value>)> {
    match step {
        Step::Index(index) => {
            let below = shapes.below(id, &index.to_string())?;
            Some((below, true, value.and_then(|value| value.get(index))))
        }
        Step::Key(key) => {
            let field = field(shapes, id, key)?;
            let inner = value.and_then(|value| value.get(&field.name));
            Some((field.shape, field.required, inner))
        }
    }
}

fn field<'s>(shapes: &'s Shapes, id: ShapeId, key: &str) -> Option<&'s Field> {
    let shape = shapes.get(id);
    shape
        .field_like(key)
        .or_else(|| shape.choices.iter().find_map(|choice| shapes.get(*choice).field_like(key)))
}

/// Cuts what is too long, where the contract says so, and gives what was cut as repairs.
pub(super) fn shorten(value: &mut Value, contract: &Contract) -> Repairs {
    let mut repairs = Repairs::default();
    let Shortening::AllBut(verdict) = contract.shortening() else {
        return repairs;
    };
    let shapes = contract.shapes();
    let Value::Object(members) = value else {
        return repairs;
    };
    for (name, value) in members.iter_mut().filter(|(name, _)| *name != verdict) {
        if let Some(field) = shapes.root().field(name) {
            walk(value, field.shape, shapes, &mut repairs);
        }
    }
    repairs
}

fn walk(value: &mut Value, id: ShapeId, shapes: &Shapes, repairs: &mut Repairs) {
    let shape = shapes.get(id);
    // Of several alternatives, the one that the value fits but for its length.
    if let Some(choice) = shape.choices.iter().find(|choice| shapes.fits(value, **choice)) {
        return walk(value, *choice, shapes, repairs);
    }
    match value {
        Value::String(text) if shape.is_free_text() => cut_text(text, shape.longest, repairs),
        Value::Array(items) => {
            if holds_text(shape, shapes) {
                cut_list(items, shape.most_items, repairs);
            }
            if let Some(item) = shape.item {
                for value in items.iter_mut() {
                    walk(value, item, shapes, repairs);
                }
            }
        }
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if let Some(field) = shape.field(name) {
                    walk(value, field.shape, shapes, repairs);
                }
            }
        }
        _ => {}
    }
}

/// Whether the items of the list are free text: a list of verdicts is never cut.
fn holds_text(shape: &Shape, shapes: &Shapes) -> bool {
    shape.item.is_some_and(|item| !shapes.get(item).bears_meaning())
}

/// Keeps the first `longest` characters, as JSON Schema counts them. Nothing is added: a quotation that is
/// cut still stands in the text it was taken from.
fn cut_text(text: &mut String, longest: Option<u64>, repairs: &mut Repairs) {
    let limit = longest.and_then(|longest| usize::try_from(longest).ok());
    if let Some((end, _)) = limit.and_then(|limit| text.char_indices().nth(limit)) {
        text.truncate(end);
        repairs.insert(Repair::TextShortened);
    }
}

fn cut_list(items: &mut Vec<Value>, most: Option<u64>, repairs: &mut Repairs) {
    if let Some(most) = most.and_then(|most| usize::try_from(most).ok()).filter(|most| items.len() > *most) {
        items.truncate(most);
        repairs.insert(Repair::ListShortened);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::answer::{Contract, Repair, parse};

    fn contract() -> Contract {
        let text = |most: u64| json!({"type": "string", "maxLength": most});
        let schema = json!({
            "type": "object",
            "properties": {
                "reasoning": text(5),
                "verdict": text(3),
                "tips": {"type": "array", "maxItems": 2, "items": text(4)},
                "marks": {"type": "array", "maxItems": 1, "items": {"enum": ["good", "bad"]}},
                "either": {"anyOf": [text(2), {"type": "integer"}, {"type": "null"}]},
                "steps": {"type": "array", "items": {"type": "object", "properties": {"why": text(3)}}},
                "code": {"type": "string", "maxLength": 2, "pattern": "^a"},
            },
            "required": ["verdict"],
        });
        Contract::new(&schema).unwrap().shortening_all_but("verdict")
    }

    fn read(answer: &Value) -> (Value, Vec<Repair>) {
        let answer = parse(&answer.to_string(), &contract()).unwrap();
        (answer.value, answer.repairs)
    }

    #[test]
    fn text_is_cut_wherever_it_stands_and_counted_in_characters() {
        let (value, repairs) = read(&json!({
            "reasoning": "äöüäöüäöü", "verdict": "yes", "tips": ["12345", "6", "7"],
            "either": "abc", "steps": [{"why": "long"}, {"why": "ok"}],
        }));
        assert_eq!(
            value,
            json!({
                "reasoning": "äöüäö", "verdict": "yes", "tips": ["1234", "6"],
                "either": "ab", "steps": [{"why": "lon"}, {"why": "ok"}],
            })
        );
        assert_eq!(repairs, [Repair::TextShortened, Repair::ListShortened]);
    }

    #[test]
    fn what_keeps_its_limits_is_as_it_came() {
        let whole = json!({"reasoning": "12345", "verdict": "yes", "tips": ["1234", "6"], "either": 777});
        assert_eq!(read(&whole), (whole, Vec::new()));
    }

    #[test]
    fn a_verdict_a_list_of_verdicts_and_text_with_a_pattern_are_never_cut() {
        for answer in [
            json!({"verdict": "yes, maybe"}),
            json!({"verdict": "yes", "marks": ["good", "bad"]}),
            json!({"verdict": "yes", "code": "abc"}),
        ] {
            assert!(parse(&answer.to_string(), &contract()).is_err(), "{answer}");
        }
    }

    #[test]
    fn a_contract_cuts_only_where_it_was_told_to() {
        let schema = json!({"type": "object", "properties": {"output": {"type": "string", "maxLength": 3}}});
        let strict = Contract::new(&schema).unwrap();
        let faults = parse(r#"{"output": "four"}"#, &strict).unwrap_err().faults;
        assert_eq!(faults[0].to_string(), "/output: \"four\" is longer than 3 characters");
    }
}
