//! A judge outside of any suite: opened once, and asked about many records. The Python package is made of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::config::{BudgetFile, Config, Folders, Missing, load, parse};
use super::environment::Environment;
use super::judges::model_options;
use super::loaded_models::LoadedModels;
use super::missing::{all_here, missing};
use super::model_config::ModelConfig;
use super::run::{CacheUse, RunOptions, Spending};
use super::shared::Shared;
use super::worker_share::WorkerShare;
use super::{shared, signatures};
use crate::answer::{Contract, parse as parse_answer};
use crate::data::{DataFault, Record};
use crate::error::Result;
use crate::eval::{
    Ended, Event, Mapping, OnFault, Outcome, Panel, Plan, Reasons, RecordFields, Settled, Stop,
    TrajectoryField, run,
};
use crate::golden::in_ci;
use crate::judge::{
    Aggregation, AnswerLabels, AnswerOrders, Attempt, Judge, JudgeOptions, Purpose, Reading, Reason,
    StrategyChoice, Unscored,
};
use crate::model::{
    ConcurrencyLimiter, Model, ModelOptions, RecordedTimes, Recorder, RunParts, SharedReplies,
};
use crate::signature::Spec;

/// What a judge is asked.
#[derive(Clone, Debug)]
pub enum SignatureSource {
    /// A bundled signature, one in the project's `signatures/`, or a file.
    Named(String),
    /// A signature's own text, with the name that stands for its file in messages.
    Text {
        /// As in a signature file.
        text: String,
        /// The name in messages.
        name: String,
    },
}

/// A judge before it is opened.
#[derive(Clone, Debug)]
pub struct JudgeSetup {
    /// What it is asked.
    pub signature: SignatureSource,
    /// The evenhand.toml whose roles, prices and budget count; none without one.
    pub project: Option<PathBuf>,
    /// Without a project: `[models.judge]` as evenhand.toml would say it.
    pub config: String,
    /// The model that judges: a role, or PROVIDER/NAME. Without one, the default.
    pub model: Option<String>,
    /// How verdicts are read; as is usual with the model by default.
    pub reading: Option<Reading>,
    /// How the question is asked.
    pub strategy: StrategyChoice,
    /// How a rubric's criteria become one score.
    pub aggregation: Aggregation,
    /// How many draws a sampled reading takes; 20 by default.
    pub samples: Option<u32>,
    /// How often an invalid answer is asked for again; 3 by default.
    pub retries: Option<u32>,
    /// The most calls at the same time.
    pub parallel: Option<usize>,
    /// Whether reasons are asked for where a verdict has none.
    pub reasons: Reasons,
    /// The folder of the cache; none without one.
    pub cache: Option<PathBuf>,
    /// A file of recorded replies that answers in the model's place. Where `EVENHAND_RECORD` is set to anything, and not
    /// in CI, the model is asked, and its replies are recorded anew.
    pub recording: Option<PathBuf>,
    /// A folder of replies that several workers share: no reply in it is paid for again.
    pub replies: Option<PathBuf>,
    /// How many workers share the limits. Each takes its share of the calls at the same time, of the requests and
    /// tokens a minute, at least 1, and of the budget, rounded down.
    pub workers: u32,
    /// In which orders a weighted reading lists the possible answers; in the scale's own by default.
    pub orders: AnswerOrders,
    /// What stands for the possible answers: themselves by default.
    pub answer_labels: AnswerLabels,
    /// From the signature's inputs to the records' fields, where the names differ.
    pub fields: BTreeMap<String, String>,
    /// The record's field that holds its label, if any.
    pub label: Option<String>,
    /// What may be spent, by all that it judges.
    pub budget: Spending,
    /// Variables, and who hears messages.
    pub environment: Environment,
}

/// A record that was judged.
#[derive(Clone, Debug)]
pub struct JudgedRecord {
    /// What came of it. Its id is the record's place, from 0.
    pub outcome: Outcome,
    /// The reply that the verdict stands in, by output; `None` where there is none, or several make the verdict.
    pub answer: Option<Value>,
}

/// A judge that was opened.
#[derive(Debug)]
pub struct OpenJudge {
    panel: Panel,
    mapping: Mapping,
    reasons: Reasons,
    parallel: usize,
    contract: Option<Contract>,
    model: String,
    replies: Option<Arc<SharedReplies>>,
    label: Option<String>,
}

