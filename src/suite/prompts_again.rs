//! The prompts of a run that is over, rendered again. A journal does not hold them; it holds the keys of what was sent,
//! and only a prompt with one of these keys is shown.

use std::collections::{BTreeMap, HashSet};

use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::model_config::ModelConfig;
use super::subjects::nobody;
use crate::data::Record;
use crate::error::Result;
use crate::eval::{Outcome, Panel, Plan, inputs_of};
use crate::judge::{Planned, Reading};
use crate::report::{ShownPrompt, SuitePrompts};
use crate::subject::Subject;

/// The prompts of a run's records, as far as the suite still makes them.
pub(crate) fn prompts(
    model: &str,
    reading: Reading,
    outcomes: &[Outcome],
    suite: &Suite,
    config: &Config,
) -> SuitePrompts {
    let rendered = rendered(model, reading, outcomes, suite, config)
        .unwrap_or_else(|error| SuitePrompts { missing: Some(error.to_string()), ..SuitePrompts::default() });
    let asked = outcomes.iter().any(|outcome| !outcome.attempts.is_empty());
    if rendered.missing.is_none() && rendered.by_record.is_empty() && asked {
        let why = "the suite, the dataset or the model's settings changed since the run";
        return SuitePrompts { missing: Some(why.to_owned()), ..rendered };
    }
    rendered
}

fn rendered(
    model: &str,
    reading: Reading,
    outcomes: &[Outcome],
    suite: &Suite,
    config: &Config,
) -> Result<SuitePrompts> {
    let model_config = model_config(config, Some(suite), model);
    let panel = panel(suite, model_config.as_ref(), reading)?;
    let mut plan = suite.plan(config, model_config.as_ref(), &Overrides::default())?;
    let outcomes: BTreeMap<&str, &Outcome> =
        outcomes.iter().map(|outcome| (outcome.id.as_str(), outcome)).collect();
    let mut by_record = BTreeMap::new();
    for mut record in suite.dataset(config)?.flatten() {
        let Some(outcome) = outcomes.get(record.id.as_str()) else {
            continue;
        };
        let shown = of_record(&mut record, outcome, &panel, &mut plan);
        if !shown.is_empty() {
            by_record.insert(record.id, shown);
        }
    }
    Ok(SuitePrompts { by_record, missing: None })
}

/// A record's prompts; none where it is not what it was.
fn of_record(record: &mut Record, outcome: &Outcome, panel: &Panel, plan: &mut Plan) -> Vec<ShownPrompt> {
    if plan.subject.join(record).is_err() {
        return Vec::new();
    }
    if let Subject::Produced { into, .. } = &plan.subject {
        let Some(output) = outcome.subject.as_ref().and_then(|subject| subject.output.clone()) else {
            return Vec::new();
        };
        record.fields.insert(into.clone(), output);
    }
    let sent: HashSet<&str> = outcome.attempts.iter().map(|attempt| attempt.key.0.as_str()).collect();
    let inputs = inputs_of(record, panel, plan).unwrap_or_default();
    let several = panel.judges.len() > 1;
    let mut shown = Vec::new();
    for (member, inputs) in panel.judges.iter().zip(&inputs) {
        for Planned { request, order, .. } in first(member.judge.plan(inputs).unwrap_or_default()) {
            let order = order.map(|order| format!("order {}", order.name()));
            if sent.contains(request.key().0.as_str()) {
                let name = several.then(|| member.name.clone());
                let names: Vec<String> = name.into_iter().chain(order).collect();
                let part = (!names.is_empty()).then(|| names.join(", "));
                shown.push(ShownPrompt { part, messages: request.messages, stable: request.stable });
            }
        }
    }
    shown
}

/// Of the draws of a question the first.
fn first(planned: Vec<Planned>) -> impl Iterator<Item = Planned> {
    planned.into_iter().filter(|planned| planned.draw == 0)
}

/// A suite's panel, with nobody who answers, as it was asked.
pub(crate) fn panel(suite: &Suite, model_config: Option<&ModelConfig>, reading: Reading) -> Result<Panel> {
    let asked = model_config.map(|model_config| Asked {
        model: nobody(),
        model_config,
        reading,
        calibration: None,
        samples: None,
    });
    suite.panel(asked.as_ref())
}

/// The model that judged, with the settings of the role it has now.
pub(crate) fn model_config(config: &Config, suite: Option<&Suite>, model: &str) -> Option<ModelConfig> {
    let is_it = |model_config: &ModelConfig| model_config.full_name() == model;
    let own = suite.and_then(|suite| suite.file.model.as_deref());
    let roles = config.file.models.keys().map(|role| Some(role.as_str()));
    let named = [own, config.file.default_model.as_deref()].into_iter().chain(roles);
    let mut model_config = named.filter_map(|name| ModelConfig::new(name, config).ok());
    model_config.find(is_it).or_else(|| ModelConfig::new(Some(model), config).ok())
}
