//! The judged text of each record, changed before a judge gets it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::aim::{Aim, side};
use super::text::TextChange;
use crate::eval::Rewrite;

/// A change of the judged text, with what each record's text asks for.
#[derive(Clone, Debug)]
pub(crate) struct Rewritten {
    pub(crate) change: TextChange,
    /// The judged input; of a pair both.
    pub(crate) inputs: Vec<String>,
    /// By record, where the change asks for a verdict.
    pub(crate) aims: BTreeMap<String, Aim>,
    /// What a record asks for whose verdict is not known.
    pub(crate) usual: Aim,
}

impl Rewrite for Rewritten {
    fn rewrite(&self, record: &str, inputs: &mut Map<String, Value>) {
        let known = self.aims.get(record);
        let side = match known {
            Some(aim) => aim.side,
            None if self.inputs.len() > 1 => side(record),
            None => 0,
        };
        if let Some(Value::String(text)) = self.inputs.get(side).and_then(|name| inputs.get_mut(name)) {
            *text = self.change.of(text, known.unwrap_or(&self.usual));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::probe::aim::aim;
    use crate::signature::{Scale, ScaleKind};

    #[test]
    fn the_judged_text_alone_is_changed() {
        let inputs = vec!["text".to_owned()];
        let scale = Scale { field: "verdict".into(), kind: ScaleKind::Labels(Vec::new()) };
        let usual = aim(&scale, None, &inputs, ("", None));
        let change = TextChange::Claimed("By me.".into());
        let rewritten = Rewritten { change, inputs, aims: BTreeMap::new(), usual };
        let mut shown = json!({"text": "a", "task": "b", "more": 1}).as_object().unwrap().clone();
        rewritten.rewrite("r1", &mut shown);
        assert_eq!(Value::Object(shown), json!({"text": "By me.\n\na", "task": "b", "more": 1}));
    }
}
