//! `evenhand judge`: one thing judged from the command line.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::args::Global;
use super::judging_args::JudgeArgs;
use super::models::fetch_permitted;
use super::{print, print_report};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{judgment_line, judgment_text};
use crate::suite::config::load_or_default;
use crate::suite::judgment::Judging;
use crate::suite::{Exit, JudgeRequest, Outcome, Reason, Settled};

pub(super) async fn judge(global: &Global, args: &JudgeArgs) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    let request = JudgeRequest {
        signature: signature(&args.signature),
        inputs: inputs(&args.set)?,
        model: args.model.clone(),
    };
    let judging = Judging::new(&config, request)?;
    fetch_permitted(&judging.missing().await?, &config).await?;
    let outcome = judging.judge().await?;
    if args.json {
        print(&format!("{}\n", judgment_line(&args.signature, &outcome)))?;
    } else {
        print_report(&judgment_text(&outcome))?;
    }
    Ok(exit(&outcome))
}

/// Whatever the verdict is, a score is a success.
fn exit(outcome: &Outcome) -> Exit {
    match &outcome.result {
        Settled::Scored(_) => Exit::Success,
        Settled::Unscored(unscored) if unscored.reason == Reason::Budget => Exit::Budget,
        Settled::Unscored(_) => Exit::Unscored,
    }
}

/// A file is named from where the command runs, not from where evenhand.toml lies.
fn signature(name: &str) -> String {
    let is_file = name.to_lowercase().ends_with(".toml") && Path::new(name).exists();
    let whole = is_file.then(|| std::path::absolute(name).ok()).flatten();
    whole.map_or_else(|| name.to_owned(), |path| path.display().to_string())
}

fn inputs(set: &[String]) -> Result<BTreeMap<String, String>> {
    let mut inputs = BTreeMap::new();
    let mut from_stdin = None;
    for one in set {
        let (name, value) = one.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(|| {
            usage(format!("`--set {one}` has no name"), "write --set NAME=TEXT, NAME=@FILE, or NAME=-")
        })?;
        let text = match (value, value.strip_prefix('@')) {
            // What a shell or an editor puts at the end of a text is no part of it.
            ("-", _) => match from_stdin.replace(name) {
                None => standard_input(name)?.trim_end().to_owned(),
                Some(other) => {
                    let detail = format!("`{other}` and `{name}` are both read from the standard input");
                    return Err(usage(detail, "put one of them in a file: --set NAME=@FILE"));
                }
            },
            (_, Some(file)) => file_text(name, file)?.trim_end().to_owned(),
            (text, None) => text.to_owned(),
        };
        if inputs.insert(name.to_owned(), text).is_some() {
            return Err(usage(format!("the input `{name}` is set twice"), "keep one --set of it"));
        }
    }
    Ok(inputs)
}

fn standard_input(name: &str) -> Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_to_string(&mut text);
    read.map_err(|source| {
        usage(format!("`{name}` cannot be read from the standard input: {source}"), "give it UTF-8 text")
    })?;
    Ok(text)
}

fn file_text(name: &str, file: &str) -> Result<String> {
    std::fs::read_to_string(file).map_err(|source| {
        let help =
            "after @ stands a file of UTF-8 text; a text that begins with @ itself comes by --set NAME=-";
        usage(format!("`{name}`: cannot read {file}: {source}"), help)
    })
}

fn usage(detail: String, help: &str) -> Error {
    Error::new(ErrorKind::Usage, detail).help(help)
}
