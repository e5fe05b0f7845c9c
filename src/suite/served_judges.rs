//! The judges of suites, kept ready for single questions: what `evenhand serve` answers with.

use super::config::Config;
use super::judges::{Overrides, Suite};
use super::loaded_models::{LoadedModel, LoadedModels, NamedModels};
use super::missing::missing;
use super::prospect::{Prospect, prospect};
use super::repeats;
use super::run::RunOptions;
pub(crate) use super::served_judge::{Found, NoVerdict, Probabilities, ServedJudge, ServedQuestion};
use super::shared::{self, Models, Shared};
use crate::error::{Error, ErrorKind, Result};
use crate::model::catalogue::CatalogueEntry;

/// A suite whose judges answer.
#[derive(Debug)]
pub(crate) struct ServedSuite {
    pub(crate) name: String,
    /// What it is, in a line for a list of models.
    pub(crate) description: String,
    pub(crate) judges: Vec<ServedJudge>,
}

/// The models that suites need, before anything is loaded.
pub(crate) fn named(
    suites: &[Suite],
    config: &Config,
    options: &RunOptions,
    shared: &Shared,
) -> Result<Vec<NamedModels>> {
    let one = |suite: &Suite| {
        if !suite.has_judges() {
            let detail = format!("suite {} has checks alone, and no judge to answer", suite.name);
            return Err(Error::new(ErrorKind::Usage, detail).help("name a suite with a signature"));
        }
        // Outputs come with the questions: nothing makes them here.
        let named = NamedModels { subject: None, ..NamedModels::of(suite, config, options)? };
        for model_config in named.all() {
            shared::check_price(model_config, suite.file.budget, shared.budget.as_deref())?;
        }
        Ok(named)
    };
    suites.iter().map(one).collect()
}

/// The embedded models among them that are not on this machine.
pub(crate) async fn not_here(named: &[NamedModels], config: &Config) -> Result<Vec<&'static CatalogueEntry>> {
    missing(named.iter().flat_map(NamedModels::all).filter_map(|model| model.in_catalogue()), config).await
}

/// Makes the judges of suites ready.
pub(crate) async fn open(
    suites: &[Suite],
    named: Vec<NamedModels>,
    config: &Config,
    options: &RunOptions,
    shared: &Shared,
) -> Result<Vec<ServedSuite>> {
    let mut served = Vec::new();
    for (suite, named) in suites.iter().zip(named) {
        let loaded = LoadedModels::default().of(named, config).await?;
        let Prospect { plan, calibration, .. } =
            prospect(config, suite, &loaded, options, &Overrides::default())?;
        let models = Models::unkept(config, suite, shared)?;
        let model = |loaded: &LoadedModel| models.model(loaded, plan.judged_at_once);
        let panel = suite.panel(&loaded.asked(suite, options, calibration.as_ref(), model))?;
        let mut description = format!("suite {} of evenhand, judged by {}", suite.name, panel.model());
        if let Some(calibration) = &calibration {
            description += &format!(", calibrated ({})", calibration.name);
        }
        let repeats = repeats::of_judges(&plan, &panel);
        let judges = panel.judges.into_iter().map(|member| ServedJudge::new(member, &plan, repeats));
        let judges: Vec<ServedJudge> = judges.collect::<Result<_>>()?;
        for note in judges.iter().filter_map(ServedJudge::note) {
            if !description.ends_with(&note) {
                description += &note;
            }
        }
        served.push(ServedSuite { name: suite.name.clone(), description, judges });
    }
    Ok(served)
}
