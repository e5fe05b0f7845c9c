//! The input that a probed judge judges.

use crate::error::{Error, ErrorKind, Result};
use crate::eval::Plan;
use crate::signature::Spec;
use crate::suite::config::SuiteFile;

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
