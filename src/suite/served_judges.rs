//! The judges of suites, kept ready for single questions: what `evenhand serve` answers with.

use serde_json::{Map, Value};

use super::config::Config;
use super::judges::{Overrides, Suite};
use super::loaded_models::{LoadedModel, LoadedModels, NamedModels};
use super::missing::missing;
use super::prospect::{Prospect, prospect};
use super::run::RunOptions;
use super::shared::{self, Models, Shared};
use crate::ask::Question;
use crate::data::Record;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Mapping, Member, Panel, Plan, RecordFields, inputs_of};
use crate::judge::{Attempt, Judge, Reason, Unscored};
use crate::model::catalogue::CatalogueEntry;
use crate::model::{DecisionAnswers, DecisionLimits, DecisionQuestion, Response, Usage};
use crate::signature::{Field, Spec};

/// How much an answer may offer: what both wire forms take.
const LIMITS: DecisionLimits = DecisionLimits { questions: 1, choices: 255, levels: 10 };

/// A suite whose judges answer.
#[derive(Debug)]
pub(crate) struct ServedSuite {
    pub(crate) name: String,
    /// What it is, in a line for a list of models.
    pub(crate) description: String,
    pub(crate) judges: Vec<ServedJudge>,
}

/// A judge that answers.
#[derive(Debug)]
pub(crate) struct ServedJudge {
    pub(crate) name: String,
    /// What it is asked, as a typed question.
    pub(crate) question: DecisionQuestion,
    /// The label that a predicate of this judge says yes with: the truth value, or the better one of two.
    pub(crate) yes: Option<String>,
    panel: Panel,
    plan: Plan,
    /// The same for an agent's run that comes as text already.
    as_text: Plan,
}

/// What a judge found.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// The probability of each verdict, calibrated where the suite has a calibration.
    pub(crate) probabilities: Vec<(String, f64)>,
    pub(crate) usage: Usage,
    /// The calls that were made for it, those that the cache answered left out.
    pub(crate) calls: u64,
}

/// Why there is no verdict.
#[derive(Debug)]
pub(crate) enum NoVerdict {
    /// The inputs do not fit the signature.
    Inputs(String),
    /// The judge gave none.
    Unscored(Unscored),
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
        let judges = panel.judges.into_iter().map(|member| ServedJudge::new(member, &plan));
        served.push(ServedSuite {
            name: suite.name.clone(),
            description,
            judges: judges.collect::<Result<_>>()?,
        });
    }
    Ok(served)
}

impl ServedJudge {
    fn new(member: Member, plan: &Plan) -> Result<Self> {
        let Member { name, judge, .. } = member;
        judge.check_probabilities()?;
        // What a template says is asked by the judge itself; a typed question shows the answers alone.
        let spec = Spec { template: None, ..judge.spec().clone() };
        let (_, question) = Question::for_decisions(spec, None, LIMITS)?;
        let of = |place: RecordFields| Plan {
            place,
            mapping: Mapping { given: plan.mapping.given.clone(), ..Mapping::default() },
            ..Plan::default()
        };
        let (plan, as_text) = (of(place(judge.spec(), plan)), of(RecordFields::default()));
        Ok(Self { name, yes: yes(&judge, &question), question, panel: Panel::from(judge), plan, as_text })
    }

    /// The inputs that a question has to bring or may bring: all but those that the suite gives.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Field> {
        let spec = self.panel.judges.iter().flat_map(|member| &member.judge.spec().inputs);
        spec.filter(|field| !self.plan.mapping.given.contains_key(&field.name))
    }

    /// Asks the judge about inputs, by their names.
    pub(crate) async fn ask(&self, inputs: &Map<String, Value>) -> std::result::Result<Verdict, NoVerdict> {
        let record = self.record(inputs).map_err(NoVerdict::Inputs)?;
        let Some(member) = self.panel.judges.first() else {
            return Err(NoVerdict::Inputs("there is no judge".to_owned()));
        };
        let inputs = inputs_of(&record, &self.panel, self.plan_for(&record)).map_err(NoVerdict::Inputs)?;
        let judge = member.judge.for_record(&record);
        let judged = judge.judge(inputs.first().unwrap_or(&record.fields)).await;
        let score = judged.result.map_err(NoVerdict::Unscored)?;
        let none = || {
            let detail =
                format!("the judge came to \"{}\", without a probability of each verdict", score.label);
            NoVerdict::Unscored(Unscored::new(Reason::InvalidAnswer, detail))
        };
        let probabilities = judge.probabilities(&score).ok_or_else(none)?;
        let asked = judged.attempts.iter().filter_map(|attempt: &Attempt| attempt.response.as_ref());
        let asked: Vec<&Response> = asked.filter(|response| !response.cached).collect();
        let sum = |tokens: fn(&Usage) -> Option<u64>| {
            asked.iter().filter_map(|response| tokens(&response.usage)).reduce(u64::saturating_add)
        };
        let usage = Usage {
            prompt_tokens: sum(|usage| usage.prompt_tokens),
            cached_tokens: sum(|usage| usage.cached_tokens),
            completion_tokens: sum(|usage| usage.completion_tokens),
        };
        Ok(Verdict { probabilities, usage, calls: asked.len() as u64 })
    }

    fn plan_for(&self, record: &Record) -> &Plan {
        let run = self.plan.place.trajectory.as_ref().and_then(|place| record.get(&place.field));
        let is_text =
            run.and_then(Value::as_str).is_some_and(|text| !text.trim_start().starts_with(['{', '[']));
        if is_text { &self.as_text } else { &self.plan }
    }

    fn record(&self, inputs: &Map<String, Value>) -> std::result::Result<Record, String> {
        let known: Vec<&str> = self.inputs().map(|field| field.name.as_str()).collect();
        if let Some(unknown) = inputs.keys().find(|name| !known.contains(&name.as_str())) {
            let help = match closest(unknown, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its inputs: {}", known.join(", ")),
            };
            return Err(format!("there is no input `{unknown}`; {help}"));
        }
        Ok(Record { id: String::new(), line: 1, fields: inputs.clone() })
    }
}

/// An agent's run is shown as its steps, where the suite shows it so and it does not come as text already.
fn place(spec: &Spec, plan: &Plan) -> RecordFields {
    let Some(trajectory) = &plan.place.trajectory else { return RecordFields::default() };
    let source = |name: &String| plan.mapping.fields.get(name).unwrap_or(name) == &trajectory.field;
    let input = spec.inputs.iter().find(|field| source(&field.name));
    let trajectory = input.map(|field| {
        let mut own = trajectory.clone();
        own.field.clone_from(&field.name);
        own
    });
    RecordFields { output: None, trajectory }
}

fn yes(judge: &Judge, question: &DecisionQuestion) -> Option<String> {
    if question.answers == DecisionAnswers::Predicate {
        return Some("true".to_owned());
    }
    let candidates = judge.spec().scale.as_ref()?.candidates()?;
    let [one, other] = candidates.as_slice() else { return None };
    let better = if one.value? > other.value? { one } else { other };
    Some(better.label.clone())
}
