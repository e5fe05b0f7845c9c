//! What a suite says of the probes of its judge.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::{Places, closest};
use crate::error::Diagnostic;
use crate::probe::ProbeName;

/// How a suite's judge is probed.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProbesTable {
    /// The signature's input that is judged, and that probes change: by default the one that the outputs become, or
    /// the only one.
    pub(crate) input: Option<String>,
    /// The instruction in other words, as the judge is to take it; by default evenhand rewords it by fixed rules.
    #[serde(default)]
    pub(crate) paraphrases: Vec<String>,
    /// The signature's inputs that are lists whose order must not matter: they are shown in other orders.
    #[serde(default)]
    pub(crate) lists: Vec<String>,
}

/// Names under `each` that are no probe's.
pub(super) fn faults(name: &str, each: &BTreeMap<String, f64>, places: &Places) -> Vec<Diagnostic> {
    let known = || ProbeName::ALL.iter().map(|probe| probe.name());
    let unknown = each.keys().filter(|probe| !known().any(|name| name == *probe));
    let fault = |probe: &String| {
        let pointer = format!("/suites/{name}/gates/probes/each/{probe}");
        let mut fault = places.at_key(&pointer, format!("there is no probe `{probe}`"));
        fault.help = Some(match closest(probe, known()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("probes: {}", known().collect::<Vec<_>>().join(", ")),
        });
        fault
    };
    unknown.map(fault).collect()
}
