//! Judging records again that got worse, before they are called worse.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use super::config::Config;
use super::judges::{Asked, Overrides, Suite};
use super::loaded_models::{LoadedModel, LoadedModels, NamedModels, SuiteModels, plain};
use super::run::RunOptions;
use super::shared::{Before, Models, Shared};
use super::{calibrations, subjects};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Event, Journal, Outcome, Panel, Reasons, run as run_plan};
use crate::golden::{Confirm, Confirmation, Diff, Locked, WRONGLY_WORSE, draw};
use crate::judge::{Calibration, Reading};
use crate::model::Model;

/// How records are confirmed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wished {
    most: Confirm,
    flip_rate: Option<f64>,
    temperature: Option<f64>,
}

/// The temperature of draws where neither the suite nor the model says one above 0.
const TEMPERATURE: f64 = 0.7;

impl Wished {
    /// What a suite says: a number of draws; or how often its judge flips, which chooses the number.
    pub(crate) fn of(
        suite: &str,
        confirm: Option<u32>,
        flip_rate: Option<f64>,
        temperature: Option<f64>,
    ) -> Result<Option<Self>> {
        let wrong = |detail: &str, help: &str| {
            Error::new(ErrorKind::Config, format!("suite {suite}: {detail}")).help(help.to_owned())
        };
        let most = match (confirm, flip_rate) {
            (Some(0), _) | (None, None) => return Ok(None),
            (Some(most), _) => Confirm::new(most).ok_or_else(|| {
                wrong("`confirm` is an even number, and votes may tie", "take an odd number, for example 3")
            })?,
            (None, Some(flip_rate)) => Confirm::for_flip_rate(flip_rate, WRONGLY_WORSE).ok_or_else(|| {
                wrong(
                    "no number of draws confirms a judge that flips this often",
                    "lower `flip_rate` to what `evenhand run --repeats 5` measures, or mend the judge",
                )
            })?,
        };
        Ok(Some(Self { most, flip_rate: flip_rate.filter(|_| confirm.is_none()), temperature }))
    }

    /// What a strict policy takes.
    pub(crate) fn strict(most: Confirm, flip_rate: Option<f64>, temperature: Option<f64>) -> Self {
        Self { most, flip_rate, temperature }
    }

    /// The draws' temperature, where the judge's own is not above 0.
    fn temperature(&self, own: Option<f64>) -> Option<f64> {
        let own = own.filter(|own| *own > 0.0);
        self.temperature.or(if own.is_some() { None } else { Some(TEMPERATURE) })
    }
}

/// A run that was compared with locked scores.
pub(crate) struct Checked<'a> {
    /// Its folder.
    pub(crate) folder: &'a Path,
    pub(crate) outcomes: &'a [Outcome],
    /// What was locked.
    pub(crate) golden: &'a [Locked],
    pub(crate) tolerance: f64,
}

/// Judges the records again that got worse, calls those flaky that were not worse again, and tells how it
/// went; `None` where there was nothing to confirm. Every draw is a line in the run's `confirm` folder, and its
/// replies are kept with the run's.
pub(crate) async fn confirm(
    config: &Config,
    suite: &Suite,
    options: &RunOptions,
    shared: &Shared,
    wished: Wished,
    checked: &Checked<'_>,
    diff: &mut Diff,
) -> Result<Option<Confirmation>> {
    let mut confirmation = Confirmation::of(diff, wished.most);
    let judges = NamedModels { subject: None, ..NamedModels::of(suite, config, options)? };
    if judges.judges.is_empty() || confirmation.open().next().is_none() {
        return Ok(None);
    }
    let temperatures: Vec<Option<f64>> = (0..)
        .zip(&judges.judges)
        .map(|(judge, model_config)| wished.temperature(suite.temperature(judge, model_config)))
        .collect();
    confirmation.flip_rate = wished.flip_rate;
    confirmation.temperature = temperatures.first().copied().flatten();
    let loaded = LoadedModels::default().of(judges, config).await?;
    let again = Again { config, suite, options, shared, loaded, temperatures };
    again.refuse_what_never_flips()?;
    again.draw(checked, &mut confirmation).await?;
    confirmation.apply(diff);
    Ok(Some(confirmation))
}