impl OpenJudge {
    /// Opens a judge. An embedded model is loaded; a server is not asked yet.
    ///
    /// # Errors
    /// The signature, the project, the model or a setting cannot be used.
    pub async fn open(setup: JudgeSetup) -> Result<Self> {
        let config = configuration(&setup)?;
        let spec = signature(&setup.signature, &config)?;
        let model_config = ModelConfig::new(setup.model.as_deref(), &config)?
            .answered_from(setup.recording.clone().filter(|_| !records(&setup)));
        all_here(&missing(model_config.in_catalogue(), &config).await?, &config)?;
        let model_name = model_config.full_name();
        let share = WorkerShare { workers: setup.workers };
        let parallel = share.of_count(setup.parallel.unwrap_or_else(|| model_config.calls_at_once(None)));
        let budget = shared::of_worker(&config, setup.budget, share)?;
        shared::check_price(&model_config, BudgetFile::default(), budget.as_deref())?;
        let mut models = LoadedModels::default();
        let loaded = models.take(model_config, &config).await?;
        let reading = setup.reading.unwrap_or(loaded.opened.reading);
        let replies = setup.replies.as_deref().map(SharedReplies::open).transpose()?.map(Arc::new);
        let limiter = share.limits(&loaded.model_config, parallel);
        let parts = RunParts {
            log: replies.as_ref().map(|replies| replies.own()),
            shared: replies.clone(),
            limiter: Some(Arc::new(ConcurrencyLimiter::new(limiter))),
            ..parts(&setup, &config, &loaded.model_config)?
        };
        let options = ModelOptions {
            budgets: budget.into_iter().collect(),
            concurrency: parallel,
            ..model_options(&loaded.model_config)
        };
        let model = Model::of_run(loaded.opened.provider, options, parts);
        let usual = JudgeOptions::default();
        let options = JudgeOptions {
            reading,
            strategy: setup.strategy,
            aggregation: setup.aggregation,
            retries: setup.retries.unwrap_or(usual.retries),
            samples: setup.samples.unwrap_or(usual.samples),
            orders: setup.orders,
            answer_labels: setup.answer_labels,
            parameters: loaded.model_config.parameters(reading),
            ..usual
        };
        let contract =
            (reading == Reading::Text).then(|| Contract::new(&spec.output_schema()).ok()).flatten();
        let panel = Panel::from(Judge::new(spec, model, options)?);
        let mapping = Mapping { fields: setup.fields, ..Mapping::default() };
        Ok(Self {
            panel,
            mapping,
            reasons: setup.reasons,
            parallel: parallel.max(1),
            contract,
            model: model_name,
            replies,
            label: setup.label,
        })
    }

    /// The model, `PROVIDER/NAME`, also where recorded replies stand for it.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The judge itself.
    #[must_use]
    pub fn judge(&self) -> Option<&Judge> {
        self.panel.alone()
    }

