//! What to do about a tuning.

use std::path::{Path, PathBuf};

use super::typed::{Typed, in_the_project, judge_with_a_table, key, signature};
use crate::optimizer::{NoGain, Outcome};
use crate::report::Advice;
use crate::suite::calibrations::default_path;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::RunOptions;
use crate::suite::tune::Finished;

/// A finished tuning, and what of it is written already.
pub(crate) struct TunedSuite<'a> {
    pub(crate) config: &'a Config,
    pub(crate) typed: &'a Typed,
    pub(crate) tuning: &'a Finished,
    /// The file that the winner's signature is written to by this command.
    pub(crate) signature: Option<PathBuf>,
    /// The file that the threshold is written to by this command.
    pub(crate) calibration: Option<PathBuf>,
}

/// What to do about a tuning.
pub(crate) fn after_tuning(tuned: &TunedSuite<'_>) -> Advice {
    match tuned.tuning.page.outcome() {
        Outcome::Prompt(_) => tuned.take(true, false),
        Outcome::PromptAndThreshold(_) => tuned.take(true, true),
        Outcome::Threshold(_) => tuned.take(false, true),
        Outcome::Nothing(why) => tuned.keep(why),
    }
}

impl TunedSuite<'_> {
    fn keep(&self, why: NoGain) -> Advice {
        let suite = &self.tuning.page.suite;
        let keep = Advice::keep(match why {
            NoGain::NoCandidate => "there was no candidate to try",
            NoGain::NoWinner => "no candidate beat the signature as it is",
            NoGain::NotTested => "the test part was not judged",
            NoGain::NoInterval => "the test part is too small to tell",
            NoGain::Unsure => "the gain on the test part could be chance; more labelled records would tell",
            NoGain::NotSeen => "the test part shows no gain",
            NoGain::Worse => "the new prompt is worse on the test part",
        });
        if why != NoGain::NoCandidate {
            return keep;
        }
        // Labels alone lack the reasons that the signature asks for.
        let command = self.typed.command(&["tune", suite, "--optimizer", "bootstrap"]);
        keep.step("To get demos, let the judge write the reasons that the labels lack", command)
    }

    /// Writes what gains, and names it in the suite.
    fn take(&self, with_signature: bool, with_threshold: bool) -> Advice {
        let Self { config, typed, tuning, .. } = self;
        let suite = tuning.page.suite.as_str();
        let is_kept = with_threshold && tuning.has_calibration();
        let file = with_signature.then(|| self.signature.clone().unwrap_or_else(|| self.free_file()));
        let calibration =
            is_kept.then(|| self.calibration.clone().unwrap_or_else(|| default_path(config, suite)));
        let mut advice = Advice::default();
        let to_write = file.as_ref().filter(|_| self.signature.is_none());
        let to_store = is_kept && self.calibration.is_none();
        if to_write.is_some() || to_store {
            let folder = tuning.folder.display().to_string();
            let file = to_write.map(|file| file.display().to_string());
            let mut words = vec!["tune", suite, "--report", &folder];
            words.extend(file.iter().flat_map(|file| ["--write", file]));
            words.extend(to_store.then_some("--write-calibration"));
            let what = match (&file, to_store) {
                (Some(_), true) => "Write the new signature and its threshold",
                (Some(_), false) => "Write the new signature",
                (None, _) => "Write the threshold",
            };
            advice = advice.step(format!("{what}; no model is asked"), typed.command(&words));
        }
        advice = self.set(advice, file.as_deref(), calibration.as_deref());
        if with_threshold && !is_kept {
            let command = typed.command(&["calibrate", suite, "--threshold"]);
            return advice.step("Place the threshold on all labelled records", command);
        }
        advice.step("Then judge with it", typed.command(&["run", suite]))
    }

    /// The keys of the suite that change.
    fn set(&self, advice: Advice, file: Option<&Path>, calibration: Option<&Path>) -> Advice {
        let name = &self.tuning.page.suite;
        let Ok(suite) = self.config.suite(name) else { return advice };
        let mut keys: Vec<(String, String)> = Vec::new();
        let table = format!("suites.{name}");
        let judge = judge_with_a_table(suite, None);
        let of_judge = judge.map_or_else(|| table.clone(), |judge| format!("{table}.judges.{judge}"));
        if let Some(file) = file {
            let value = signature(self.config, &file.display().to_string());
            keys.push((key("signature", &value), of_judge.clone()));
        }
        if let Some(path) = calibration {
            keys.push((key("calibration", &in_the_project(self.config, path)), table.clone()));
        }
        keys.extend(self.judge().into_iter().map(|key| (key, of_judge.clone())));
        let advice = keys.into_iter().fold(advice, |advice, (key, table)| {
            advice.by_hand(format!("Set {key} in [{table}] of evenhand.toml"))
        });
        if file.is_some() && calibration.is_none() && suite.calibration.is_some() {
            return advice
                .by_hand(format!("Take `calibration` out of [{table}]: it is for the signature as it was"));
        }
        advice
    }

    /// What the suite would judge by otherwise than the tuning did: the model, the reading.
    fn judge(&self) -> Vec<String> {
        let page = &self.tuning.page;
        let Ok(suite) = Suite::open(&page.suite, self.config) else { return Vec::new() };
        let own = suite.first_model(&RunOptions::default(), self.config).ok();
        let is_own = own.as_ref().is_some_and(|own| own.full_name() == page.model);
        let named = |role: &str| ModelConfig::new(Some(role), self.config).ok();
        let is_it = |role: &&String| named(role).is_some_and(|model| model.full_name() == page.model);
        let role = || self.config.file.models.keys().find(is_it).unwrap_or(&page.model);
        let model = (!is_own).then(|| key("model", role()));
        let reading = suite.reading(0, None).or_else(|| own?.usual_reading(self.config).ok());
        let reading = reading.is_none_or(|reading| reading.name() != page.reading);
        model.into_iter().chain(reading.then(|| key("reading", &page.reading))).collect()
    }

    /// A file in signatures/ that is not there yet.
    fn free_file(&self) -> PathBuf {
        let name = |number: u64| match number {
            1 => format!("{}-tuned.toml", self.tuning.page.signature),
            number => format!("{}-tuned-{number}.toml", self.tuning.page.signature),
        };
        let folder = self.config.path(Path::new("signatures"));
        let mut files = (1..).map(|number| folder.join(name(number)));
        files.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name(1)))
    }
}
