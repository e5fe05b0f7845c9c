//! What is kept of a tuning: its page, and the winner as a signature file.

use std::fs;
use std::path::PathBuf;

use super::folder::TuneFolder;
use super::setup::Setup;
use super::work::Work;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::Reading;
use crate::optimizer::{Found, Pool, TestFigures, TunePage};
use crate::prompt::Compiled;
use crate::report::{chosen_demos_text, line_difference, messages_text};
use crate::signature::{Demo, Spec, TunedFile, write_file};

impl Work<'_> {
    pub(super) fn page(
        &self,
        spec: &Spec,
        found: Found,
        test: Option<TestFigures>,
        optimizer: &str,
        folder: &TuneFolder,
    ) -> Result<TunePage> {
        let Self { setup, request, .. } = self;
        let winner = found.standings.get(found.best).filter(|_| found.best > 0);
        let tuned = winner.map(|standing| standing.candidate.apply(spec, &self.pool(spec)));
        let mut lines = [0, 0];
        if let Some(tuned) = &tuned {
            let (old, new) = (self.prompt(spec)?, self.prompt(tuned)?);
            let (difference, changed) = line_difference(&old, &new);
            lines = changed;
            folder.write("prompt.txt", &new)?;
            folder.write("prompt.diff", &difference)?;
        }
        Ok(TunePage {
            suite: setup.suite.clone(),
            signature: spec.name.clone(),
            model: self.head.model.clone(),
            also_for: setup.also_for.clone(),
            reading: setup.judge.options().reading.name().to_owned(),
            optimizer: optimizer.to_owned(),
            seed: request.seed,
            objective: self.forecaster.options.objective.clone(),
            token_penalty: self.forecaster.options.token_penalty,
            parts: [setup.learning.train.len(), setup.learning.validation.len(), setup.held_out]
                .map(|number| number as u64),
            end: found.end,
            standings: found.standings,
            best: found.best,
            calls: found.calls,
            saved: found.saved,
            test,
            spent: None,
            expected: Vec::new(),
            lines,
        })
    }

    /// The part of the prompt that is the same for every record, as it is sent.
    fn prompt(&self, spec: &Spec) -> Result<String> {
        let shown = match self.setup.judge.options().reading {
            Reading::Weighted => spec.verdict_only().unwrap_or_else(|| spec.clone()),
            _ => spec.clone(),
        };
        let compiled = Compiled::new(shown)?;
        Ok(messages_text(compiled.stable()) + &chosen_demos_text(&compiled))
    }

    /// What the nearest demos of a record are looked up in.
    pub(super) fn pool(&self, spec: &Spec) -> Vec<Demo> {
        let Setup { judge, learning, .. } = self.setup;
        Pool::labelled(&learning.train, spec, judge.options().reading).demos()
    }

    /// Writes the winner as a signature file, beside the log and where it was asked for.
    pub(super) fn keep_winner(
        &self,
        spec: &Spec,
        page: &TunePage,
        folder: &TuneFolder,
    ) -> Result<Option<PathBuf>> {
        let Some(winner) = page.winner() else {
            if self.request.write.is_some() {
                self.config.environment.tell("nothing is written: the signature stays as it is");
            }
            return Ok(None);
        };
        let tuned = winner.candidate.apply(spec, &self.pool(spec));
        let text = write_file(&tuned, Some(&self.provenance(spec, page)))?;
        let kept = folder.write("signature.toml", &text)?;
        let Some(path) = &self.request.write else {
            return Ok(Some(kept));
        };
        let unwritable = |source: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        fs::write(path, text).map_err(unwritable)?;
        if let Some(template) = &spec.template {
            fs::write(path.with_extension("jinja"), &template.text).map_err(unwritable)?;
        }
        let environment = &self.config.environment;
        environment.tell(&format!(
            "signature: {}; to use it, set `signature = \"{}\"` in [suites.{}]",
            path.display(),
            path.display(),
            self.setup.suite
        ));
        if page.test.as_ref().is_some_and(TestFigures::shows_no_gain) {
            environment
                .tell("the test part shows no gain of it: the signature as it was serves as well, or better");
        }
        Ok(Some(path.clone()))
    }

    fn provenance(&self, spec: &Spec, page: &TunePage) -> TunedFile {
        let winner = page.winner();
        let baseline = page.standings.first();
        let test = page.test.as_ref();
        TunedFile {
            suite: page.suite.clone(),
            model: page.models().join(", "),
            reading: page.reading.clone(),
            optimizer: page.optimizer.clone(),
            seed: page.seed,
            objective: page.objective.name().to_owned(),
            origin: winner.map(|standing| standing.candidate.origin.clone()).unwrap_or_default(),
            dataset: self.head.dataset.clone(),
            from: spec.fingerprint(),
            records: page.parts,
            validation: [baseline, winner].into_iter().flatten().filter_map(|one| one.objective).collect(),
            test: [test.and_then(|test| test.baseline), test.and_then(|test| test.winner)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}
