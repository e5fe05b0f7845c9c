//! The threshold that suits the chosen prompt, as a calibration of the suite.

use std::path::PathBuf;

use super::data::label_field;
use super::earlier::{CALIBRATION, Finished};
use super::folder::TuneFolder;
use super::request::StoreThreshold;
use super::work::Work;
use crate::calibration::{
    CalibrationFile, Case, Fitted, LabelsBy, MapDecision, Options, Origin, Verdicts, fit, verdicts_of,
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
    /// that stays, and keeps it in the tuning's folder where its gain holds on unseen labels; or says why not.
    pub(super) fn keep_threshold(
        &self,
        spec: &Spec,
        found: &Found,
        model: &Model,
        folder: &TuneFolder,
    ) -> Result<Result<(), String>> {
        match self.place(spec, found) {
            Ok(placed) => {
                let stored = self.calibration(placed, spec, found, model)?;
                calibrations::store(&folder.path.join(CALIBRATION), &stored).map(Ok)
            }
            Err(why) => {
                folder.remove(CALIBRATION);
                Ok(Err(why))
            }
        }
    }

    /// Writes the kept threshold where it was asked for, and gives its file.
    pub(super) fn write_threshold(
        &self,
        finished: &Finished,
        kept: Result<(), String>,
    ) -> Result<Option<PathBuf>> {
        let path = match &self.request.store_threshold {
            StoreThreshold::No => return Ok(None),
            StoreThreshold::Beside => calibrations::default_path(self.config, &self.suite.name),
            StoreThreshold::File(file) => file.clone(),
        };
        let environment = &self.config.environment;
        if let Err(why) = kept {
            environment.tell(&format!("no threshold is stored: {why}"));
            return Ok(None);
        }
        finished.write_calibration(&path)?;
        environment.tell(&finished.use_calibration(&path));
        Ok(Some(path))
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
        if fitted.decision != MapDecision::Kept {
            return Err(fitted.decision.to_string());
        }
        Ok(Placed { verdicts, cases, fitted })
    }

    fn calibration(
        &self,
        placed: Placed,
        spec: &Spec,
        found: &Found,
        model: &Model,
    ) -> Result<CalibrationFile> {
        let Self { suite, setup, .. } = self;
        let winner = found.standings.get(found.best).filter(|_| found.best > 0);
        let asked =
            winner.map_or_else(|| spec.clone(), |standing| standing.candidate.apply(spec, &self.pool(spec)));
        let judge = Judge::new(asked, model.clone(), setup.judge.options().clone())?;
        let now = fingerprints(&Panel::from(judge))
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a panel of one judge has fingerprints"))?;
        let origin = Origin {
            suite: suite.name.clone(),
            dataset: self.head.dataset.clone(),
            label_field: label_field(suite, self.request)?,
            labels_by: LabelsBy::Human,
        };
        let Placed { verdicts, cases, fitted } = placed;
        Ok(CalibrationFile::new(now, origin, verdicts, &cases, fitted))
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
                    weight: 1.0,
                })
            })
            .collect();
        let lies_between = |case: &Case| case.shares.iter().all(|share| *share > 0.0);
        cases.iter().any(lies_between).then_some(cases)
    }
}
