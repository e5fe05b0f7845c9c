//! From a suite of `evenhand.toml` to a panel and a plan.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::config::{CascadeTable, Config, JuryTable, RankingTable, SuiteFile};
use super::model_config::ModelConfig;
use super::own_settings::AskedSeat;
use super::run::RunOptions;
use super::say::{Part, judges_have_a_say};
use super::seats::{Seat, seats};
use super::subjects::{INTO, Means};
use super::{label, signatures, subjects};
use crate::check::{Check, CheckFile};
use crate::data::{Dataset, Filter, IdSet, Layout};
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Mapping, Member, Panel, Plan, Reasons, RecordFields, TrajectoryField};
use crate::judge::{AnswerOrders, Calibration, Judge, JudgeOptions, Reading};
use crate::model::{Model, ModelOptions, Retry};
use crate::signature::Spec;
use crate::summary::Ranking;
use crate::trajectory::CutRule;

/// A suite with everything that is read from files, but without its model.
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) file: SuiteFile,
    /// The text of each input that is the same for every record.
    pub(crate) given: BTreeMap<String, String>,
    pub(super) judges: Vec<Seat>,
    pub(super) checks: Vec<(String, CheckFile)>,
    /// Records that are left to the checks it had, where it is a suite with one judge alone.
    pub(super) decided: IdSet,
}

/// Who is asked: a model, how it was named, and how its verdicts are read.
#[derive(Clone)]
pub(crate) struct Asked<'a> {
    pub(crate) model: Model,
    pub(crate) model_config: &'a ModelConfig,
    pub(crate) reading: Reading,
    /// The score correction that the judge's scores go through.
    pub(crate) calibration: Option<Arc<Calibration>>,
    /// How many draws a sampled reading takes, where the command line says.
    pub(crate) samples: Option<u32>,
    /// How answers are listed, where the command line says.
    pub(crate) orders: Option<AnswerOrders>,
    /// The temperature, over what judge and model say.
    pub(crate) temperature: Option<f64>,
}

impl<'a> Asked<'a> {
    /// A model that nobody calibrated, asked as it is usual.
    pub(crate) fn plainly(model: Model, model_config: &'a ModelConfig, reading: Reading) -> Self {
        Self {
            model,
            model_config,
            reading,
            calibration: None,
            samples: None,
            orders: None,
            temperature: None,
        }
    }
}

/// What the command line says over what the suite says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) filters: Vec<Filter>,
    pub(crate) limit: Option<u64>,
    pub(crate) concurrency: Option<usize>,
    pub(crate) explain: Option<usize>,
    pub(crate) repeats: Option<u32>,
}

impl Overrides {
    pub(crate) fn of(options: &RunOptions) -> Result<Self> {
        Ok(Self {
            filters: options.filters()?,
            limit: options.limit,
            concurrency: options.concurrency,
            explain: options.explain,
            repeats: options.repeats,
        })
    }
}

impl Suite {
    pub(crate) fn open(name: &str, config: &Config) -> Result<Self> {
        Self::of(name, config.suite(name)?.clone(), config)
    }

