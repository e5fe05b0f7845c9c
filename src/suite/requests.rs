//! Exactly what a suite's judges would be sent about a record, question by question.

use serde_json::{Map, Value};

use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::model_config::ModelConfig;
use super::run::RunOptions;
use super::subjects::nobody;
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, inputs_of};
use crate::judge::{Order, Reading};
use crate::model::Request;
use crate::subject::Subject;

/// A suite's judges and the models they would ask; nobody answers.
pub(crate) struct Asking {
    /// The model of each judge, in their order.
    pub(crate) models: Vec<ModelConfig>,
    panel: Panel,
}

impl Asking {
    pub(crate) fn new(
        suite: &Suite,
        config: &Config,
        model: Option<&str>,
        reading: Option<Reading>,
    ) -> Result<Self> {
        let options = RunOptions { model: model.map(str::to_owned), ..RunOptions::default() };
        let models = suite.models(&options, config)?;
        let asked = |(judge, model_config): (usize, _)| {
            let model_config: &ModelConfig = model_config;
            let reading = suite.reading(judge, reading).unwrap_or_else(|| model_config.default_reading());
            Asked::plainly(nobody(model_config.decision_limits()), model_config, reading)
        };
        let panel = suite.panel(&models.iter().enumerate().map(asked).collect::<Vec<_>>())?;
        Ok(Self { models, panel })
    }

    /// What each judge would be given of a record; of the first one where none is named. Routes choose for it from
    /// now on.
    pub(crate) async fn inputs(
        &mut self,
        suite: &Suite,
        config: &Config,
        id: Option<&str>,
    ) -> Result<Vec<Map<String, Value>>> {
        let mut plan = suite.plan(config, &self.models, &Overrides::default())?;
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
            for member in &mut self.panel.judges {
                member.judge = member.judge.for_record(&record);
            }
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

    /// The judges, with nobody who answers.
    pub(crate) fn into_panel(self) -> Panel {
        self.panel
    }

    /// The judges' first questions with these inputs.
    pub(crate) fn questions(&self, inputs: &[Map<String, Value>]) -> Result<Vec<Question>> {
        questions(&self.panel, inputs)
    }
}

impl Asking {
    /// The body that is sent, where a decision model is asked.
    pub(crate) fn decision_body(&self, question: &Question) -> Option<Value> {
        self.models.get(question.place).or(self.models.last())?.decision_body(&question.request)
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

/// A question of a judge's, exactly as it would be sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// The judge, where the suite has several.
    pub judge: Option<String>,
    /// The order in which a pair is shown.
    pub order: Option<&'static str>,
    /// Which of the judge's questions it is, from 1, where it asks several.
    pub number: Option<usize>,
    /// What is sent.
    pub request: Request,
    /// The place of who is asked, among the suite's models.
    pub(crate) place: usize,
}

impl Question {
    /// The suite, and which of its questions it is where there are several.
    pub(crate) fn name(&self, suite: &str) -> String {
        let judge = self.judge.as_ref().map(|judge| format!(", judge {judge}"));
        let order = self.order.map(|order| format!(", order {order}"));
        let number = self.number.map(|number| format!(", question {number}"));
        [Some(suite.to_owned()), judge, order, number].into_iter().flatten().collect()
    }
}

/// The first questions of all judges; `inputs` are those of each judge.
pub(crate) fn questions(panel: &Panel, inputs: &[Map<String, Value>]) -> Result<Vec<Question>> {
    let mut questions = Vec::new();
    let mut first = 0;
    for (member, inputs) in panel.judges.iter().zip(inputs) {
        let planned = member.judge.plan(inputs);
        let planned = planned.map_err(|fault| Error::new(ErrorKind::Prompt, fault.to_string()))?;
        let mut parts = Vec::new();
        for planned in planned.into_iter().filter(|planned| planned.draw == 0) {
            if let Some(part) = planned.part.as_ref().filter(|part| !parts.contains(*part)) {
                parts.push(part.clone());
            }
            let number = planned.part.and_then(|part| parts.iter().position(|known| *known == part));
            questions.push(Question {
                judge: (panel.judges.len() > 1).then(|| member.name.clone()),
                order: planned.order.map(Order::name),
                number: number.map(|number| number + 1),
                request: planned.request,
                place: first + planned.member,
            });
        }
        first += member.judge.members().len().max(1);
    }
    Ok(questions)
}