/// Who judges again.
struct Again<'a> {
    config: &'a Config,
    suite: &'a Suite,
    options: &'a RunOptions,
    shared: &'a Shared,
    loaded: SuiteModels,
    /// Each judge's, over its own.
    temperatures: Vec<Option<f64>>,
}

impl Again<'_> {
    fn refuse_what_never_flips(&self) -> Result<()> {
        let asked = self.loaded.asked(self.suite, self.options, None, plain);
        if asked.iter().any(|asked| asked.reading != Reading::Weighted) {
            return Ok(());
        }
        let detail = format!(
            "suite {}: a weighted reading gives the same verdict again, whatever it is",
            self.suite.name
        );
        Err(Error::new(ErrorKind::Config, detail).help("remove `confirm`: there is nothing to confirm"))
    }

    /// A draw of every open record at a time, until none is open.
    async fn draw(&self, checked: &Checked<'_>, confirmation: &mut Confirmation) -> Result<()> {
        let was: BTreeMap<&str, &Locked> =
            checked.golden.iter().map(|locked| (locked.id.as_str(), locked)).collect();
        let none = Before::default();
        let models = Models::new(self.config, self.suite, self.shared, checked.folder, &none, &self.loaded)?;
        let plan = self.suite.plan(self.config, self.loaded.judge_configs(), &Overrides::default())?;
        let panel = self.panel(|loaded| models.model(loaded, plan.judged_at_once))?;
        let mut journal = journal(checked.folder)?;
        let each = self.suite.repeats(self.options.repeats);
        // The run's own requests have the numbers before.
        for round in 1..=confirmation.most.most() {
            let only: HashSet<String> = confirmation.open().map(str::to_owned).collect();
            if only.is_empty() || self.options.stop.is_wished() {
                break;
            }
            let mut plan =
                self.suite.plan(self.config, self.loaded.judge_configs(), &Overrides::default())?;
            plan.only = only;
            plan.repeats = each.saturating_mul(round)..each.saturating_mul(round + 1);
            plan.reasons = Reasons::Never;
            if let Some(kept) = subjects::kept(self.suite.file.outputs.as_ref(), checked.outcomes) {
                plan.subject = kept;
            }
            let records = self.suite.dataset(self.config)?;
            run_plan(&panel, plan, records, Some(&mut journal), &self.options.stop, |event| {
                if let Event::Settled(outcome) = event
                    && let Some(was) = was.get(outcome.id.as_str())
                {
                    confirmation.take(&outcome.id, draw(was, &Locked::of(outcome), checked.tolerance));
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    fn panel(&self, model: impl Fn(&LoadedModel) -> Model) -> Result<Panel> {
        let stored = self.suite.file.calibration.as_ref().map(|path| self.config.path(path));
        let bare = self.suite.panel(&self.asked(None, plain))?;
        let stored = calibrations::stored(stored.as_deref(), &bare)?;
        let calibration = stored.as_ref().and_then(calibrations::map).map(Arc::new);
        self.suite.panel(&self.asked(calibration.as_ref(), model))
    }

    /// The judges, at the temperatures of draws.
    fn asked(
        &self,
        calibration: Option<&Arc<Calibration>>,
        model: impl Fn(&LoadedModel) -> Model,
    ) -> Vec<Asked<'_>> {
        let mut asked = self.loaded.asked(self.suite, self.options, calibration, model);
        for (asked, temperature) in asked.iter_mut().zip(&self.temperatures) {
            asked.temperature = *temperature;
        }
        asked
    }
}

/// The journal of draws, one line each, in the run's folder.
fn journal(run: &Path) -> Result<Journal> {
    let folder = run.join("confirm");
    let head = Journal::head(run)?;
    if folder.join("run.json").exists() {
        return Ok(Journal::resume(&folder, &head, |_| true)?.0);
    }
    Journal::start(&folder, &head)
}
