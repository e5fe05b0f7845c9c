//! A log's head and samples, from both of its forms.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::archive::Archive;
use super::constants;
use super::sample::Sample;
use crate::error::{Error, ErrorKind, Result};

/// What is read of a log.
#[derive(Debug)]
pub(super) struct Log {
    /// The file.
    pub(super) name: String,
    pub(super) task: String,
    /// How the evaluation ended.
    pub(super) status: String,
    /// In the order of the dataset, the epochs of a sample together.
    pub(super) samples: Vec<Sample>,
}

/// The version of logs that is read.
const VERSION: u64 = 2;

/// How a zip archive begins.
const ZIP: &[u8] = b"PK";

/// Reads a log.
pub(super) fn read(path: &Path) -> Result<Log> {
    let name = path.display().to_string();
    let bytes = fs::read(path)
        .map_err(|source| Error::new(ErrorKind::Usage, format!("cannot read {name}: {source}")))?;
    if bytes.starts_with(ZIP) {
        drop(bytes);
        return zipped(path, &name).map_err(|fault| refused(&name, &fault));
    }
    if bytes.is_empty() {
        return Err(refused(&name, "is empty"));
    }
    let text = String::from_utf8(bytes).map_err(|_| refused(&name, "is neither JSON nor an archive"))?;
    let log = constants::parse(&text).map_err(|fault| refused(&name, &format!("is not JSON: {fault}")))?;
    let samples = match log.get("samples") {
        Some(Value::Array(samples)) => samples.clone(),
        _ if is_log(&log) => Vec::new(),
        _ => return Err(refused(&name, "is no log of Inspect: there is no `eval`")),
    };
    whole(&name, &log, samples).map_err(|fault| refused(&name, &fault))
}

fn refused(name: &str, fault: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("{name} {fault}"))
        .help("name a log that Inspect wrote: a .json or .eval file of its folder `logs`")
}

fn zipped(path: &Path, name: &str) -> std::result::Result<Log, String> {
    let mut archive = Archive::open(path)?;
    let names = archive.names();
    let head = ["header.json", "_journal/start.json"].into_iter().find(|name| names.contains(*name));
    let head = head.ok_or("is no log of Inspect: there is no member header.json")?;
    let mut log = member(&mut archive, head)?;
    if head != "header.json"
        && let Some(log) = log.as_object_mut()
    {
        // An evaluation that was broken off never wrote its header.
        log.insert("status".to_owned(), Value::from("started"));
    }
    let samples = names.iter().filter(|name| {
        name.starts_with("samples/") && Path::new(name).extension().is_some_and(|end| end == "json")
    });
    let samples: std::result::Result<Vec<Value>, String> =
        samples.map(|name| member(&mut archive, name)).collect();
    whole(name, &log, samples?)
}

fn member(archive: &mut Archive, name: &str) -> std::result::Result<Value, String> {
    let text = archive.text(name)?;
    constants::parse(&text).map_err(|fault| format!("has a member {name} that is not JSON: {fault}"))
}

fn is_log(log: &Value) -> bool {
    log.get("eval").is_some_and(Value::is_object)
}

fn whole(name: &str, log: &Value, samples: Vec<Value>) -> std::result::Result<Log, String> {
    if !is_log(log) {
        return Err("is no log of Inspect: there is no `eval`".to_owned());
    }
    let version = log.get("version").and_then(Value::as_u64);
    if version != Some(VERSION) {
        let version = version.map_or_else(|| "no version".to_owned(), |number| format!("version {number}"));
        return Err(format!(
            "has {version}, and logs of version {VERSION} are read: `inspect log convert` makes one"
        ));
    }
    if samples.is_empty() {
        return Err("has no samples".to_owned());
    }
    let order =
        log.pointer("/eval/dataset/sample_ids").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut samples: Vec<Sample> =
        samples.into_iter().map(Sample::read).collect::<std::result::Result<_, _>>()?;
    samples.sort_by_cached_key(|sample| {
        let place = order.iter().position(|id| *id == sample.id).unwrap_or(order.len());
        (place, sample.name(), sample.epoch)
    });
    let has_epochs = samples.iter().any(|sample| sample.epoch != 1);
    for sample in &mut samples {
        sample.key = if has_epochs { format!("{}#{}", sample.name(), sample.epoch) } else { sample.name() };
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = samples.iter().find(|sample| !seen.insert(&sample.key)) {
        return Err(format!("has the sample {} twice", twice.key));
    }
    let text = |pointer: &str| log.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let task = text("/eval/task").unwrap_or_else(|| "samples".to_owned());
    let status = text("/status").unwrap_or_else(|| "unknown".to_owned());
    Ok(Log { name: name.to_owned(), task, status, samples })
}
