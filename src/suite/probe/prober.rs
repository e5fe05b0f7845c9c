//! A judge before it is probed: which probes say something about it, which versions of its question they ask, and what
//! that takes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::judge::inputs;
use super::options::ProbeOptions;
use super::rewriting::request;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, Plan, Rewrite, survey};
use crate::model::catalogue::CatalogueEntry;
use crate::probe::{Applied, Judged, LeftOut, ProbeName, Rewritten, Version, aim, versions};
use crate::report::count_of;
use crate::signature::{Pair, Scale, Spec};
use crate::suite::config::{Config, SuiteFile};
use crate::suite::estimate::{CallForecast, Forecast, forecast_changed, forecast_requests};
use crate::suite::judges::Suite;
use crate::suite::loaded_models::NamedModels;
use crate::suite::missing::missing;
use crate::suite::model_config::ModelConfig;
use crate::suite::prospect::{Prospect, prospect};
use crate::suite::shared::{Shared, check_price};
use crate::suite::turns::nothing;

/// A judge before it is probed.
pub(crate) struct Prober<'p> {
    pub(super) config: &'p Config,
    /// The suite as evenhand.toml has it.
    whole: Suite,
    /// The same with the judge alone.
    pub(super) suite: Suite,
    pub(super) options: ProbeOptions,
    pub(super) models: NamedModels,
    /// The model that rewrites the instruction.
    pub(super) writer: Option<ModelConfig>,
    pub(super) spec: Spec,
    /// The judged input; of a pair both.
    pub(super) inputs: Vec<String>,
    /// The probes that say something about the judge, with their versions.
    pub(super) wanted: Vec<(ProbeName, Vec<Version>)>,
    pub(super) left_out: Vec<LeftOut>,
    /// How many records there are.
    pub(super) records: u64,
    pub(super) shared: Shared,
}

impl<'p> Prober<'p> {
    /// Reads all that is needed, without a model.
    pub(crate) fn new(config: &'p Config, whole: Suite, mut options: ProbeOptions) -> Result<Self> {
        (options.run.uncalibrated, options.run.repeats, options.run.explain) = (true, None, Some(0));
        let suite = whole.with_one_judge(options.judge.as_deref(), &options.run, config)?;
        let shared = Shared::new(config, &options.run)?;
        let models = named(&suite, config, &options)?;
        let writer = writer(config, &options)?;
        for model_config in models.all().chain(&writer) {
            check_price(model_config, suite.file.budget, shared.budget.as_deref())?;
        }
        let silent = models.clone().silent(config)?;
        let Prospect { mut plan, panel, .. } =
            prospect(config, &suite, &silent, &options.run, &shared.overrides)?;
        plan.label = None;
        let survey = survey(&panel, &plan, suite.dataset(config)?)?;
        let records = survey.records;
        if records == 0 {
            return Err(nothing(&suite, &options.run, &plan.dataset, survey.fitted_on));
        }
        let Some(spec) = panel.alone().map(|judge| judge.spec().clone()) else {
            return Err(Error::new(ErrorKind::Internal, "a probed suite has one judge"));
        };
        let judged_inputs = inputs(&suite.file, &plan, &spec)?;
        check_lists(&suite.file, &spec)?;
        let (wanted, left_out) = chosen(&suite, &panel, &spec, judged_inputs.clone(), &options);
        let inputs = judged_inputs.unwrap_or_default();
        Ok(Self {
            config,
            whole,
            suite,
            options,
            models,
            writer,
            spec,
            inputs,
            wanted,
            left_out,
            records,
            shared,
        })
    }

