//! What the end of the text left unfinished, and whether that counts.

use crate::answer::fault::Fault;
use crate::answer::lenient::Cut;
use crate::answer::path::{Step, pointer};
use crate::answer::shape::{Field, ShapeId, Shapes};
use serde_json::Value;

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
