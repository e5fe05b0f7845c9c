//! Two inputs that are compared, and asked about in both orders.

use serde::Serialize;
use serde_json::{Map, Value};

use super::scale::{Scale, ScaleKind};
use super::spec::Spec;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};

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

/// What is wrong with a pair, and where in a signature file.
pub(super) struct PairFault {
    pub(super) pointer: String,
    pub(super) detail: String,
    pub(super) help: Option<String>,
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

    /// Refuses a pair that does not fit its signature.
    ///
    /// # Errors
    /// The first of its faults.
    pub(crate) fn check(&self, spec: &Spec) -> Result<()> {
        let Some(PairFault { detail, help, .. }) = self.faults(spec).into_iter().next() else {
            return Ok(());
        };
        let error = Error::new(ErrorKind::Signature, format!("`{}`: its pair: {detail}", spec.name));
        Err(match help {
            Some(help) => error.help(help),
            None => error,
        })
    }

    pub(super) fn faults(&self, spec: &Spec) -> Vec<PairFault> {
        let mut faults = self.input_faults(spec);
        match &spec.scale {
            _ if spec.rubric.is_some() => {
                let detail =
                    "a rubric scores one text by itself; a pair needs a verdict with a choice for each";
                faults.push(PairFault::at("/pair", detail));
            }
            None => faults.push(PairFault::at("/pair", "a pair needs a verdict with a score")),
            Some(scale) => faults.extend(self.verdict_faults(scale)),
        }
        faults
    }

    fn input_faults(&self, spec: &Spec) -> Vec<PairFault> {
        let known: Vec<&str> = spec.inputs.iter().map(|field| field.name.as_str()).collect();
        let mut faults = named("input", "/pair/inputs", &self.inputs, &known);
        let field = |name: &String| spec.inputs.iter().find(|field| field.name == *name);
        let [first, second] = &self.inputs;
        let (Some(one), Some(other)) = (field(first), field(second)) else {
            return faults;
        };
        for (index, field) in [one, other].into_iter().enumerate().filter(|(_, field)| !field.required) {
            let detail = format!("`{}` is optional, and a pair needs both", field.name);
            faults.push(PairFault::at(&format!("/pair/inputs/{index}"), &detail));
        }
        if one.required && other.required && one.schema != other.schema {
            let (left, right) = (one.type_text(), other.type_text());
            let what = if left == right {
                format!("`{first}` and `{second}` have different bounds")
            } else {
                format!("`{first}` is {left}, `{second}` is {right}")
            };
            faults.push(PairFault::at(
                "/pair/inputs",
                &format!("{what}: what changes places must be of one kind"),
            ));
        }
        faults
    }

    fn verdict_faults(&self, scale: &Scale) -> Vec<PairFault> {
        let known: Vec<&str> = scale.labels().iter().map(|label| label.name.as_str()).collect();
        if matches!(scale.kind, ScaleKind::Numeric { .. }) {
            let detail =
                format!("`{}` is a number; a pair needs a verdict with a choice for each", scale.field);
            return vec![PairFault::at("/pair/verdicts", &detail)];
        }
        // Without any the verdict itself is at fault, which is said elsewhere.
        if known.is_empty() {
            return Vec::new();
        }
        let mut faults = named("choice", "/pair/verdicts", &self.verdicts, &known);
        if faults.is_empty() {
            faults.extend(self.worth_faults(scale));
        }
        if let Some(undecided) = &self.undecided {
            if !known.contains(&undecided.as_str()) {
                faults.push(unknown("choice", "/pair/undecided", undecided, &known));
            } else if self.verdicts.contains(undecided) {
                let detail = format!("`{undecided}` is the verdict for one of the two, and decides");
                faults.push(PairFault::at("/pair/undecided", &detail));
            }
        }
        faults
    }

    /// What is said of the exchanged inputs must be worth the opposite, or the score would hang on the order.
    fn worth_faults(&self, scale: &Scale) -> Vec<PairFault> {
        let [first, second] = &self.verdicts;
        let mut faults = Vec::new();
        let mirrored = match (scale.worth(first), scale.worth(second)) {
            (Some(one), Some(other)) => (one + other - 1.0).abs() < 1e-9,
            (one, other) => one == other,
        };
        if !mirrored {
            let worth =
                |name| scale.worth(name).map_or_else(|| "nothing".to_owned(), |worth| worth.to_string());
            let detail = format!(
                "`{first}` is worth {} and `{second}` {}: together they must be worth 1",
                worth(first),
                worth(second)
            );
            faults.push(PairFault::at("/pair/verdicts", &detail));
        }
        for label in scale.labels().iter().filter(|label| !self.verdicts.contains(&label.name)) {
            if let Some(worth) = label.value.filter(|worth| (worth - 0.5).abs() > 1e-9) {
                let detail = format!(
                    "`{}` is worth {worth}: in a pair a verdict for neither must be worth 0.5, or nothing",
                    label.name
                );
                faults.push(PairFault::at(&format!("/score/labels/{}", label.name), &detail));
            }
        }
        faults
    }
}

/// Names that are not known, and one that stands twice.
fn named(what: &str, pointer: &str, names: &[String; 2], known: &[&str]) -> Vec<PairFault> {
    let mut faults: Vec<PairFault> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| !known.contains(&name.as_str()))
        .map(|(index, name)| unknown(what, &format!("{pointer}/{index}"), name, known))
        .collect();
    let [first, second] = names;
    if first == second {
        let detail = format!("{what} `{second}` stands here twice; a pair is of two");
        faults.push(PairFault::at(&format!("{pointer}/1"), &detail));
    }
    faults
}

fn unknown(what: &str, pointer: &str, name: &str, known: &[&str]) -> PairFault {
    let help = match closest(name, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    PairFault { help: Some(help), ..PairFault::at(pointer, &format!("there is no {what} `{name}`")) }
}

impl PairFault {
    fn at(pointer: &str, detail: &str) -> Self {
        Self { pointer: pointer.to_owned(), detail: detail.to_owned(), help: None }
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