    /// The embedded models that are needed and that are not here.
    pub(crate) async fn missing(&self) -> Result<Vec<&'static CatalogueEntry>> {
        missing(self.models.all().chain(&self.writer).filter_map(ModelConfig::in_catalogue), self.config)
            .await
    }

    /// How many verdicts are asked for at most.
    pub(super) fn verdicts(&self) -> u64 {
        let versions: usize = self.wanted.iter().map(|(_, versions)| versions.len()).sum();
        self.records * (1 + u64::from(self.options.controls) + versions as u64)
    }

    /// What it takes, without asking anything. The verdict that a text asks for is taken to be the best one.
    pub(crate) async fn forecast(&self) -> Result<Forecast> {
        let mut all: Option<Forecast> = None;
        for number in 0..=self.options.controls {
            let again = |plan: &mut Plan| repeat(plan, number);
            all = Some(added(all, self.reckoned(&self.suite, again).await?));
        }
        for version in self.wanted.iter().flat_map(|(_, versions)| versions) {
            let (suite, rewritten) = self.changed(version, BTreeMap::new())?;
            let suite = suite.as_ref().unwrap_or(&self.suite);
            let change = |plan: &mut Plan| {
                repeat(plan, 0);
                plan.rewrite = rewritten;
            };
            all = Some(added(all, self.reckoned(suite, change).await?));
        }
        let mut all = all.unwrap_or_default();
        if let Some(written) = self.written_forecast().await? {
            all.calls = all.calls.and(written);
            all.least_calls += written.calls;
        }
        Ok(all)
    }

    /// What the rewritings take.
    async fn written_forecast(&self) -> Result<Option<CallForecast>> {
        let is_wanted = self.wanted.iter().any(|(probe, _)| *probe == ProbeName::Paraphrase);
        let Some(writer) = self.writer.as_ref().filter(|_| is_wanted) else { return Ok(None) };
        let requests = (0..self.options.paraphrases as usize)
            .map(|number| request(&self.spec.instruction, number, writer));
        let calls = forecast_requests(self.config, writer, &self.options.run, requests).await?;
        self.config.environment.tell(&format!(
            "paraphrases: {} to {}, made first and counted",
            count_of(calls.calls, "call"),
            writer.full_name()
        ));
        Ok(Some(calls))
    }

    async fn reckoned(&self, suite: &Suite, change: impl FnOnce(&mut Plan)) -> Result<Forecast> {
        forecast_changed(self.config, suite, &self.options.run, &self.shared.overrides, change).await
    }

    /// The suite with a version of the question, or the change of what is judged.
    pub(super) fn changed(
        &self,
        version: &Version,
        aims: BTreeMap<String, crate::probe::Aim>,
    ) -> Result<Changed> {
        match version.change.of(&self.spec) {
            Applied::Nowhere => Ok((None, None)),
            Applied::Text(change) => {
                let usual = self.aim(("", None));
                let rewritten = Rewritten { change, inputs: self.inputs.clone(), aims, usual };
                Ok((None, Some(Arc::new(rewritten))))
            }
            Applied::List(order) => Ok((None, Some(Arc::new(order)))),
            Applied::Spec(_) => {
                let judge = self.options.judge.as_deref();
                let mut suite = self.whole.with_one_judge(judge, &self.options.run, self.config)?;
                suite.respecify(|spec| {
                    if let Applied::Spec(changed) = version.change.of(spec) {
                        *spec = *changed;
                    }
                });
                Ok((Some(suite), None))
            }
        }
    }

    /// What a text asks for, whose verdict is this one.
    pub(super) fn aim(&self, verdict: (&str, Option<f64>)) -> crate::probe::Aim {
        let none =
            Scale { field: "verdict".to_owned(), kind: crate::signature::ScaleKind::Labels(Vec::new()) };
        aim(self.spec.scale.as_ref().unwrap_or(&none), self.pair(), &self.inputs, verdict)
    }

    pub(super) fn pair(&self) -> Option<&Pair> {
        self.spec.pair.as_ref()
    }
}

/// The suite with a version of the question, or the change of what is judged; neither where it changes nothing.
pub(super) type Changed = (Option<Suite>, Option<Arc<dyn Rewrite>>);

/// Asks once, as the time of this number.
pub(super) fn repeat(plan: &mut Plan, number: u32) {
    plan.label = None;
    plan.repeats = number..number.saturating_add(1);
}

