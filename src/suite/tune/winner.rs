//! What is kept of a tuning: its page, and the winner as a signature file.

use std::path::PathBuf;

use super::earlier::{Finished, SIGNATURE, TEMPLATE};
use super::folder::TuneFolder;
use super::request::OptimizerName;
use super::setup::Setup;
use super::work::Work;
use crate::data::id_hash;
use crate::error::Result;
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

    /// Keeps the winner as a signature file, with its template, in the tuning's folder.
    pub(super) fn keep_winner(&self, spec: &Spec, page: &TunePage, folder: &TuneFolder) -> Result<()> {
        let Some(winner) = page.winner() else { return Ok(()) };
        let tuned = winner.candidate.apply(spec, &self.pool(spec));
        folder.write(SIGNATURE, &write_file(&tuned, Some(&self.provenance(spec, page)))?)?;
        match &spec.template {
            Some(template) => folder.write(TEMPLATE, &template.text).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Writes the winner's signature where it was asked for. Gives its file, which is else the one in the folder.
    pub(super) fn write_signature(&self, finished: &Finished) -> Result<Option<PathBuf>> {
        let Some(path) = &self.request.write else {
            return Ok(finished.page.winner().map(|_| finished.folder.join(SIGNATURE)));
        };
        let environment = &self.config.environment;
        if finished.page.winner().is_none() {
            environment.tell("nothing is written: the signature stays as it is");
            return Ok(None);
        }
        finished.write_signature(path)?;
        environment.tell(&finished.use_signature(path));
        if finished.page.test.as_ref().is_some_and(TestFigures::shows_no_gain) {
            environment
                .tell("the test part shows no gain of it: the signature as it was serves as well, or better");
        }
        Ok(Some(path.clone()))
    }

    /// The training records, where principles are learned from them: unlike demos they cannot be seen in the prompt.
    fn learned_from(&self) -> Vec<String> {
        if self.request.optimizer != OptimizerName::Leap {
            return Vec::new();
        }
        self.setup.learning.train.iter().map(|example| id_hash(&example.id)).collect()
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
            learned_from: self.learned_from(),
            validation: [baseline, winner].into_iter().flatten().filter_map(|one| one.objective).collect(),
            test: [test.and_then(|test| test.baseline), test.and_then(|test| test.winner)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}
