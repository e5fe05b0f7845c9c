//! The items of a list, in another order.

use serde_json::{Map, Value};

use super::order::orders;
use crate::eval::Rewrite;

/// A list among the inputs whose items stand in another order: the same that the number and the seed give of so many
/// items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListOrder {
    /// The input.
    pub(crate) input: String,
    /// Which of the orders, from 0: backwards first, then drawn.
    pub(crate) number: usize,
    /// What orders are drawn by.
    pub(crate) seed: u64,
}

impl Rewrite for ListOrder {
    /// A list with fewer orders than the number stays as it is: its question is the unchanged one.
    fn rewrite(&self, _record: &str, inputs: &mut Map<String, Value>) {
        let Some(Value::Array(items)) = inputs.get_mut(&self.input) else { return };
        let all = orders(items.len(), self.number + 1, self.seed);
        if let Some(order) = all.get(self.number) {
            *items = order.iter().filter_map(|place| items.get(*place).cloned()).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_items_of_one_list_change_places_and_nothing_else() {
        let shown = |number, docs: Value| {
            let mut inputs = json!({"docs": docs, "other": [1, 2, 3]}).as_object().unwrap().clone();
            ListOrder { input: "docs".into(), number, seed: 1 }.rewrite("r", &mut inputs);
            assert_eq!(inputs["other"], json!([1, 2, 3]));
            inputs["docs"].clone()
        };
        assert_eq!(shown(0, json!(["a", "b", "c"])), json!(["c", "b", "a"]));
        let mut drawn = shown(1, json!(["a", "b", "c"])).as_array().unwrap().clone();
        assert!(drawn != ["a", "b", "c"] && drawn != ["c", "b", "a"], "{drawn:?}");
        drawn.sort_by_key(Value::to_string);
        assert_eq!(drawn, ["a", "b", "c"]);
        assert_eq!(shown(0, json!(["a"])), json!(["a"]));
        assert_eq!(shown(1, json!(["a", "b"])), json!(["a", "b"]), "two items have one other order");
        assert_eq!(shown(0, json!("no list")), json!("no list"));
    }
}
