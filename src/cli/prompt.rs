//! `evenhand prompt`: exactly what would be sent.

use serde_json::{Map, Value, json};

use super::args::{Global, PromptArgs};
use super::print;
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, inputs_of};
use crate::model::Request;
use crate::subject::Subject;
use crate::suite::Exit;
use crate::suite::config::{Config, load};
use crate::suite::files::pretty;
use crate::suite::judges::{Asked, Overrides, Suite};
use crate::suite::model_config::{ModelConfig, default_reading};
use crate::suite::nobody::nobody;
use crate::suite::prompt_text::messages;
use crate::suite::questions::{Question, questions};

pub(super) async fn prompt(global: &Global, args: &PromptArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let suite = Suite::open(&args.suite, &config)?;
    let model_config = ModelConfig::new(args.model.as_deref().or(suite.file.model.as_deref()), &config)?;
    let reading = args.reading.or(suite.file.reading).unwrap_or_else(|| default_reading(&model_config));
    let asked =
        Asked { model: nobody(), model_config: &model_config, reading, calibration: None, samples: None };
    let panel = suite.panel(Some(&asked))?;
    let inputs = inputs(&suite, &config, &model_config, &panel, args.record.as_deref()).await?;
    for Question { request, order, .. } in questions(&panel, &inputs)? {
        print(&if args.json { as_json(&request, order)? } else { as_text(&request, order)? })?;
    }
    Ok(Exit::Success)
}

pub(super) async fn inputs(
    suite: &Suite,
    config: &Config,
    model_config: &ModelConfig,
    panel: &Panel,
    id: Option<&str>,
) -> Result<Vec<Map<String, Value>>> {
    let mut plan = suite.plan(config, Some(model_config), &Overrides::default())?;
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
        return inputs_of(&record, panel, &plan).map_err(|problem| {
            Error::new(ErrorKind::Dataset, format!("{place}: {problem} ({})", plan.dataset))
        });
    }
    let detail = match id {
        Some(id) => format!("there is no record \"{id}\" in {}", plan.dataset),
        None => format!("{} holds no records", plan.dataset),
    };
    Err(Error::new(ErrorKind::Dataset, detail))
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

fn as_text(request: &Request, order: Option<&str>) -> Result<String> {
    let mut text = order.map_or_else(String::new, |order| format!("=== order {order} ===\n"));
    text += &messages(&request.messages);
    if let Some(weigh) = &request.weigh {
        text += &format!("--- weighed after {} ---\n{}\n", weigh.opening, weigh.candidates.join("\n"));
    } else if let Some(format) = &request.format {
        text += &format!("--- schema of the answer ---\n{}", pretty(&format.schema)?);
    }
    text += &format!("--- key {} ---\n", request.key().0);
    Ok(text)
}

fn as_json(request: &Request, order: Option<&str>) -> Result<String> {
    let mut whole = json!({
        "key": request.key(),
        "messages": request.messages,
        "stable_messages": request.stable,
        "schema": request.format.as_ref().map(|format| &*format.schema),
        "parameters": request.parameters,
        "weigh": request.weigh,
    });
    if let (Some(whole), Some(order)) = (whole.as_object_mut(), order) {
        whole.insert("order".into(), order.into());
    }
    pretty(&whole)
}
