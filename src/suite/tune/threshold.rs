//! The threshold that suits the chosen prompt, stored as the suite's calibration.

use std::path::{Path, PathBuf};

use super::data::label_field;
use super::request::StoreThreshold;
use super::work::Work;
use crate::calibration::{
    CalibrationFile, Case, Decision, Fitted, LabelsBy, Options, Origin, Verdicts, fit, verdicts_of,
};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Panel;
use crate::judge::Judge;
use crate::model::Model;
use crate::optimizer::{Found, Given};
use crate::signature::{Scale, Spec};
use crate::suite::calibrations::{self, fingerprints};

/// A threshold that was placed, and what on.
struct Placed {
    verdicts: Verdicts,
    cases: Vec<Case>,
    fitted: Fitted,
}

impl Work<'_> {
    /// Places a threshold between two verdicts by the validation part, for the winner or for the signature
    /// that stays, and stores it where it was asked for and its gain holds out of fold.
    pub(super) fn keep_threshold(
        &self,
        spec: &Spec,
        found: &Found,
        model: &Model,
    ) -> Result<Option<PathBuf>> {
        let file = match &self.request.store_threshold {
            StoreThreshold::No => return Ok(None),
            StoreThreshold::Beside => None,
            StoreThreshold::File(file) => Some(file.as_path()),
        };
        match self.place(spec, found) {
            Ok(placed) => self.store(placed, file, spec, found, model).map(Some),
            Err(why) => {
                self.config.environment.tell(&format!("no calibration is stored: {why}"));
                Ok(None)
            }
        }
    }

    /// The threshold, or why there is none.
    fn place(&self, spec: &Spec, found: &Found) -> Result<Placed, String> {
        let scale = spec.scale.as_ref();
        let between = scale.and_then(|scale| Some((verdicts_of(scale)?, self.cases(scale, found)?)));
        let (verdicts, cases) = between.ok_or(
            "a threshold is placed between two verdicts with scores between them, \
             as --reading weighted or sampled gives them",
        )?;
        let options = Options { seed: self.request.seed, ..Options::default() }.threshold_alone();
        let fitted = fit(&verdicts, &cases, &options).map_err(|why| why.to_string())?;
        if fitted.decision != Decision::Kept {
            return Err(fitted.decision.to_string());
        }
        Ok(Placed { verdicts, cases, fitted })
    }

    fn store(
        &self,
        placed: Placed,
        file: Option<&Path>,
        spec: &Spec,
        found: &Found,
        model: &Model,
    ) -> Result<PathBuf> {
        let Self { config, suite, setup, .. } = self;
        let winner = found.standings.get(found.best).filter(|_| found.best > 0);
        let model_config =
            winner.map_or_else(|| spec.clone(), |standing| standing.candidate.apply(spec, &self.pool(spec)));
        let judge = Judge::new(model_config, model.clone(), setup.judge.options().clone())?;
        let now = fingerprints(&Panel::from(judge))
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a panel of one judge has fingerprints"))?;
        let origin = Origin {
            suite: suite.name.clone(),
            dataset: self.head.dataset.clone(),
            label_field: label_field(suite, self.request)?,
            labels_by: LabelsBy::Human,
        };
        let Placed { verdicts, cases, fitted } = placed;
        let stored = CalibrationFile::new(now, origin, verdicts, &cases, fitted);
        let path = file.map_or_else(|| calibrations::default_path(config, &suite.name), Path::to_owned);
        calibrations::store(&path, &stored)?;
        config.environment.tell(&format!(
            "calibration: {path}; to use it, set `calibration = \"{path}\"` in [suites.{}]{}",
            suite.name,
            if winner.is_some() { ", beside the winner's signature" } else { "" },
            path = path.display(),
        ));
        Ok(path)
    }

    /// What the suite's own model said of the validation records when it was asked as is best; `None` where
    /// there are not two verdicts, or every score is 0 or 1.
    fn cases(&self, scale: &Scale, found: &Found) -> Option<Vec<Case>> {
        let values: Vec<f64> = scale.labels().iter().map(|label| label.value).collect::<Option<_>>()?;
        if values != [0.0, 1.0] && values != [1.0, 0.0] {
            return None;
        }
        let [_, judgments] = found.judgments.first()?;
        let examples = &self.setup.learning.validation;
        let cases: Vec<Case> = examples
            .iter()
            .zip(judgments)
            .filter_map(|(example, judgment)| {
                let Given::Verdict { value: Some(value), .. } = judgment.given else { return None };
                let share = |worth: &f64| if *worth >= 1.0 { value } else { 1.0 - value };
                Some(Case {
                    id: example.id.clone(),
                    cluster: Some(example.group.clone()),
                    shares: values.iter().map(share).collect(),
                    truth: example.expected.value?,
                })
            })
            .collect();
        let lies_between = |case: &Case| case.shares.iter().all(|share| *share > 0.0);
        cases.iter().any(lies_between).then_some(cases)
    }
}
