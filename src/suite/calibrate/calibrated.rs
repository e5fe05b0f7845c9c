//! A judge that was compared with labels, and the calibration that comes of it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::judge::{JudgedRun, asked, earlier, same_judge};
use super::options::{AgainstLabels, LabelPlanOptions, by_labels};
use crate::calibration::{
    CalibrationFile, Fingerprints, LabelPlan, Measured, Options, Origin, Page, PageOptions, cases, page,
    verdicts_of,
};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::Outcome;
use crate::suite::calibrations::fingerprints;
use crate::suite::shell::Exit;
use crate::suite::{calibrations, label, runs};

/// A judge that was compared with labels.
///
/// ```no_run
/// # async fn calibrated() -> evenhand::Result<()> {
/// use evenhand::report::Detail;
/// use evenhand::suite::{CalibrateEnd, CalibrateOptions, Environment, Project};
///
/// let project = Project::open("evenhand.toml", Environment::process())?;
/// let end = project.suite("polite")?.calibrate(CalibrateOptions::default(), |_event| {}).await?;
/// if let CalibrateEnd::Calibrated(calibrated) = end {
///     println!("{}", calibrated.page().text(Detail::Figures));
///     calibrated.write(None)?;
/// }
/// # Ok(())
/// # }
/// ```
pub struct Calibrated<'p> {
    held: AgainstLabels<'p>,
    outcomes: Vec<Outcome>,
    page: Page,
    run: JudgedRun,
    exit: Exit,
}

impl<'p> Calibrated<'p> {
    /// Compares a run's outcomes with the labels.
    pub(super) fn new(
        held: AgainstLabels<'p>,
        run: JudgedRun,
        outcomes: Vec<Outcome>,
        content_free: Option<Vec<f64>>,
        exit: Exit,
    ) -> Result<Self> {
        let page = page_of(&held, &run, &outcomes, content_free)?;
        Ok(Self { held, outcomes, page, run, exit })
    }

    /// How the judge agrees with the labels, and which score correction would bring it closer.
    #[must_use]
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The folder of the run whose judgments these are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.run.folder
    }

    /// How the run ended whose judgments these are; an earlier run that was named has ended well.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// How many labels to collect, and of which records, by the labels there are.
    pub(crate) fn plan(&self, options: LabelPlanOptions) -> Result<LabelPlan> {
        by_labels(&self.page, &self.outcomes, &self.held.scale, options)
    }

    /// Stores the calibration, if there is one and it would hold for the suite as it is: in the file, or else in
    /// `calibration/SUITE.json` beside evenhand.toml. Gives the file.
    ///
    /// # Errors
    /// There is no score correction, the run was judged by another prompt or with other parameters, or the file cannot be written.
    pub fn write(&self, file: Option<&Path>) -> Result<PathBuf> {
        let Self {
            held: AgainstLabels { config, suite, options, scale, labels, model_config, has_others, .. },
            run,
            page,
            ..
        } = self;
        let fitted = match &page.maps {
            Measured::Value(fitted) => fitted.clone(),
            Measured::Missing(why) => {
                return Err(Error::new(
                    ErrorKind::Dataset,
                    format!("there is no calibration to write: {why}"),
                ));
            }
        };
        if *has_others {
            return Err(only_judge(&suite.name));
        }
        let panel = suite.panel(&[asked(&self.outcomes, model_config)])?;
        if panel.fingerprint() != run.head.judge {
            let detail = format!(
                "the run in {} was judged by another prompt or with other parameters",
                run.folder.display()
            );
            return Err(Error::new(ErrorKind::Journal, detail)
                .help("what is written would not hold for the suite as it is: judge again, without --from"));
        }
        let (Some(now), Some(verdicts)) = (fingerprints(&panel), verdicts_of(scale)) else {
            return Err(Error::new(
                ErrorKind::Internal,
                "a page with corrections is of one judge and its verdicts",
            ));
        };
        let origin = Origin {
            suite: suite.name.clone(),
            dataset: runs::hash(&config.path(&suite.file.dataset))?,
            label_field: page.label_field.clone(),
            labels_by: options.labels_by,
        };
        let cases = cases(&self.outcomes, scale, &labels.clusters);
        let now = Fingerprints { model: run.head.model.clone(), ..now };
        let stored = CalibrationFile::new(now, origin, verdicts, &cases, fitted);
        let path = file.map_or_else(|| calibrations::default_path(config, &suite.name), Path::to_owned);
        calibrations::store(&path, &stored)?;
        Ok(path)
    }
}

/// A suite's score correction is its only judge's.
pub(crate) fn only_judge(suite: &str) -> Error {
    let detail = format!("suite {suite} has several judges, and a score correction is for an only one");
    Error::new(ErrorKind::Config, detail).help("make a suite of that judge alone, and calibrate it there")
}

fn page_of(
    held: &AgainstLabels<'_>,
    run: &JudgedRun,
    outcomes: &[Outcome],
    content_free: Option<Vec<f64>>,
) -> Result<Page> {
    let AgainstLabels { config, suite, options, labels, model_config, .. } = held;
    let read = |name: &String| earlier(config, suite, name)?.outcomes();
    let again = |name: &String| same_judge(earlier(config, suite, name)?, run)?.outcomes();
    let judged: HashSet<&str> = outcomes.iter().map(|outcome| outcome.id.as_str()).collect();
    let missing = labels.unlabelled().filter(|id| !judged.contains(id.as_str())).count() as u64;
    let fit = Options { metric: options.metric, content_free, ..Options::default() };
    let fit = if options.threshold_alone { fit.threshold_alone() } else { fit };
    let options = PageOptions {
        suite: suite.name.clone(),
        signature: suite.panel(&[asked(outcomes, model_config)])?.title(),
        model: run.head.model.clone(),
        label_field: held.fields.join(", "),
        labels_by: options.labels_by,
        pass_at: suite.file.pass_at.unwrap_or(0.5),
        people: labels.people.clone(),
        clusters: labels.clusters.clone(),
        again: options.again.iter().map(again).collect::<Result<_>>()?,
        swapped: options.swapped.as_ref().map(read).transpose()?,
        epsilon: options.epsilon,
        price: model_config.price().filter(|_| model_config.full_name() == run.head.model),
        unlabelled_not_judged: missing.saturating_sub(labels.ties),
        ties: labels.ties,
        weights: label::weights(suite, config, &options.labels)?,
        fit,
    };
    Ok(page(outcomes, &held.scale, &options))
}
