//! The same question with what it lists in another order: the allowed verdicts, or a rubric's criteria.

use serde_json::Value;

use super::spec::Spec;

impl Spec {
    /// How many verdicts the prompt lists, where it lists them: none of a number or a boolean.
    #[must_use]
    pub(crate) fn listed_verdicts(&self) -> usize {
        self.verdicts().map_or(0, Vec::len)
    }

    fn verdicts(&self) -> Option<&Vec<Value>> {
        self.output(&self.scale.as_ref()?.field)?.schema.get("enum")?.as_array()
    }

    /// The same question with the allowed verdicts listed in this order of their places; what they are worth stays.
    /// `None` where it is no order of them.
    #[must_use]
    pub(crate) fn with_verdicts(&self, order: &[usize]) -> Option<Self> {
        let listed = Value::Array(reordered(self.verdicts()?, order)?);
        let name = &self.scale.as_ref()?.field;
        let mut spec = self.clone();
        let field = spec.outputs.iter_mut().find(|field| field.name == *name)?;
        field.schema.as_object_mut()?.insert("enum".to_owned(), listed);
        Some(spec)
    }

    /// The same question with the rubric's criteria in this order of their places. `None` where it is no order of them.
    #[must_use]
    pub(crate) fn with_criteria(&self, order: &[usize]) -> Option<Self> {
        let mut rubric = self.rubric.clone()?;
        rubric.criteria = reordered(&rubric.criteria, order)?;
        Some(Self { outputs: rubric.holistic_outputs(), rubric: Some(rubric), ..self.clone() })
    }
}

/// Items in the order of their places; `None` where a place is missing or stands twice.
fn reordered<T: Clone>(items: &[T], order: &[usize]) -> Option<Vec<T>> {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    if !sorted.into_iter().eq(0..items.len()) {
        return None;
    }
    order.iter().map(|place| items.get(*place).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::bundled;

    #[test]
    fn what_is_listed_changes_its_order_and_nothing_else() {
        let spec = bundled("relevance").unwrap();
        assert_eq!(spec.listed_verdicts(), 3);
        let other = spec.with_verdicts(&[2, 0, 1]).unwrap();
        assert_eq!(other.output("verdict").unwrap().type_text(), r#""unclear", "pass" or "fail""#);
        assert_eq!(other.scale, spec.scale);
        assert_eq!(other.with_verdicts(&[1, 2, 0]), Some(spec.clone()));
        assert_eq!(spec.with_verdicts(&[0, 0, 1]), None);
        assert_eq!(spec.with_criteria(&[0, 1]), None, "it has no rubric");
    }

    #[test]
    fn criteria_change_their_order_in_prompt_and_answer() {
        let spec = bundled("professional_email").unwrap();
        let rubric = spec.rubric.as_ref().unwrap();
        let back: Vec<usize> = (0..rubric.criteria.len()).rev().collect();
        let other = spec.with_criteria(&back).unwrap();
        let names = |spec: &Spec| -> Vec<String> {
            let schema = &spec.output("criteria").unwrap().schema;
            schema["properties"].as_object().unwrap().keys().cloned().collect()
        };
        let mut turned = names(&other);
        turned.reverse();
        assert_eq!(turned, names(&spec));
        assert_eq!(other.rubric.unwrap().criteria.first(), rubric.criteria.last());
    }
}
