//! `evenhand cache why`: what changed since a record's replies were cached.

use super::cache_command::{existing, when};
use super::print;
use super::prompt::inputs;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Reading;
use crate::model::{Identity, Request, differing_parts, recorded};
use crate::store::{Kind, Store, StoredEntry};
use crate::suite::config::Config;
use crate::suite::judges::{Asked as Asks, Suite};
use crate::suite::model_config::ModelConfig;
use crate::suite::model_config::default_reading;
use crate::suite::nobody::nobody;
use crate::suite::questions::questions;

/// What was asked.
pub(super) struct Asked<'a> {
    pub(super) record: &'a str,
    pub(super) suite: Option<&'a str>,
    pub(super) model: Option<&'a str>,
}

pub(super) async fn why(config: &Config, asked: &Asked<'_>, reading: Option<Reading>) -> Result<()> {
    let store = existing(config)?;
    let names: Vec<&str> = match asked.suite {
        Some(name) => vec![name],
        None => config.file.suites.keys().map(String::as_str).collect(),
    };
    let mut found = false;
    for name in names {
        let suite = Suite::open(name, config)?;
        if !suite.has_judges() {
            if asked.suite.is_some() {
                return print(&format!("{name}: no model is asked\n"));
            }
            continue;
        }
        let model_config = ModelConfig::new(asked.model.or(suite.file.model.as_deref()), config)?;
        let reading = reading.or(suite.file.reading).unwrap_or_else(|| default_reading(&model_config));
        let asks =
            Asks { model: nobody(), model_config: &model_config, reading, calibration: None, samples: None };
        let panel = suite.panel(Some(&asks))?;
        let inputs = match inputs(&suite, config, &model_config, &panel, Some(asked.record)).await {
            Ok(inputs) => inputs,
            Err(error) if asked.suite.is_some() => return Err(error),
            // Another suite may have it.
            Err(_) => continue,
        };
        found = true;
        let questions = questions(&panel, &inputs)?;
        let Some(identity) = identity(&model_config, config).await? else {
            let why = if model_config.in_catalogue().is_some() {
                "cannot be told apart: its file is not on this machine"
            } else {
                "are not cached"
            };
            print(&format!("{name}: replies of {} {why}\n", model_config.file.model))?;
            continue;
        };
        for question in questions {
            let told = verdict(&store, asked.record, &identity, &question.request)?;
            print(&format!("{}: {told}\n", question.name(name)))?;
        }
    }
    if found {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("no suite has a record \"{}\"", asked.record)))
}

/// What decides the model's replies besides the request. An embedded model is not loaded for it.
async fn identity(model_config: &ModelConfig, config: &Config) -> Result<Option<Identity>> {
    #[cfg(feature = "local")]
    if model_config.provider == "local" {
        return crate::suite::embedded::identity(&model_config.name, model_config.in_catalogue(), config)
            .await;
    }
    Ok(model_config.open(config).await?.provider.identity().await)
}

fn verdict(store: &Store, record: &str, identity: &Identity, request: &Request) -> Result<String> {
    let place = identity.key(&request.key());
    let mut kept = store.about(record, Kind::Reply)?;
    // An older version kept these too.
    kept.retain(|found| recorded(found).is_none_or(|kept| kept.response.is_reusable()));
    if let Some(hit) = kept.iter().find(|found| found.key == place) {
        return Ok(format!("in the cache since {}, used last {}", when(hit.made_s), when(hit.used_s)));
    }
    if store.get(&place)?.is_some() {
        return Ok("in the cache, from a record that asks the same".to_owned());
    }
    // Of those as near the one that was used last, which comes first.
    let differing = |found: &StoredEntry| differing_parts(found, identity, request);
    let Some(nearest) = kept.iter().min_by_key(|found| differing(found).len()) else {
        return Ok("not in the cache: nothing was ever kept about this record".to_owned());
    };
    Ok(format!(
        "not in the cache; since the reply of {} ({}), changed: {}",
        when(nearest.made_s),
        nearest.source,
        differing(nearest).join(", ")
    ))
}
