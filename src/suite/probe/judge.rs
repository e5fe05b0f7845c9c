//! The judge that is probed: alone, without checks and other judges, and the input that it judges.

use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Plan;
use crate::signature::Spec;
use crate::suite::config::{Config, SuiteFile};
use crate::suite::judges::Suite;
use crate::suite::run::RunOptions;
use crate::suite::shell::quoted;
use crate::suite::signatures;

/// The suite with this judge alone, or with its only one.
pub(super) fn alone(suite: &Suite, wished: Option<&str>, run: &RunOptions, config: &Config) -> Result<Suite> {
    let (name, mut file) = (chosen(suite, wished)?, suite.file.clone());
    file.checks.clear();
    (file.repeats, file.calibration) = (None, None);
    let signature = if let Some((name, judge)) = file.judges.remove_entry(&name) {
        let signature = judge.signature.clone();
        (file.signature, file.jury, file.cascade) = (None, None, None);
        file.judges = [(name, judge)].into();
        Some(signature)
    } else {
        file.judges.clear();
        file.signature.clone()
    };
    if let Some(signature) = signature {
        let spec = signatures::find(&signature, config)?;
        file.inputs.retain(|input, _| spec.inputs.iter().any(|field| field.name == *input));
    }
    let mut alone = Suite::of(&suite.name, file, config)?;
    alone.change(run);
    Ok(alone)
}

fn chosen(suite: &Suite, wished: Option<&str>) -> Result<String> {
    let names: Vec<&str> = suite.seat_names().collect();
    let refused = |detail: String, help: String| Err(Error::new(ErrorKind::Usage, detail).help(help));
    match (wished, names.as_slice()) {
        (_, []) => refused(
            format!("suite {} asks no model: it has checks alone", suite.name),
            "a probe is of a judge: set the suite's `signature`".to_owned(),
        ),
        (Some(wished), names) if !names.contains(&wished) => {
            let near = closest(wished, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("its judges: {}", names.join(", ")));
            refused(format!("suite {} has no judge `{wished}`", suite.name), help)
        }
        (Some(wished), _) => Ok(wished.to_owned()),
        (None, [only]) => Ok((*only).to_owned()),
        (None, [first, ..]) => refused(
            format!("suite {} has {} judges: {}", suite.name, names.len(), names.join(", ")),
            format!("say which one is probed: --judge {}", quoted(first)),
        ),
    }
}

/// The input that is judged, of a pair both; or why it is not known.
///
/// # Errors
/// The suite names an input that the signature has not.
pub(super) fn inputs(
    suite: &SuiteFile,
    plan: &Plan,
    spec: &Spec,
) -> Result<std::result::Result<Vec<String>, String>> {
    if let Some(pair) = &spec.pair {
        return Ok(Ok(pair.inputs.to_vec()));
    }
    let names: Vec<&str> = spec.inputs.iter().map(|field| field.name.as_str()).collect();
    if let Some(input) = &suite.probes.input {
        if names.contains(&input.as_str()) {
            return Ok(Ok(vec![input.clone()]));
        }
        let detail =
            format!("`probes.input` is \"{input}\", and signature `{}` has no such input", spec.name);
        return Err(Error::new(ErrorKind::Config, detail).help(format!("its inputs: {}", names.join(", "))));
    }
    let source = |name: &str| plan.mapping.fields.get(name).map_or_else(|| name.to_owned(), Clone::clone);
    let is_output = |name: &&&str| plan.place.output.as_deref() == Some(source(name).as_str());
    let varying: Vec<&&str> = names.iter().filter(|name| !plan.mapping.given.contains_key(**name)).collect();
    let found = names.iter().find(is_output).or(match varying.as_slice() {
        [only] => Some(*only),
        _ => None,
    });
    Ok(found.map(|name| vec![(*name).to_owned()]).ok_or_else(|| {
        format!(
            "which of the inputs {} is judged is not known: set `input` in the suite's [probes]",
            names.join(", ")
        )
    }))
}
