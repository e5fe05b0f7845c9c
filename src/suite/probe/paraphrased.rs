//! The judge's instruction in other words, written by a model.

use std::fs;
use std::path::Path;

use futures_util::future::join_all;
use serde_json::json;

use super::prober::Prober;
use super::rewriting::request;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Failure, FailureKind, Model};
use crate::probe::{ProbeName, Version, rewritten_instruction};
use crate::report::pretty_json;
use crate::suite::loaded_models::LoadedModel;
use crate::suite::model_config::ModelConfig;
use crate::suite::runs;
use crate::suite::shared::Models;
use crate::suite::shell::Exit;

/// The file in a probing's folder that keeps what was written: a probing that goes on asks about the same wordings.
const FILE: &str = "paraphrases.json";

impl Prober<'_> {
    /// The probes with their versions, the rewritings that a model writes among them; or how it ends where a budget or an
    /// interrupt keeps them from being written.
    pub(super) async fn with_rewritings(
        &self,
        models: &Models<'_>,
        writer: Option<&LoadedModel>,
        folder: &Path,
    ) -> Result<std::result::Result<Vec<(ProbeName, Vec<Version>)>, Exit>> {
        let mut wanted = self.wanted.clone();
        let (Some(writer), Some(place)) =
            (writer, wanted.iter().position(|(probe, _)| *probe == ProbeName::Paraphrase))
        else {
            return Ok(Ok(wanted));
        };
        let path = folder.join(FILE);
        let texts: Vec<String> = if let Ok(text) = fs::read_to_string(&path) {
            serde_json::from_str(&text).map_err(|error| {
                Error::new(ErrorKind::Journal, format!("{} is unreadable: {error}", path.display()))
            })?
        } else {
            let model = models.model(writer, self.options.paraphrases as usize);
            let texts = match self.write(&model, &writer.model_config).await? {
                Ok(texts) => texts,
                Err(exit) => return Ok(Err(exit)),
            };
            runs::to_file(&path, &pretty_json(&json!(texts))?)?;
            texts
        };
        let name = writer.model_config.full_name();
        if let Some((_, versions)) = wanted.get_mut(place) {
            *versions = texts
                .into_iter()
                .enumerate()
                .map(|(number, text)| rewritten_instruction(number, text, &name))
                .collect();
        }
        Ok(Ok(wanted))
    }

    /// Asks for all rewritings. One that is empty, or says the instruction again, is none.
    async fn write(
        &self,
        model: &Model,
        writer: &ModelConfig,
    ) -> Result<std::result::Result<Vec<String>, Exit>> {
        let instruction = &self.spec.instruction;
        let asked = (0..self.options.paraphrases as usize)
            .map(|number| async move { model.complete(&request(instruction, number, writer)).await });
        let mut texts: Vec<String> = Vec::new();
        for reply in join_all(asked).await {
            let reply = match reply {
                Ok(reply) => reply,
                Err(failure) if failure.kind == FailureKind::Budget => return Ok(Err(Exit::Budget)),
                Err(failure) if failure.kind == FailureKind::Cancelled => return Ok(Err(Exit::Interrupted)),
                Err(failure) => return Err(not_written(writer, failure)),
            };
            let text = bare(&reply.text);
            if !text.is_empty() && text != *instruction && !texts.contains(&text) {
                texts.push(text);
            }
        }
        if texts.is_empty() {
            let detail = format!("{} wrote nothing else than the instruction itself", writer.full_name());
            return Err(Error::new(ErrorKind::Model, detail)
                .help("name another model, or write `paraphrases` into the suite's [probes]"));
        }
        Ok(Ok(texts))
    }
}

fn not_written(writer: &ModelConfig, failure: Failure) -> Error {
    let error = Error::new(ErrorKind::Model, format!("no paraphrase by {}: {failure}", writer.full_name()));
    match failure.remedy {
        Some(remedy) => error.help(remedy),
        None => error,
    }
}

/// The text without what a model may put around it: the tags of the request, or a fence.
fn bare(reply: &str) -> String {
    let text = reply.trim();
    let text = text.strip_prefix("<instruction>").unwrap_or(text);
    let text = text.strip_suffix("</instruction>").unwrap_or(text).trim();
    let text =
        text.strip_prefix("```").map_or(text, |rest| rest.split_once('\n').map_or(rest, |(_, rest)| rest));
    text.strip_suffix("```").unwrap_or(text).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn what_stands_around_a_rewriting_is_left_out() {
        for reply in ["Say it.", " <instruction>\nSay it.\n</instruction>", "```text\nSay it.\n```"] {
            assert_eq!(bare(reply), "Say it.", "{reply}");
        }
    }
}
