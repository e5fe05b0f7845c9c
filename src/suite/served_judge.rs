//! A judge that is kept ready for single questions, and what it finds.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::ask::Question;
use crate::data::Record;
use crate::document::closest;
use crate::error::Result;
use crate::eval::{Mapping, Member, Panel, Plan, RecordFields, inputs_of};
use crate::judge::{Attempt, Judge, JudgedCriteria, Reason, Score, Told, Unscored, shares_of};
use crate::model::{DecisionAnswers, DecisionLimits, DecisionQuestion, Response, Usage};
use crate::number::real;
use crate::signature::{Criterion, Field, Scale, Spec};

/// How much an answer may offer: what both wire forms take.
const LIMITS: DecisionLimits = DecisionLimits { questions: 1, choices: 255, levels: 10 };

/// A judge that answers.
#[derive(Debug)]
pub(crate) struct ServedJudge {
    pub(crate) name: String,
    /// What it is asked: one question, or one for each criterion of a rubric that it asks criterion by criterion.
    pub(crate) questions: Vec<ServedQuestion>,
    panel: Panel,
    plan: Plan,
    /// The same for an agent's run that comes as text already.
    as_text: Plan,
    /// How often it is asked about a record.
    repeats: u32,
}

/// A question that a judge answers.
#[derive(Debug)]
pub(crate) struct ServedQuestion {
    /// What is asked, as a typed question.
    pub(crate) question: DecisionQuestion,
    /// Its name among the questions of several judges: the judge's, or `JUDGE.CRITERION`.
    pub(crate) full_name: String,
    /// The label that a predicate of it says yes with: the truth value, or the better one of two.
    pub(crate) yes: Option<String>,
    scale: Option<Scale>,
}

/// The probability of each verdict, calibrated where the suite has a calibration.
pub(crate) type Probabilities = Vec<(String, f64)>;

/// What a judge found.
#[derive(Debug)]
pub(crate) struct Found {
    /// By the places of the questions that were asked.
    pub(crate) verdicts: BTreeMap<usize, std::result::Result<Probabilities, NoVerdict>>,
    pub(crate) usage: Usage,
    /// The calls that were made for it, those that the cache answered left out.
    pub(crate) calls: u64,
}

/// Why there is no verdict.
#[derive(Clone, Debug)]
pub(crate) enum NoVerdict {
    /// The judge answered, and decided nothing: a tie of a jury, a cascade that abstains, no claims to count.
    Undecided(String),
    /// The judge gave none.
    Unscored(Unscored),
}

impl ServedJudge {
    pub(super) fn new(member: Member, plan: &Plan, repeats: u32) -> Result<Self> {
        let Member { name, judge, .. } = member;
        let spec = judge.spec();
        let questions = if judge.asks_by_criterion() {
            let criteria = spec.rubric.iter().flat_map(|rubric| &rubric.criteria).enumerate();
            let one = |(place, criterion): (usize, &Criterion)| {
                let full_name = format!("{name}.{}", criterion.name);
                Some(ServedQuestion::new(spec.criterion(place)?, Some(criterion.name.clone()), full_name))
            };
            criteria.filter_map(one).collect::<Result<_>>()?
        } else {
            judge.check_probabilities()?;
            vec![ServedQuestion::new(spec.clone(), None, name.clone())?]
        };
        let of = |place: RecordFields| Plan {
            place,
            mapping: Mapping { given: plan.mapping.given.clone(), ..Mapping::default() },
            ..Plan::default()
        };
        let (plan, as_text) = (of(place(spec, plan)), of(RecordFields::default()));
        Ok(Self { name, questions, panel: Panel::from(judge), plan, as_text, repeats })
    }

    /// The criteria that it is asked about one by one; none where it has one question.
    pub(crate) fn criteria(&self) -> Vec<&str> {
        let is_whole = |question: &&ServedQuestion| question.full_name == self.name;
        let criteria = self.questions.iter().filter(|question| !is_whole(question));
        criteria.map(|question| question.question.name.as_str()).collect()
    }

    /// What its probabilities are, where a client could take them for something else.
    pub(super) fn note(&self) -> Option<String> {
        let told = self.panel.judges.first()?.judge.told();
        Some(match (told, self.repeats) {
            (Told::Probabilities, 1) => return None,
            (Told::Votes, 1) => "; probabilities are shares of the members' votes".to_owned(),
            (Told::Vote, 1) => {
                "; a text gives one vote: its verdict has probability 1, and that is no confidence".to_owned()
            }
            (Told::Probabilities, number) => format!("; probabilities are means of {number} answers"),
            (_, number) => format!("; probabilities are shares of the votes of {number} answers"),
        })
    }