    /// A suite that may differ from what evenhand.toml says.
    pub(crate) fn of(name: &str, mut file: SuiteFile, config: &Config) -> Result<Self> {
        if file.labels.is_some() {
            file.label.get_or_insert_with(|| "label".to_owned());
        }
        let judges = seats(&file, config)?;
        let checks: Result<Vec<_>> = file
            .checks
            .iter()
            .map(|(name, check)| Ok((name.clone(), with_schema(check.clone(), config)?)))
            .collect();
        let given = given(name, &file, &judges, config)?;
        let suite =
            Self { name: name.to_owned(), checks: checks?, judges, given, file, decided: IdSet::default() };
        if suite.judges.is_empty() && suite.checks.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("suite {name} has neither a judge nor a check"),
            )
            .help("set its `signature`, or add [suites.NAME.checks.CHECK]"));
        }
        suite.warn(config);
        Ok(suite)
    }

    /// Says where no judge has a say in what passes.
    fn warn(&self, config: &Config) {
        let judges: Vec<Part> =
            self.judges.iter().map(|seat| Part { weight: seat.weight, required: seat.required }).collect();
        let part = |check: &CheckFile| Part { weight: check.weight(), required: check.is_required() };
        let all: Vec<Part> = self.checks.iter().map(|(_, check)| part(check)).collect();
        // On some records checks are left out: then the rest has more weight.
        let kept = self.checks.iter().filter(|(_, check)| !check.may_be_skipped());
        let kept: Vec<Part> = kept.map(|(_, check)| part(check)).collect();
        let pass_at = self.file.pass_at.unwrap_or(Panel::default().pass_at);
        let have_a_say = |checks: &[Part]| judges_have_a_say(&judges, checks, pass_at);
        if judges.is_empty() || all.is_empty() || have_a_say(&all) || have_a_say(&kept) {
            return;
        }
        config.environment.tell(&format!(
            "suite {}: no judge can change whether a record passes: by their weights and pass_at ({pass_at}) the checks \
             decide alone. Give the judge more weight, set another pass_at, or make the judge required",
            self.name
        ));
    }

    /// The names of who is asked, in their order: of each judge, or of the members of its jury.
    pub(crate) fn judge_names(&self) -> impl Iterator<Item = &str> {
        self.asked().map(|asked| asked.name)
    }

    /// The names of its judges, whatever each is made of.
    pub(crate) fn seat_names(&self) -> impl Iterator<Item = &str> {
        self.judges.iter().map(|seat| seat.name.as_str())
    }

    /// Changes what all who are asked are asked.
    pub(crate) fn respecify(&mut self, change: impl Fn(&mut Spec)) {
        self.judges.iter_mut().for_each(|seat| seat.respecify(&change));
    }

    /// The records that are left to checks, where it is a suite with one judge alone.
    pub(crate) fn decided(&self) -> &IdSet {
        &self.decided
    }

    /// Whether a model is asked.
    pub(crate) fn has_judges(&self) -> bool {
        !self.judges.is_empty()
    }

    /// Its checks, as their author wrote them.
    pub(crate) fn checks(&self) -> &[(String, CheckFile)] {
        &self.checks
    }

    /// The records, from the start, with people's labels where the suite takes its labels from people.
    pub(crate) fn dataset(&self, config: &Config) -> Result<Dataset> {
        let dataset = self.unlabelled_dataset(config)?;
        match &self.file.labels {
            Some(_) => Ok(dataset.with_fields(label::fields(self, config)?)),
            None => Ok(dataset),
        }
    }

    /// The records as their file has them.
    pub(crate) fn unlabelled_dataset(&self, config: &Config) -> Result<Dataset> {
        let layout = match &self.file.id {
            Some(id) => Layout { id: id.clone() },
            None => Layout::default(),
        };
        Dataset::open(&config.path(&self.file.dataset), layout)
    }

    pub(crate) fn plan<'m>(
        &self,
        config: &Config,
        models: impl IntoIterator<Item = &'m ModelConfig>,
        overrides: &Overrides,
    ) -> Result<Plan> {
        // Outputs are produced beside the judging: the models' own limits hold their calls back.
        let records = overrides.concurrency.or(self.file.concurrency);
        let asked = at_once(models, records);
        let judged = asked.unwrap_or(1);
        let concurrency =
            records.unwrap_or_else(|| judged + subjects::concurrency(self.file.outputs.as_ref()));
        Ok(Plan {
            fitted_on: self.learned_from(config)?,
            dataset: config.path(&self.file.dataset).display().to_string(),
            mapping: Mapping { fields: self.file.fields.clone(), given: self.given.clone() },
            subject: subjects::subject(self.file.outputs.as_ref(), &self.given, config, &Means::default())?,
            place: self.place(),
            label: self.file.label.clone(),
            label_values: self.file.label_values.clone(),
            group: self.file.ranking.as_ref().map(|table| table.group.clone()),
            filters: overrides.filters.clone(),
            limit: overrides.limit,
            concurrency,
            judged_at_once: asked.unwrap_or(0),
            on_fault: self.file.on_fault,
            deadline: self.file.deadline_s.map(Duration::from_secs),
            reasons: match overrides.explain.unwrap_or(self.file.explain) {
                0 => Reasons::Never,
                most => Reasons::Differing(most),
            },
            repeats: 0..self.repeats(overrides.repeats),
            ..Plan::default()
        })
    }

    /// Hashes of the ids of the records that principles of its judges were learned from.
    pub(crate) fn learned_from(&self, config: &Config) -> Result<HashSet<String>> {
        let members = |jury: Option<&JuryTable>, cascade: Option<&CascadeTable>| {
            let members =
                jury.map(|jury| &jury.members).into_iter().chain(cascade.map(|cascade| &cascade.stages));
            members.flatten().filter_map(|member| member.signature.clone()).collect::<Vec<String>>()
        };
        let file = &self.file;
        let own = file.signature.iter().cloned().chain(members(file.jury.as_ref(), file.cascade.as_ref()));
        let judges = file.judges.values().flat_map(|judge| {
            std::iter::once(judge.signature.clone())
                .chain(members(judge.jury.as_ref(), judge.cascade.as_ref()))
        });
        let mut learned = HashSet::new();
        for signature in own.chain(judges) {
            learned.extend(signatures::learned_from(&signature, config)?);
        }
        Ok(learned)
    }

    /// How the report ranks records, if it does.
    pub(crate) fn ranking(&self) -> Option<Ranking> {
        self.file.ranking.as_ref().map(RankingTable::ranking)
    }

    /// How often each record is taken, where the command line says, and else as the suite says.
    pub(crate) fn repeats(&self, wished: Option<u32>) -> u32 {
        wished.or(self.file.repeats).unwrap_or(1)
    }

    /// Where the records hold what is judged.
    fn place(&self) -> RecordFields {
        let trajectory = self.file.trajectory.as_ref().map(|table| {
            let default = CutRule::default();
            let rule = CutRule {
                budget_chars: table.max_chars.unwrap_or(default.budget_chars),
                piece_chars: table.piece_chars.unwrap_or(default.piece_chars),
            };
            let field = table.field.clone().unwrap_or_else(|| "trajectory".to_owned());
            TrajectoryField { field, cut: rule, ignore: table.ignore.clone() }
        });
        let into = self.file.outputs.as_ref().and_then(|outputs| outputs.into.clone());
        let field = trajectory.as_ref().map(|place| place.field.clone());
        let output = self.file.output.clone().or(into).or(field).unwrap_or_else(|| INTO.to_owned());
        RecordFields { output: Some(output), trajectory }
    }

    /// The panel, with who is asked for each judge in turn; one alone is asked for all. Without any, its checks alone.
    pub(crate) fn panel(&self, asked: &[Asked<'_>]) -> Result<Panel> {
        let mut panel = Panel::default();
        if let Some(pass_at) = self.file.pass_at {
            panel.pass_at = pass_at;
        }
        for (name, check) in &self.checks {
            panel.checks.push(Check::compile(name, check)?);
        }
        // One model that is asked for all leaves a route nothing to choose.
        let one_for_all = asked.len() < self.asked().count();
        let mut place = 0;
        for seat in &self.judges {
            let mut judges = Vec::new();
            let is_unrouted = one_for_all && seat.is_routed();
            let who = if is_unrouted { vec![seat.alone()] } else { seat.asked() };
            for own in who {
                if let Some(asked) = asked.get(place).or(asked.last()) {
                    judges.push(self.judge(own, asked)?);
                }
                place += 1;
            }
            let judge = if is_unrouted { judges.pop() } else { seat.judge(judges)? };
            if let Some(judge) = judge {
                let Seat { name, weight, required, .. } = seat;
                panel.judges.push(Member { name: name.clone(), weight: *weight, required: *required, judge });
            }
        }
        Ok(panel)
    }

    fn judge(&self, seat: AskedSeat<'_>, asked: &Asked<'_>) -> Result<Judge> {
        let own = seat.own;
        if asked.samples.is_some() && asked.reading != Reading::Sampled {
            let detail =
                format!("--samples is for draws, and suite {} is read {}", self.name, asked.reading.name());
            return Err(Error::new(ErrorKind::Usage, detail).help("add --reading sampled"));
        }
        let default = JudgeOptions::default();
        let mut parameters = own.over(&asked.model_config.parameters(asked.reading));
        parameters.temperature = asked.temperature.or(parameters.temperature);
        let options = JudgeOptions {
            reading: asked.reading,
            orders: asked.orders.or(own.orders).or(self.file.orders).unwrap_or_default(),
            answer_labels: own.answer_labels.or(self.file.answer_labels).unwrap_or_default(),
            strategy: own.strategy.as_ref().unwrap_or(&self.file.strategy).clone(),
            aggregation: seat.aggregation,
            retries: own.retries.or(self.file.retries).unwrap_or(default.retries),
            calibration: asked.calibration.clone(),
            samples: asked.samples.or(own.samples).or(self.file.samples).unwrap_or(default.samples),
            parameters,
        };
        Judge::new(seat.spec.clone(), asked.model.clone(), options)
    }

    /// Who is asked: each judge, or the members of its jury.
    pub(super) fn asked(&self) -> impl Iterator<Item = AskedSeat<'_>> {
        self.judges.iter().flat_map(Seat::asked)
    }
}

