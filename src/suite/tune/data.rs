//! What a tuning learns from: the labelled records of a suite.

use serde_json::Value;

use super::request::TuneRequest;
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Expected, OnFault, Panel, Plan, inputs_of, read_label};
use crate::optimizer::{Example, Shares};
use crate::signature::Spec;
use crate::subject::Subject;
use crate::suite::config::Config;
use crate::suite::judges::{Overrides, Suite};
use crate::suite::labels::OffScaleFound;
use crate::suite::model_config::ModelConfig;

/// The suite's labelled records, made ready, and how many were left out.
pub(super) struct LabelledExamples {
    pub(super) examples: Vec<Example>,
    /// Records without a label.
    pub(super) unlabelled: u64,
    /// Records without an output to judge.
    pub(super) without_output: u64,
    /// Labelled records that are left to checks.
    pub(super) decided: u64,
}

impl LabelledExamples {
    pub(super) fn read(
        suite: &Suite,
        config: &Config,
        model_config: &ModelConfig,
        panel: &Panel,
        request: &TuneRequest,
    ) -> Result<Self> {
        let limit = request.limit;
        let overrides = Overrides { filters: request.filters()?, limit, ..Overrides::default() };
        let mut plan = suite.plan(config, Some(model_config), &overrides)?;
        if matches!(plan.subject, Subject::Produced { .. }) {
            let detail = format!("suite {}: its outputs are produced by a run", suite.name);
            return Err(Error::new(ErrorKind::Usage, detail).help(
                "keep them first, `evenhand run SUITE --record-outputs FILE`, and tune with --outputs FILE",
            ));
        }
        let field = label_field(suite, request)?;
        let mut labelled = Self { examples: Vec::new(), unlabelled: 0, without_output: 0, decided: 0 };
        let most = limit.unwrap_or(u64::MAX);
        let mut taken = 0;
        let scale =
            panel.scale().ok_or_else(|| Error::new(ErrorKind::Signature, "the judge gives no verdict"))?;
        let mut off_scale = OffScaleFound::default();
        for record in suite.dataset(config)? {
            let mut record = match record {
                Ok(record) => record,
                Err(fault) if suite.file.on_fault == OnFault::Skip && !fault.fatal => continue,
                Err(fault) => return Err(Error::new(ErrorKind::Dataset, fault.to_string())),
            };
            if !plan.filters.iter().all(|filter| filter.takes(&record)) {
                continue;
            }
            if taken >= most {
                break;
            }
            taken += 1;
            if suite.decided().contains(&record.id) {
                labelled.decided += u64::from(record.given(&field).is_some());
                continue;
            }
            match read_label(record.get(&field), &field, &suite.file.label_values, &scale) {
                Ok(Some(expected)) => {
                    labelled.take(&mut record, expected, suite, panel, &mut plan, request)?;
                }
                Ok(None) => labelled.unlabelled += 1,
                Err(label) => off_scale.add(record.line, label),
            }
        }
        off_scale.end(suite, &scale)?;
        Ok(labelled)
    }

    fn take(
        &mut self,
        record: &mut Record,
        expected: Expected,
        suite: &Suite,
        panel: &Panel,
        plan: &mut Plan,
        request: &TuneRequest,
    ) -> Result<()> {
        if plan.subject.join(record).is_err() {
            self.without_output += 1;
            return Ok(());
        }
        let mut inputs = inputs_of(record, panel, plan).map_err(|problem| {
            let place = format!("{} line {}", suite.file.dataset.display(), record.line);
            Error::new(ErrorKind::Dataset, format!("{place}: {problem}"))
        })?;
        if let (Some(inputs), Some(judge)) = (inputs.pop(), panel.alone()) {
            let spec = judge.spec();
            self.examples.push(Example {
                id: record.id.clone(),
                group: named(record, request.group.as_deref()).unwrap_or_else(|| record.id.clone()),
                stratum: stratum(&expected, named(record, request.stratum.as_deref())),
                inputs,
                told: told(record, spec),
                expected,
            });
        }
        Ok(())
    }
}

pub(super) fn label_field(suite: &Suite, request: &TuneRequest) -> Result<String> {
    request.labels.clone().or_else(|| suite.file.label.clone()).ok_or_else(|| {
        let detail = format!("suite {} names no label to tune its judge by", suite.name);
        Error::new(ErrorKind::Usage, detail).help("name the record's field with --labels FIELD")
    })
}

fn named(record: &Record, field: Option<&str>) -> Option<String> {
    let value = record.given(field?)?;
    Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Labels of a fine scale come in few strata, or each would be a stratum of its own.
fn stratum(expected: &Expected, field: Option<String>) -> String {
    let label = match expected.value {
        Some(value) if value > 0.0 && value < 1.0 => format!("{:.1}", (value * 5.0).round() / 5.0),
        _ => expected.label.clone(),
    };
    field.map_or(label.clone(), |field| format!("{field}/{label}"))
}

/// What a record holds of an answer besides the label: a person's reasons, under the output's name.
fn told(record: &Record, spec: &Spec) -> serde_json::Map<String, Value> {
    let is_asked = |name: &String| spec.inputs.iter().any(|field| field.name == *name);
    let outputs = spec.outputs.iter().filter(|field| !is_asked(&field.name));
    outputs
        .filter_map(|field| {
            let text = record.fields.get(&field.name)?.as_str()?;
            let is_text = field.schema.get("type").is_some_and(|kind| kind == "string");
            let longest = field.schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
            let fits =
                is_text && field.schema.get("enum").is_none() && text.chars().count() as u64 <= longest;
            (fits && !text.is_empty()).then(|| (field.name.clone(), Value::from(text)))
        })
        .collect()
}

/// The shares of a split, if they are three above 0.
pub(crate) fn shares(split: &[f64]) -> Result<Shares> {
    match split {
        [train, validation, test] if [train, validation, test].iter().all(|share| **share > 0.0) => {
            Ok(Shares { train: *train, validation: *validation, test: *test })
        }
        _ => Err(Error::new(ErrorKind::Usage, "--split takes three shares above 0")
            .help("for training, validation and test: --split 0.25,0.4,0.35")),
    }
}