fn added(all: Option<Forecast>, one: Forecast) -> Forecast {
    let Some(all) = all else { return one };
    let seconds = all.calls.seconds.zip(one.calls.seconds).map(|(all, one)| all + one);
    let measured_calls = one.calls.measured_calls;
    let mut calls = all.calls.and(one.calls);
    // One version is asked after the other, and all are reckoned from the same calls of before.
    (calls.seconds, calls.measured_calls) = (seconds, measured_calls);
    let least_calls = all.least_calls + one.least_calls;
    Forecast { calls, least_calls, models: Vec::new(), ..all }
}

/// The model that rewrites the instruction, answered for by a recording where the options say so.
fn writer(config: &Config, options: &ProbeOptions) -> Result<Option<ModelConfig>> {
    let Some(name) = &options.paraphrase_model else { return Ok(None) };
    let writer = ModelConfig::new(Some(name), config)?;
    if writer.decision_limits().is_some() {
        let detail = format!("{} gives probabilities and writes nothing", writer.full_name());
        return Err(Error::new(ErrorKind::Usage, detail).help("name a model that writes text"));
    }
    Ok(Some(writer.answered_from(options.replay.clone())))
}

/// A list whose order must not matter is an input that is a list.
fn check_lists(suite: &SuiteFile, spec: &Spec) -> Result<()> {
    let is_list = |name: &String| {
        let field = spec.inputs.iter().find(|field| field.name == *name);
        field.is_some_and(|field| match field.schema.get("type") {
            Some(serde_json::Value::Array(kinds)) => kinds.iter().any(|kind| kind == "array"),
            kind => kind.is_some_and(|kind| kind == "array"),
        })
    };
    let Some(name) = suite.probes.lists.iter().find(|name| !is_list(name)) else { return Ok(()) };
    let detail = format!("`probes.lists` names \"{name}\", and signature `{}` has no such list", spec.name);
    let help = "name inputs of `type = \"array\"`";
    Err(Error::new(ErrorKind::Config, detail).help(help))
}

fn named(suite: &Suite, config: &Config, options: &ProbeOptions) -> Result<NamedModels> {
    let NamedModels { judges, subject } = NamedModels::of(suite, config, &options.run)?;
    let answered = |model_config: ModelConfig| match &options.replay {
        Some(recording) => model_config.answered_from(Some(recording.clone())),
        None => model_config,
    };
    Ok(NamedModels { judges: judges.into_iter().map(answered).collect(), subject: subject.map(answered) })
}

/// The probes that say something about a judge, and those that do not and why.
fn chosen(
    suite: &Suite,
    panel: &Panel,
    spec: &Spec,
    inputs: std::result::Result<Vec<String>, String>,
    options: &ProbeOptions,
) -> (Vec<(ProbeName, Vec<Version>)>, Vec<LeftOut>) {
    let models = panel.models();
    let model = match models.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let is_each =
        |member: &crate::eval::Member| member.judge.options().asks_by_criterion(member.judge.spec());
    let judged = Judged {
        spec,
        is_holistic: !panel.judges.iter().any(is_each),
        inputs,
        model,
        paraphrases: &suite.file.probes.paraphrases,
        lists: &suite.file.probes.lists,
        to_write: options.paraphrase_model.as_ref().map(|_| options.paraphrases as usize),
        orders: options.orders as usize,
        seed: options.seed,
    };
    let (mut wanted, mut left_out) = (Vec::new(), Vec::new());
    for probe in ProbeName::ALL {
        let is_named = options.probes.contains(&probe);
        if !options.probes.is_empty() && !is_named {
            continue;
        }
        // Few suites have such a list: where none is named, nothing is said of it unasked.
        if probe == ProbeName::Lists && suite.file.probes.lists.is_empty() && !is_named {
            continue;
        }
        match versions(probe, &judged) {
            Ok(versions) => wanted.push((probe, versions)),
            Err(why) => left_out.push(LeftOut { probe, why }),
        }
    }
    (wanted, left_out)
}