    /// Judges records. Gives one for each, in their order: a record that cannot be judged is unscored, with a reason.
    /// `settled` hears of each as it comes.
    ///
    /// # Errors
    /// A fault of the library's own.
    pub async fn judge_all(
        &self,
        records: Vec<Map<String, Value>>,
        stop: &Stop,
        mut settled: impl FnMut(),
    ) -> Result<Vec<JudgedRecord>> {
        let wanted = records.len();
        if let Some(replies) = &self.replies {
            replies.look()?;
        }
        let plan = Plan {
            mapping: self.mapping.clone(),
            label: self.label.clone(),
            place: self.place(&records),
            concurrency: self.parallel,
            reasons: self.reasons,
            on_fault: OnFault::Skip,
            ..Plan::default()
        };
        let mut outcomes: Vec<Option<Outcome>> = vec![None; wanted];
        let mut faults: BTreeMap<usize, DataFault> = BTreeMap::new();
        let records = records.into_iter().zip(0_u64..);
        let records =
            records.map(|(fields, place)| Ok(Record { id: place.to_string(), line: place, fields }));
        let listen = |event: Event<'_>| {
            match event {
                Event::Settled(outcome) => {
                    let place = outcome.id.parse().ok().and_then(|place: usize| outcomes.get_mut(place));
                    if let Some(slot) = place {
                        *slot = Some(outcome.clone());
                    }
                }
                Event::Skipped(fault) => {
                    faults.insert(usize::try_from(fault.line).unwrap_or(usize::MAX), fault.clone());
                }
            }
            settled();
            Ok(())
        };
        let (ended, _) = run(&self.panel, plan, records, None, stop, listen).await?;
        let each = outcomes.into_iter().enumerate().map(|(place, outcome)| {
            let outcome = outcome.unwrap_or_else(|| self.unscored(place, faults.get(&place), &ended));
            JudgedRecord { answer: self.answer(&outcome), outcome }
        });
        Ok(each.collect())
    }

    /// An agent's run, a list or an object or JSON text, is shown as its steps, as a suite with `trajectory` shows it.
    fn place(&self, records: &[Map<String, Value>]) -> RecordFields {
        const INPUT: &str = "trajectory";
        let takes_one =
            self.judge().is_some_and(|judge| judge.spec().inputs.iter().any(|field| field.name == INPUT));
        let field = self.mapping.fields.get(INPUT).map_or(INPUT, String::as_str);
        let is_run = |value: &Value| match value {
            Value::Array(_) | Value::Object(_) => true,
            Value::String(text) => text.trim_start().starts_with(['{', '[']),
            _ => false,
        };
        let is_run = takes_one && records.iter().filter_map(|fields| fields.get(field)).any(is_run);
        let place = || TrajectoryField { field: field.to_owned(), ..TrajectoryField::default() };
        RecordFields { output: None, trajectory: is_run.then(place) }
    }

    /// A record that nobody was asked about.
    fn unscored(&self, place: usize, fault: Option<&DataFault>, ended: &Ended) -> Outcome {
        let unscored = match (fault, ended) {
            (Some(fault), _) => Unscored::new(Reason::Subject, fault.problem.clone()),
            (None, Ended::StoppedEarly(why)) => Unscored::new(
                Reason::Cancelled,
                format!("not asked, since every call fails the same way: {why}"),
            ),
            (None, _) => Unscored::new(Reason::Cancelled, "not asked, since it was interrupted"),
        };
        Outcome {
            id: place.to_string(),
            index: place as u64,
            tags: Vec::new(),
            model: self.panel.model().into_owned(),
            reading: self.panel.reading(),
            calibration: None,
            expected: None,
            group: None,
            subject: None,
            cut: None,
            checks: Vec::new(),
            orders: Vec::new(),
            routes: Vec::new(),
            result: Settled::Unscored(unscored),
            repeats: Vec::new(),
            attempts: Vec::new(),
            elapsed_ms: 0.0,
        }
    }

    /// The reply that the verdict stands in, as it was read. Of a pair it is the one in the record's own order.
    fn answer(&self, outcome: &Outcome) -> Option<Value> {
        let (contract, score) = (self.contract.as_ref()?, outcome.score()?);
        let scale = self.judge()?.spec().scale.as_ref()?;
        let is_verdict = |attempt: &&Attempt| {
            attempt.purpose != Purpose::Reasons
                && attempt.part.is_none()
                && attempt.order.as_deref() != Some("exchanged")
        };
        outcome.attempts.iter().rev().filter(is_verdict).find_map(|attempt| {
            let answer = parse_answer(&attempt.response.as_ref()?.text, contract).ok()?;
            let (label, _) = scale.read(&answer.value)?;
            (label == score.label).then_some(answer.value)
        })
    }
}

fn configuration(setup: &JudgeSetup) -> Result<Config> {
    let folders = Folders {
        config: setup.project.clone(),
        state_dir: setup.cache.clone(),
        models_dir: None,
        missing: Missing::Refuse,
        environment: setup.environment.clone(),
    };
    if setup.project.is_some() {
        load(&folders)
    } else {
        parse(&setup.config, "the judge's settings", &folders)
    }
}

fn signature(source: &SignatureSource, config: &Config) -> Result<Spec> {
    match source {
        SignatureSource::Named(name) => signatures::find(name, config),
        SignatureSource::Text { text, name } => Spec::parse(text, name),
    }
}

fn parts(setup: &JudgeSetup, config: &Config, model_config: &ModelConfig) -> Result<RunParts> {
    let cache = if setup.cache.is_some() { CacheUse::Use } else { CacheUse::Ignore };
    let shared = Shared::new(config, &RunOptions { cache, ..RunOptions::default() })?;
    let recorder = setup.recording.as_ref().filter(|_| records(setup));
    let recorder = recorder.map(|path| Recorder::create(path, RecordedTimes::Drop)).transpose()?;
    Ok(RunParts {
        cache: shared.cache(config, model_config),
        recorders: recorder.into_iter().map(Arc::new).collect(),
        ..RunParts::default()
    })
}

/// Whether replies are recorded anew.
fn records(setup: &JudgeSetup) -> bool {
    let wished = setup.environment.text("EVENHAND_RECORD").is_some();
    wished && !in_ci(|name| setup.environment.variable(name))
}
