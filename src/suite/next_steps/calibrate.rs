//! What to do about a judge that was compared with labels.

use std::path::{Path, PathBuf};

use super::typed::{Typed, in_the_project, key};
use crate::calibration::{ErrorRates, LabelsBy, Measured, Page, Standing};
use crate::report::Advice;
use crate::suite::calibrate::Calibrated;
use crate::suite::calibrations;
use crate::suite::config::Config;

/// How a judge was compared with labels.
pub(crate) struct Compared<'a> {
    pub(crate) config: &'a Config,
    pub(crate) typed: &'a Typed,
    /// The words of the command that say what was compared: the suite, its labels, its records.
    pub(crate) words: Vec<String>,
    /// Those that say how a score correction is chosen.
    pub(crate) chosen_by: Vec<String>,
    /// The file that this command stores the score correction in, if it does.
    pub(crate) write: Option<PathBuf>,
    /// What the command line says of the judge, as keys of the suite: `model`, `reading`.
    pub(crate) judge: Vec<(&'static str, String)>,
}

/// What to do about a judge that was compared with labels.
pub(crate) fn after_calibration(compared: &Compared<'_>, calibrated: &Calibrated<'_>) -> Advice {
    let page = calibrated.page();
    let folder = calibrated.folder().display().to_string();
    let next = Next { compared, page, from: ["--from", &folder].map(str::to_owned) };
    match page.standing {
        _ if page.labels_by == LabelsBy::Model => {
            next.label_more(Advice::keep("a model's labels are no calibration"))
        }
        Standing::AboveChance => next.store(),
        Standing::NotToldFromChance => next.label_more(Advice::default().by_hand(format!(
            "Do not rely on this judge's verdicts yet: by these {} labels it may be guessing",
            page.counts.labelled
        ))),
        Standing::BelowChance => Advice::default().step(
            "Do not rely on this judge's verdicts. Look at its prompt, and whether the labels are what it is asked for",
            compared.typed.command(&["prompt", &page.suite]),
        ),
        Standing::Unknown => next.label_more(Advice::default()),
    }
}

struct Next<'a> {
    compared: &'a Compared<'a>,
    page: &'a Page,
    /// The judgments there are, as a flag.
    from: [String; 2],
}

impl Next<'_> {
    /// Stores the correction that holds, if one does.
    fn store(&self) -> Advice {
        let Compared { config, write, .. } = self.compared;
        if config
            .suite(&self.page.suite)
            .is_ok_and(|suite| suite.judges.len() + usize::from(suite.signature.is_some()) > 1)
        {
            return Advice::keep(
                "a score correction is for a suite's only judge: make a suite of this judge alone to store one",
            );
        }
        let chosen_by: Vec<&str> = self.compared.chosen_by.iter().map(String::as_str).collect();
        let (what, chosen_by) = match (&self.page.maps, &self.page.threshold) {
            (Measured::Missing(why), _) => {
                return Advice::keep(format!("no score correction can be found: {why}"));
            }
            (Measured::Value(fitted), None) if fitted.chosen.is_none() => {
                return Advice::keep("no score correction helps on unseen labels");
            }
            (Measured::Value(_), None) => ("Store the score correction", chosen_by),
            (Measured::Value(_), Some(_)) => ("Store the threshold", vec!["--threshold"]),
        };
        let advice = match write {
            // What was written is what this page found, and that is not the threshold beside it.
            Some(file) if self.page.threshold.is_none() => self.use_it(Advice::default(), file),
            _ => {
                let words = [&chosen_by[..], &["--write"]].concat();
                let advice = Advice::default().step(what, self.calibrate(&words));
                self.use_it(advice, &calibrations::default_path(config, &self.page.suite))
            }
        };
        match self.others(config) {
            Some(what) => advice.by_hand(what),
            None => advice,
        }
    }

    /// The suite names the stored correction.
    fn use_it(&self, advice: Advice, path: &Path) -> Advice {
        let Compared { config, typed, .. } = self.compared;
        let suite = &self.page.suite;
        let own = config.file.suites.get(suite).and_then(|file| file.calibration.as_ref());
        if own.is_some_and(|own| config.path(own) == path) {
            let check = typed.command(&["calibrate", suite, "--check"]);
            return advice.step("Later, see whether it still holds", check);
        }
        let set = key("calibration", &in_the_project(config, path));
        advice
            .by_hand(format!("Set {set} in [suites.{suite}] of evenhand.toml, and `evenhand run` applies it"))
    }

    /// What the correction needs besides: it is for this model and this reading.
    fn others(&self, config: &Config) -> Option<String> {
        let suite = config.file.suites.get(&self.page.suite)?;
        let is_set = |(name, value): &&(&str, String)| match *name {
            "model" => suite.model.as_ref() != Some(value),
            _ => suite.reading.is_none_or(|reading| reading.name() != value),
        };
        let keys: Vec<String> =
            self.compared.judge.iter().filter(is_set).map(|(name, value)| key(name, value)).collect();
        let what = format!("Set {} there too: it holds for this judge setup alone", keys.join(" and "));
        (!keys.is_empty()).then_some(what)
    }

    /// How many labels it takes to know more.
    fn label_more(&self, advice: Advice) -> Advice {
        let known =
            |errors: &ErrorRates| errors.sensitivity.rate.is_some() && errors.specificity.rate.is_some();
        let command = if self.page.errors.value().is_some_and(known) {
            self.calibrate(&["--plan"])
        } else {
            let suite = self.page.suite.as_str();
            let guesses = ["--sensitivity", "0.8", "--specificity", "0.8", "--rate", "0.5"];
            self.compared.typed.command(&[&["calibrate", suite, "--plan"][..], &guesses].concat())
        };
        advice.step("Label more records. See how many, and which", command)
    }

    /// The same once more, from the judgments there are.
    fn calibrate(&self, more: &[&str]) -> String {
        let words = self.compared.words.iter().chain(&self.from).map(String::as_str);
        let words: Vec<&str> =
            std::iter::once("calibrate").chain(words).chain(more.iter().copied()).collect();
        self.compared.typed.command(&words)
    }
}
