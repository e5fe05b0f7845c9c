//! `karat cache why`: what changed since a record's replies were cached.

use serde_json::{Map, Value};

use super::cache_command::{existing, when};
use super::config::Config;
use super::judges::{Asked as Asks, Suite, nobody};
use super::models::Chosen;
use super::print;
use super::prompt::{default_reading, inputs};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Panel;
use crate::judge::Reading;
use crate::model::{Identity, Request, differing_parts};
use crate::store::{Found, Kind, Store};

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
        let chosen = Chosen::new(asked.model.or(suite.file.model.as_deref()), config)?;
        let reading = reading.or(suite.file.reading).unwrap_or_else(|| default_reading(&chosen));
        let asks = Asks { model: nobody(), chosen: &chosen, reading, calibration: None, samples: None };
        let panel = suite.panel(Some(&asks))?;
        let inputs = match inputs(&suite, config, &chosen, &panel, Some(asked.record)).await {
            Ok(inputs) => inputs,
            Err(error) if asked.suite.is_some() => return Err(error),
            // Another suite may have it.
            Err(_) => continue,
        };
        found = true;
        let requests = first_requests(&panel, &inputs)?;
        let Some(identity) = chosen.ready(config).await?.provider.identity().await else {
            print(&format!("{name}: replies of {} are not cached\n", chosen.file.model))?;
            continue;
        };
        for (number, request) in requests.iter().enumerate() {
            let which = if requests.len() > 1 { format!(", call {}", number + 1) } else { String::new() };
            print(&format!("{name}{which}: {}\n", verdict(&store, asked.record, &identity, request)?))?;
        }
    }
    if found {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Usage, format!("no suite has a record \"{}\"", asked.record)))
}

/// The first requests of all judges about a record.
fn first_requests(panel: &Panel, inputs: &[Map<String, Value>]) -> Result<Vec<Request>> {
    let mut requests = Vec::new();
    for (member, inputs) in panel.judges.iter().zip(inputs) {
        let of_judge = member.judge.requests(inputs);
        requests.extend(of_judge.map_err(|fault| Error::new(ErrorKind::Prompt, fault.to_string()))?);
    }
    Ok(requests)
}

fn verdict(store: &Store, record: &str, identity: &Identity, request: &Request) -> Result<String> {
    let place = identity.key(&request.key());
    let kept = store.about(record, Kind::Reply)?;
    if let Some(hit) = kept.iter().find(|found| found.key == place) {
        return Ok(format!("in the cache since {}, used last {}", when(hit.made_s), when(hit.used_s)));
    }
    if store.get(&place)?.is_some() {
        return Ok("in the cache, from a record that asks the same".to_owned());
    }
    // Of those as near the one that was used last, which comes first.
    let differing = |found: &Found| differing_parts(found, identity, request);
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
