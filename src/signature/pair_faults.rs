//! Whether a pair fits its signature.

use super::scale::{Scale, ScaleKind};
use super::spec::{Pair, Spec};
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};

/// What is wrong with a pair, and where in a signature file.
pub(super) struct PairFault {
    pub(super) pointer: String,
    pub(super) detail: String,
    pub(super) help: Option<String>,
}

impl Pair {
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
