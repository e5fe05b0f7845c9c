//! Exactly what a suite's judges would be sent about a record.

use serde_json::{Map, Value};

use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::model_config::{ModelConfig, default_reading};
use super::nobody::nobody;
use super::questions::{Question, questions};
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, inputs_of};
use crate::judge::Reading;
use crate::subject::Subject;

/// A suite's judges and the model they would ask; nobody answers.
pub(crate) struct Asking {
    pub(crate) model_config: ModelConfig,
    panel: Panel,
}

impl Asking {
    pub(crate) fn new(
        suite: &Suite,
        config: &Config,
        model: Option<&str>,
        reading: Option<Reading>,
    ) -> Result<Self> {
        let model_config = ModelConfig::new(model.or(suite.file.model.as_deref()), config)?;
        let reading = reading.or(suite.file.reading).unwrap_or_else(|| default_reading(&model_config));
        let asked =
            Asked { model: nobody(), model_config: &model_config, reading, calibration: None, samples: None };
        let panel = suite.panel(Some(&asked))?;
        Ok(Self { model_config, panel })
    }

    /// What each judge would be given of a record; of the first one where none is named.
    pub(crate) async fn inputs(
        &self,
        suite: &Suite,
        config: &Config,
        id: Option<&str>,
    ) -> Result<Vec<Map<String, Value>>> {
        let mut plan = suite.plan(config, Some(&self.model_config), &Overrides::default())?;
        for record in suite.dataset(config)? {
            let mut record: Record = match record {
                Ok(record) => record,
                Err(fault) => {
                    if id.is_none() {
                        return Err(Error::new(ErrorKind::Dataset, fault.to_string()));
                    }
                    continue;
                }
            };
            if id.is_some_and(|id| id != record.id) {
                continue;
            }
            plan.subject.join(&mut record).map_err(|missing| Error::new(ErrorKind::Dataset, missing))?;
            produce(&plan.subject, &mut record).await?;
            let place = format!("dataset line {}", record.line);
            return inputs_of(&record, &self.panel, &plan).map_err(|problem| {
                Error::new(ErrorKind::Dataset, format!("{place}: {problem} ({})", plan.dataset))
            });
        }
        let detail = match id {
            Some(id) => format!("there is no record \"{id}\" in {}", plan.dataset),
            None => format!("{} holds no records", plan.dataset),
        };
        Err(Error::new(ErrorKind::Dataset, detail))
    }

    /// The judges' first questions with these inputs.
    pub(crate) fn questions(&self, inputs: &[Map<String, Value>]) -> Result<Vec<Question>> {
        questions(&self.panel, inputs)
    }
}

/// An output that is produced is produced here too, for this one record, and not kept.
async fn produce(subject: &Subject, record: &mut Record) -> Result<()> {
    if let Subject::Produced { producer, into } = subject {
        let output = producer.produce(record, 0).await.output;
        let output = output.map_err(|unscored| Error::new(ErrorKind::Dataset, unscored.to_string()))?;
        record.fields.insert(into.clone(), output);
    }
    Ok(())
}
