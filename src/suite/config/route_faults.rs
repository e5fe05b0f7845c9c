//! What is wrong with what `evenhand.toml` says of routes, as only the whole can tell.

use std::collections::BTreeSet;

use super::file::ConfigFile;
use super::suite::{SuiteFile, members};
use crate::data::Filter;
use crate::document::Places;
use crate::error::Diagnostic;

/// What is wrong with the routes themselves, besides models that there are not.
pub(super) fn faults(file: &ConfigFile, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for (name, route) in &file.routes {
        if file.models.contains_key(name) {
            let mut fault =
                places.at_key(&format!("/routes/{name}"), format!("`{name}` is a route and a model"));
            fault.help = Some("give one of them another name: suites name both in `model`".into());
            faults.push(fault);
        }
        let mut names = BTreeSet::new();
        for (index, rule) in route.rules.iter().enumerate() {
            let pointer = format!("/routes/{name}/rules/{index}");
            if !names.insert(&rule.name) {
                let detail = format!("two rules are called {:?}", rule.name);
                faults.push(places.at_value(&format!("{pointer}/name"), detail));
            }
            for (place, filter) in rule.when.iter().enumerate() {
                if let Err(error) = Filter::parse(filter) {
                    let mut fault = places.at_value(&format!("{pointer}/when/{place}"), error.to_string());
                    fault.help = Some("write FIELD=PATTERN or FIELD!=PATTERN, such as tag=hard".into());
                    faults.push(fault);
                }
            }
        }
    }
    for (name, suite) in &file.suites {
        faults.extend(suite_faults(name, suite, file, places));
    }
    faults
}

/// A route stands for one judge's model: the members of juries and the stages of cascades have models, and a calibration
/// is fitted to one.
fn suite_faults(name: &str, suite: &SuiteFile, file: &ConfigFile, places: &Places) -> Vec<Diagnostic> {
    let is_route = |model: Option<&String>| model.is_some_and(|model| file.routes.contains_key(model));
    let default = file.default_model.as_ref();
    let mut faults = Vec::new();
    for (pointer, member) in members(name, suite).into_iter().filter(|(_, member)| member.model.is_none()) {
        let judge =
            pointer.strip_prefix(&format!("/suites/{name}/judges/")).and_then(|rest| rest.split('/').next());
        let own = judge.and_then(|judge| suite.judges.get(judge)).and_then(|judge| judge.model.as_ref());
        if is_route(own.or(suite.model.as_ref()).or(default)) {
            let detail = format!("the model of {:?} would be a route", member.name);
            let mut fault = places.at_value(&pointer, detail);
            fault.help = Some("set its `model` to a role, or to PROVIDER/NAME".into());
            faults.push(fault);
        }
    }
    if suite.calibration.is_some() && is_route(suite.model.as_ref().or(default)) {
        let detail = "a calibration holds for one model, and a route asks several";
        let mut fault = places.at_value(&format!("/suites/{name}/calibration"), detail);
        fault.help = Some("remove `calibration`, or name one model".into());
        faults.push(fault);
    }
    faults
}