/// The text of each input that is the same for every record.
fn given(name: &str, file: &SuiteFile, judges: &[Seat], config: &Config) -> Result<BTreeMap<String, String>> {
    if file.inputs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let of_outputs = subjects::shared_inputs(file.outputs.as_ref(), config)?;
    let of_judges = judges.iter().flat_map(|seat| &seat.spec.inputs).map(|field| field.name.as_str());
    let known: Vec<&str> = of_judges.chain(of_outputs.iter().map(String::as_str)).collect();
    let mut given = BTreeMap::new();
    for (input, table) in &file.inputs {
        if !known.contains(&input.as_str()) {
            let detail = format!("suite {name} gives the input `{input}`, which none of its signatures has");
            let help = match closest(input, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("their inputs: {}", known.join(", ")),
            };
            return Err(Error::new(ErrorKind::Config, detail).help(help));
        }
        given.insert(input.clone(), table.read(&config.root)?);
    }
    Ok(given)
}

/// A check with the schema of its file, where it names one.
fn with_schema(check: CheckFile, config: &Config) -> Result<CheckFile> {
    let Some(path) = check.schema_file().map(|path| config.path(path)) else {
        return Ok(check);
    };
    let unusable = |problem: String| {
        Error::new(ErrorKind::Config, format!("{}: {problem}", path.display()))
            .help("a check's `schema_file` is a JSON Schema; its path is relative to evenhand.toml")
    };
    let text = fs::read_to_string(&path).map_err(|error| unusable(error.to_string()))?;
    let schema = serde_json::from_str(&text).map_err(|error| unusable(format!("no JSON: {error}")))?;
    Ok(check.with_schema(schema))
}

/// How many records are judged at the same time: as many as the models take calls. Where one of them is in this
/// process, as many as it takes: the calls about one record stay together, and share what they begin with.
fn at_once<'m>(models: impl IntoIterator<Item = &'m ModelConfig>, records: Option<usize>) -> Option<usize> {
    let (mut here, mut elsewhere): (Option<usize>, Option<usize>) = (None, None);
    for model in models {
        let calls = model.calls_at_once(records);
        if model.provider.is_embedded() {
            here = Some(here.map_or(calls, |least| least.min(calls)));
        } else {
            elsewhere = Some(elsewhere.map_or(calls, |most| most.max(calls)));
        }
    }
    here.or(elsewhere)
}

/// The options of a model, besides what a run adds.
pub(crate) fn model_options(model_config: &ModelConfig) -> ModelOptions {
    let default = Retry::default();
    ModelOptions {
        concurrency: model_config.calls_at_once(None),
        price: model_config.budget_price(),
        retry: Retry {
            max_retries: model_config.file.transport_retries.unwrap_or(default.max_retries),
            ..default
        },
        ..ModelOptions::default()
    }
}
