//! `evenhand models`.

use serde_json::json;

use super::args::{Global, ModelsCommand};
use super::{fetch, print};
use crate::error::Result;
use crate::report::duration;
use crate::suite::Exit;
use crate::suite::catalogue::{Installed, embedded};
use crate::suite::config::{Config, load_or_default};
use crate::suite::model_config::ModelConfig;
use crate::suite::warm::warm as load;

pub(super) async fn models(global: &Global, command: &ModelsCommand) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    match command {
        ModelsCommand::List { json } => list(&config, *json).await?,
        ModelsCommand::Fetch { names } => {
            for name in names {
                let path = fetch::fetch(name, &config).await?;
                print(&format!("{}\n", path.display()))?;
            }
        }
        ModelsCommand::Warm { model } => warm(model, &config).await?,
    }
    Ok(Exit::Success)
}

async fn list(config: &Config, as_json: bool) -> Result<()> {
    let embedded = embedded(config).await;
    if as_json {
        let roles: Vec<_> = config
            .file
            .models
            .iter()
            .map(|(role, file)| json!({"role": role, "model": file.model}))
            .collect();
        let embedded: Vec<_> = embedded
            .iter()
            .map(|(entry, installed)| json!({"model": entry, "installed": matches!(installed, Installed::Present(_))}))
            .collect();
        return print(&format!("{}\n", json!({"roles": roles, "embedded": embedded})));
    }
    let mut text = String::new();
    for (role, file) in &config.file.models {
        text += &format!("{role:<12} {}\n", file.model);
    }
    for (entry, installed) in embedded {
        let state = match installed {
            Installed::Present(_) => "here",
            Installed::Missing => "not fetched",
            Installed::Damaged { .. } => "damaged: fetch it again",
        };
        let note = entry.note.map_or_else(String::new, |note| format!("; {note}"));
        text += &format!(
            "local/{:<20} {:>6} MB, {}, {}, {state}{note}\n",
            entry.name,
            entry.megabytes(),
            entry.quantization,
            entry.licence
        );
    }
    print(&text)
}

async fn warm(name: &str, config: &Config) -> Result<()> {
    let model_config = ModelConfig::new(Some(name), config)?;
    let started = std::time::Instant::now();
    fetch::fetch_missing([&model_config], config).await?;
    if let Some(digest) = load(name, &model_config, config).await? {
        print(&format!("{} has the digest {digest}\n", model_config.file.model))?;
    }
    print(&format!(
        "{} is loaded, after {}\n",
        model_config.file.model,
        duration(started.elapsed().as_secs_f64())
    ))
}
