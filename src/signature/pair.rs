//! Two inputs that are compared, and asked about in both orders.

use serde::Serialize;
use serde_json::{Map, Value};

use super::scale::{Scale, ScaleKind};

/// The verdict on a pair whose orders do not add up to one.
pub(crate) const UNDECIDED: &str = "undecided";

/// Two inputs that change places, so that each record is asked about in both orders.
///
/// A judge that prefers a place then prefers each of them once (Zheng et al. 2023, arXiv 2306.05685,
/// section 3.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// The two inputs.
    pub inputs: [String; 2],
    /// The verdict for each of them; what is said of the exchanged inputs is turned around.
    pub verdicts: [String; 2],
    /// The verdict on a pair whose orders disagree; without one the pair decides nothing.
    pub undecided: Option<String>,
}

impl Pair {
    /// The inputs with the values of the two in each other's place; all keys stay where they are.
    #[must_use]
    pub fn exchanged(&self, inputs: &Map<String, Value>) -> Map<String, Value> {
        let [first, second] = &self.inputs;
        let mut exchanged = inputs.clone();
        if let (Some(one), Some(other)) = (inputs.get(first), inputs.get(second)) {
            exchanged.insert(first.clone(), other.clone());
            exchanged.insert(second.clone(), one.clone());
        }
        exchanged
    }

    /// A verdict on the exchanged inputs as one on the inputs as they are.
    #[must_use]
    pub fn turned<'a>(&'a self, label: &'a str) -> &'a str {
        match &self.verdicts {
            [first, second] if label == first => second,
            [first, second] if label == second => first,
            _ => label,
        }
    }

    /// The verdict on a pair whose orders disagree.
    #[must_use]
    pub fn undecided(&self) -> &str {
        self.undecided.as_deref().unwrap_or(UNDECIDED)
    }

    /// A scale with the verdict on a pair whose orders disagree.
    #[must_use]
    pub fn with_undecided(&self, mut scale: Scale) -> Scale {
        if let ScaleKind::Labels(labels) = &mut scale.kind
            && !labels.iter().any(|label| label.name == self.undecided())
        {
            labels.push(super::scale::Label { name: self.undecided().to_owned(), value: None });
        }
        scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pair() -> Pair {
        Pair { inputs: ["a".into(), "b".into()], verdicts: ["A".into(), "B".into()], undecided: None }
    }

    #[test]
    fn values_change_places_and_keys_do_not() {
        let inputs = json!({"a": "one", "task": "t", "b": "two"});
        let exchanged = pair().exchanged(inputs.as_object().unwrap());
        assert_eq!(Value::Object(exchanged.clone()).to_string(), r#"{"a":"two","task":"t","b":"one"}"#);
        assert_eq!(pair().exchanged(&exchanged), *inputs.as_object().unwrap());
    }

    #[test]
    fn verdicts_for_one_are_turned_around_and_others_stay() {
        let pair = pair();
        assert_eq!(["A", "B", "tie"].map(|label| pair.turned(label)), ["B", "A", "tie"]);
    }
}