    /// The inputs that a question has to bring or may bring: all but those that the suite gives.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &Field> {
        let spec = self.panel.judges.iter().flat_map(|member| &member.judge.spec().inputs);
        spec.filter(|field| !self.plan.mapping.given.contains_key(&field.name))
    }

    /// Asks the judge some of its questions, by their places, about inputs, by their names.
    ///
    /// # Errors
    /// The inputs do not fit the signature.
    pub(crate) async fn ask(
        &self,
        inputs: &Map<String, Value>,
        wanted: &[usize],
    ) -> std::result::Result<Found, String> {
        let record = self.record(inputs)?;
        let member = self.panel.judges.first().ok_or("there is no judge")?;
        let inputs = inputs_of(&record, &self.panel, self.plan_for(&record))?;
        let judge = member.judge.for_record(&record);
        let inputs = inputs.first().unwrap_or(&record.fields);
        let (mut taken, mut attempts): (Vec<Taken>, Vec<Attempt>) =
            (vec![Taken::default(); wanted.len()], Vec::new());
        for number in 0..self.repeats {
            let (results, more) = self.once(&judge.repeat(number), inputs, wanted).await;
            attempts.extend(more);
            let is_over =
                results.iter().all(|result| matches!(result, Err(NoVerdict::Unscored(one)) if one.ends()));
            for (taken, result) in taken.iter_mut().zip(results) {
                taken.add(result);
            }
            if is_over {
                break;
            }
        }
        let verdicts = wanted.iter().copied().zip(taken.into_iter().map(|taken| taken.whole(self.repeats)));
        let (usage, calls) = spent(&attempts);
        Ok(Found { verdicts: verdicts.collect(), usage, calls })
    }

    async fn once(
        &self,
        judge: &Judge,
        inputs: &Map<String, Value>,
        wanted: &[usize],
    ) -> (Vec<std::result::Result<Probabilities, NoVerdict>>, Vec<Attempt>) {
        if judge.asks_by_criterion()
            && let Some(JudgedCriteria { results, attempts }) = judge.judge_criteria(inputs, wanted).await
        {
            let scales =
                wanted.iter().map(|place| self.questions.get(*place).and_then(|one| one.scale.as_ref()));
            let told =
                scales.zip(results).map(|(scale, result)| decided(result, |score| shares_of(score, scale?)));
            return (told.collect(), attempts);
        }
        let judged = judge.judge(inputs).await;
        (vec![decided(judged.result, |score| judge.probabilities(score))], judged.attempts)
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

impl ServedQuestion {
    fn new(spec: Spec, part: Option<String>, full_name: String) -> Result<Self> {
        let scale = spec.scale.clone();
        // What a template says is asked by the judge itself; a typed question shows the answers alone.
        let (_, question) = Question::for_decisions(Spec { template: None, ..spec }, part, LIMITS)?;
        Ok(Self { yes: yes(scale.as_ref(), &question), question, full_name, scale })
    }
}

/// What came of the times that a judge was asked.
#[derive(Clone, Debug, Default)]
struct Taken {
    told: Vec<Probabilities>,
    undecided: Option<String>,
    unscored: Vec<Unscored>,
}

impl Taken {
    fn add(&mut self, result: std::result::Result<Probabilities, NoVerdict>) {
        match result {
            Ok(told) => self.told.push(told),
            Err(NoVerdict::Undecided(label)) => self.undecided = Some(label),
            Err(NoVerdict::Unscored(unscored)) => self.unscored.push(unscored),
        }
    }

    /// The mean of the times with a verdict. As in a run, half of all must have an answer.
    fn whole(self, wished: u32) -> std::result::Result<Probabilities, NoVerdict> {
        let is_missing =
            2 * self.unscored.len() > wished as usize || self.unscored.iter().any(Unscored::ends);
        match (self.unscored.into_iter().next_back(), self.undecided) {
            (Some(unscored), _) if is_missing => Err(NoVerdict::Unscored(unscored)),
            (_, Some(label)) if self.told.is_empty() => Err(NoVerdict::Undecided(label)),
            (Some(unscored), _) if self.told.is_empty() => Err(NoVerdict::Unscored(unscored)),
            _ => mean(self.told),
        }
    }
}

fn mean(mut told: Vec<Probabilities>) -> std::result::Result<Probabilities, NoVerdict> {
    if told.len() <= 1 {
        let none = || NoVerdict::Unscored(Unscored::new(Reason::InvalidAnswer, "the judge was not asked"));
        return told.pop().ok_or_else(none);
    }
    let number = real(told.len());
    let mut sums: Probabilities = Vec::new();
    for (label, share) in told.into_iter().flatten() {
        match sums.iter_mut().find(|(known, _)| *known == label) {
            Some((_, sum)) => *sum += share / number,
            None => sums.push((label, share / number)),
        }
    }
    Ok(sums)
}

/// The probabilities of a score, or that it decides nothing.
fn decided(
    result: std::result::Result<Score, Unscored>,
    told: impl FnOnce(&Score) -> Option<Probabilities>,
) -> std::result::Result<Probabilities, NoVerdict> {
    let score = result.map_err(NoVerdict::Unscored)?;
    told(&score).ok_or(NoVerdict::Undecided(score.label))
}

/// What calls took, and how many there were: those that the cache answered are left out.
fn spent(attempts: &[Attempt]) -> (Usage, u64) {
    let asked = attempts.iter().filter_map(|attempt| attempt.response.as_ref());
    let asked: Vec<&Response> = asked.filter(|response| !response.cached).collect();
    let sum = |tokens: fn(&Usage) -> Option<u64>| {
        asked.iter().filter_map(|response| tokens(&response.usage)).reduce(u64::saturating_add)
    };
    let usage = Usage {
        prompt_tokens: sum(|usage| usage.prompt_tokens),
        cached_tokens: sum(|usage| usage.cached_tokens),
        completion_tokens: sum(|usage| usage.completion_tokens),
    };
    (usage, asked.len() as u64)
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

fn yes(scale: Option<&Scale>, question: &DecisionQuestion) -> Option<String> {
    if question.answers == DecisionAnswers::Predicate {
        return Some("true".to_owned());
    }
    let candidates = scale?.candidates()?;
    let [one, other] = candidates.as_slice() else { return None };
    let better = if one.value? > other.value? { one } else { other };
    Some(better.label.clone())
}
