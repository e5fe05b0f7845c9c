//! The records as they are looked at: the judges' inputs, and an agent's run as its steps.

use serde_json::{Map, Value, json};

use super::rubric::version;
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{OnFault, Panel, Plan, RecordFields, inputs_of};
use crate::signature::Scale;
use crate::subject::Subject;
use crate::suite::config::Config;
use crate::suite::judges::{Overrides, Suite};
use crate::suite::requests::Asking;

/// A record as it is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    /// A hash of what is looked at.
    pub(crate) hash: String,
    /// What the judges are given, by name; an agent's run as it was logged.
    pub(crate) inputs: Map<String, Value>,
    /// The record's value in the field by which a plan draws from every part.
    pub(crate) stratum: Option<String>,
}

/// A suite's judges and where its records lie, for people who look at them.
pub(crate) struct Looking {
    pub(super) panel: Panel,
    pub(super) scale: Scale,
    plan: Plan,
    /// Which input is an agent's run.
    pub(super) trajectory: Option<String>,
    /// Its keys and types that carry no action.
    pub(super) ignore: Vec<String>,
}

impl Looking {
    pub(super) fn new(suite: &Suite, config: &Config) -> Result<Self> {
        let asking = Asking::new(&asked_of_people(suite, config)?, config, None, None)?;
        let mut plan = suite.plan(config, &asking.models, &Overrides::default())?;
        let panel = asking.into_panel();
        if panel.judges.is_empty() {
            let detail = format!("suite {} has no judge, so there is nothing to label for", suite.name);
            return Err(Error::new(ErrorKind::Usage, detail).help("set its `signature`"));
        }
        if matches!(plan.subject, Subject::Produced { .. }) {
            let detail = format!(
                "the outputs of suite {} are made anew by every run, and a label is of one output",
                suite.name
            );
            return Err(Error::new(ErrorKind::Usage, detail).help(
                "keep a run's outputs and label those: evenhand run --record-outputs FILE, then outputs = { file = \"FILE\" }",
            ));
        }
        let place = std::mem::take(&mut plan.place);
        let source = place.trajectory.as_ref().map(|place| place.field.clone());
        let is_source = |name: &String| plan.mapping.fields.get(name).or(Some(name)) == source.as_ref();
        let inputs = panel.judges.iter().flat_map(|member| &member.judge.spec().inputs);
        let trajectory = inputs.map(|field| &field.name).find(|name| is_source(name)).cloned();
        plan.place = RecordFields::default();
        let scale = panel.scale().ok_or_else(|| {
            Error::new(ErrorKind::Usage, format!("suite {} has no verdict to label", suite.name))
        })?;
        let ignore = place.trajectory.map(|place| place.ignore).unwrap_or_default();
        Ok(Self { panel, scale, plan, trajectory, ignore })
    }

    /// Gives every record that can be looked at, in the dataset's order; and how many cannot.
    pub(super) fn each(
        &mut self,
        suite: &Suite,
        config: &Config,
        strata: Option<&str>,
        mut take: impl FnMut(Item),
    ) -> Result<u64> {
        let mut left_out = 0;
        for record in suite.unlabelled_dataset(config)? {
            let mut record: Record = match record {
                Ok(record) => record,
                Err(fault) if suite.file.on_fault == OnFault::Skip && !fault.fatal => {
                    left_out += 1;
                    continue;
                }
                Err(fault) => return Err(Error::new(ErrorKind::Dataset, fault.to_string())),
            };
            let joined = self.plan.subject.join(&mut record);
            let inputs = joined.and_then(|()| inputs_of(&record, &self.panel, &self.plan));
            match inputs {
                Ok(inputs) => take(item(&record, inputs, strata)),
                Err(_) => left_out += 1,
            }
        }
        Ok(left_out)
    }
}

/// The suite as people are asked: as evenhand.toml has it, whatever signature a comparison tries, and by the signature
/// that people label by where it names one.
fn asked_of_people(suite: &Suite, config: &Config) -> Result<Suite> {
    let mut file = config.suite(&suite.name)?.clone();
    if let Some(signature) = file.label_signature.take() {
        file.signature = Some(signature);
    }
    Suite::of(&suite.name, file, config)
}

fn item(record: &Record, inputs: Vec<Map<String, Value>>, strata: Option<&str>) -> Item {
    let mut all = Map::new();
    for (name, value) in inputs.into_iter().flatten() {
        all.entry(name).or_insert(value);
    }
    let stratum = strata.and_then(|field| record.get(field));
    Item {
        id: record.id.clone(),
        hash: version(&json!(all)),
        inputs: all,
        stratum: stratum.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
    }
}
