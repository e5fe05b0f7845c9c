//! How a judge is compared with labels: the options, with what and by whom, and how many labels to
//! collect, of which records.

use crate::calibration::{LabelPlan, LabelsBy, Measured, Metric, Page, Pilot, plan, verdicts_of};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;
use crate::signature::Scale;
use crate::stats::Proportion;
use crate::suite::config::Config;
use crate::suite::judges::Suite;
use crate::suite::labels::Labels;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::RunOptions;

/// How a judge is compared with labels. What is `None` or empty stays as evenhand.toml says.
#[derive(Clone, Debug)]
pub struct CalibrateOptions {
    /// How the records are judged. Which of them are skipped is decided by their labels, no reasons are asked for,
    /// and scores stay as the judge gives them, whatever is set here.
    pub run: RunOptions,
    /// The records' fields with the label, one a person; one field may hold a list of several people's labels.
    pub labels: Vec<String>,
    /// The judge, where the suite has several.
    pub judge: Option<String>,
    /// Who labelled.
    pub labels_by: LabelsBy,
    /// An earlier run whose judgments are taken, instead of judging: its folder, or `last`.
    pub from: Option<String>,
    /// Judges the records without a label too: their pass rate is estimated.
    pub unlabelled: bool,
    /// Other runs of the same judge on the same records, for verdicts that flip.
    pub again: Vec<String>,
    /// A run with the two sides of each pair exchanged.
    pub swapped: Option<String>,
    /// A field that records of one origin share: they are not parted in fitting.
    pub cluster: Option<String>,
    /// How much worse than a person the judge may be, with labels of several; 0.2 by default.
    pub epsilon: f64,
    /// What a score correction is chosen by.
    pub metric: Metric,
    /// Tries a threshold (cut points on a scale) and nothing else, by κ: verdicts move, scores stay.
    pub threshold_alone: bool,
    /// Asks three records without content too, and tries the correction by what the judge says to them.
    pub content_free: bool,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        Self {
            run: RunOptions::default(),
            labels: Vec::new(),
            judge: None,
            labels_by: LabelsBy::Human,
            from: None,
            unlabelled: false,
            again: Vec::new(),
            swapped: None,
            cluster: None,
            epsilon: 0.2,
            metric: Metric::default(),
            threshold_alone: false,
            content_free: false,
        }
    }
}

/// What a judge is compared with, and by whom.
pub(super) struct AgainstLabels<'p> {
    pub(super) config: &'p Config,
    pub(super) suite: Suite,
    pub(super) options: CalibrateOptions,
    pub(super) model_config: ModelConfig,
    pub(super) scale: Scale,
    pub(super) fields: Vec<String>,
    pub(super) labels: Labels,
    /// Whether the suite has other judges.
    pub(super) has_others: bool,
}

/// What labels are planned for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LabelPlanOptions {
    /// How many labels there will be; 200 by default.
    pub budget: u64,
    /// Half of the width that the corrected rate's interval should have; 0.05 by default.
    pub half_width: f64,
    /// How many records are judged besides; those without a label by default, or 1000.
    pub judged: Option<u64>,
}

impl Default for LabelPlanOptions {
    fn default() -> Self {
        Self { budget: 200, half_width: 0.05, judged: None }
    }
}

/// Guesses where there are no labels yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LabelGuesses {
    /// The share of good records that the judge passes.
    pub sensitivity: f64,
    /// The share of bad records that it fails.
    pub specificity: f64,
    /// The share of records that are good.
    pub rate: f64,
}

impl LabelGuesses {
    /// The plan by these guesses.
    pub(crate) fn plan(self, options: LabelPlanOptions) -> Result<LabelPlan> {
        let Self { sensitivity, specificity, rate } = self;
        for (flag, share) in [("sensitivity", sensitivity), ("specificity", specificity), ("rate", rate)] {
            if !(0.0..=1.0).contains(&share) {
                let detail = format!("--{flag} {share} is not a share between 0 and 1");
                return Err(Error::new(ErrorKind::Usage, detail));
            }
        }
        let judged_rate = rate * sensitivity + (1.0 - rate) * (1.0 - specificity);
        let judged = options.judged.unwrap_or(1000);
        let pilot = Pilot { sensitivity, specificity, judged_rate, judged };
        Ok(plan(pilot, options.budget, options.half_width))
    }
}

/// The plan by the labels there are.
pub(super) fn by_labels(
    page: &Page,
    outcomes: &[Outcome],
    scale: &Scale,
    options: LabelPlanOptions,
) -> Result<LabelPlan> {
    let few = |why: &str| {
        Error::new(ErrorKind::Dataset, format!("there is no plan by these labels: {why}"))
            .help("guess: --sensitivity S --specificity S --rate R")
    };
    let errors = match &page.errors {
        Measured::Value(errors) => errors,
        Measured::Missing(why) => return Err(few(why)),
    };
    let verdicts = verdicts_of(scale);
    let value = |label: &str| {
        let verdicts = verdicts.as_ref()?;
        let place = verdicts.labels.iter().position(|one| one == label)?;
        verdicts.values.get(place).copied().flatten()
    };
    let passes: Vec<bool> =
        outcomes.iter().filter_map(|outcome| Some(value(&outcome.score()?.label)? >= page.pass_at)).collect();
    let rate = Proportion::of(&passes).rate();
    let without = page.counts.unlabelled + page.counts.unlabelled_not_judged;
    match (errors.sensitivity.rate, errors.specificity.rate, rate) {
        (Some(sensitivity), Some(specificity), Some(judged_rate)) => {
            let judged = options.judged.unwrap_or(if without > 0 { without } else { 1000 });
            let pilot = Pilot { sensitivity, specificity, judged_rate, judged };
            Ok(plan(pilot, options.budget, options.half_width))
        }
        _ => Err(few("no verdict decides")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_that_are_no_shares_make_no_plan() {
        let guesses = |rate| LabelGuesses { sensitivity: 0.9, specificity: 0.8, rate };
        let plan = guesses(0.5).plan(LabelPlanOptions::default()).unwrap();
        assert_eq!((plan.pilot.judged, plan.pilot.sensitivity), (1000, 0.9));
        let error = guesses(1.5).plan(LabelPlanOptions::default()).unwrap_err();
        assert_eq!((error.kind(), error.to_string().contains("rate 1.5")), (ErrorKind::Usage, true));
    }
}
