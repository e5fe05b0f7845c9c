//! Instruction search: instructions × demo sets, chosen by a TPE (`MIPROv2`, Opsahl-Ong et al. 2024).

use super::example::Pool;
use super::harvest;
use super::proposer::{Candidate, Demos, Proposer, SearchContext, Step, StepResult};
use super::tpe::{Tpe, trials};
use crate::signature::Demo;

/// Instructions and demo sets to choose from, and how often is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InstructionSources {
    /// Instructions that somebody wrote.
    pub written: Vec<String>,
    /// How many a model is asked to write.
    pub asked_for: usize,
    /// How many demo sets there are to choose from, zero-shot besides.
    pub demo_sets: usize,
    /// How many combinations are tried; `None` for as many as `MIPROv2` would try.
    pub trials: Option<usize>,
}

/// Searches instructions × demo sets.
#[derive(Debug)]
pub(crate) struct InstructionSearch<'a> {
    context: SearchContext<'a>,
    sources: InstructionSources,
    stage: Stage,
    /// The first is the signature's own.
    instructions: Vec<Option<String>>,
    /// The first is the signature's own.
    sets: Vec<Demos>,
    tpe: Option<Tpe>,
    tried: usize,
    last: Vec<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Harvesting,
    Writing,
    Trying,
}

/// What a proposer is asked to keep in mind, one for each instruction in turn (the tips of
/// `MIPROv2`, in our words).
const TIPS: [&str; 6] = [
    "Keep it short and plain.",
    "Say which mistakes to look for, and what does not count as one.",
    "Say step by step how to come to the verdict.",
    "Say exactly where the line between the verdicts runs, and what to do when in doubt.",
    "Say what a strict, experienced expert would attend to.",
    "Describe each verdict by what has to be true for it.",
];

/// So many examples are shown to the proposer.
const SHOWN: usize = 6;
/// So many characters of one example.
pub(super) const SHOWN_CHARS: usize = 600;

impl<'a> InstructionSearch<'a> {
    /// An optimizer for this context.
    #[must_use]
    pub(crate) fn new(context: SearchContext<'a>, sources: InstructionSources) -> Self {
        Self {
            context,
            sources,
            stage: Stage::Start,
            instructions: vec![None],
            sets: vec![Demos::Own],
            tpe: None,
            tried: 0,
            last: Vec::new(),
        }
    }

    fn options(&self) -> (usize, usize) {
        (1 + self.sources.written.len() + self.sources.asked_for, 1 + self.sources.demo_sets)
    }

    fn trials(&self) -> usize {
        let (instructions, sets) = self.options();
        let variables = usize::from(instructions > 1) + usize::from(sets > 1);
        let most = (instructions * sets).saturating_sub(1);
        self.sources.trials.unwrap_or_else(|| trials(variables, instructions.max(sets))).min(most)
    }

    fn harvested(&mut self, last: StepResult) -> Step {
        let baseline = last.baseline;
        let harvested = harvest::pool(&self.context, last.judged);
        self.choose_sets(harvested);
        self.stage = Stage::Writing;
        if self.sources.asked_for == 0 {
            return self.next(StepResult { baseline, ..StepResult::default() });
        }
        Step::Write((0..self.sources.asked_for).map(|number| self.request(number)).collect())
    }

    fn choose_sets(&mut self, harvested: Pool) {
        let demo_pool = self.context.demo_pool(harvested);
        let fixed = demo_pool.labelled().into_iter().chain(demo_pool.unshuffled());
        let shuffled = (0..self.sources.demo_sets as u64).filter_map(|number| demo_pool.shuffled(number));
        let sets = fixed.chain(shuffled).take(self.sources.demo_sets);
        self.sets.extend(sets.map(|candidate| candidate.demos));
    }

    /// What the proposer is asked: the instruction as it is, what goes in and out, examples, and a tip.
    fn request(&self, number: usize) -> String {
        let SearchContext { spec, train, .. } = &self.context;
        let fields = |fields: &[crate::signature::Field]| -> String {
            let line = |field: &crate::signature::Field| {
                format!("- {} ({}): {}\n", field.name, field.type_text(), field.description)
            };
            fields.iter().map(line).collect::<Vec<_>>().concat()
        };
        let demos: Vec<Demo> = train.iter().map(|example| example.demo(spec)).collect();
        let shown: Vec<String> = demos.iter().skip(number % 3).step_by(3).take(SHOWN).map(shown).collect();
        let tip = TIPS.get(number % TIPS.len()).copied().unwrap_or_default();
        format!(
            "Write a better instruction for a judge that is a language model.\n\n\
             The instruction it has now:\n{}\n\n\
             What it is given:\n{}\nWhat it must answer:\n{}\n\
             Records with the answers that people gave:\n{}\n\n{tip}\n\
             Do not speak of these records; the instruction must hold for all records like them. \
             Do not change the names of the fields or of the verdicts. Write the instruction and nothing else.",
            spec.instruction,
            fields(&spec.inputs),
            fields(&spec.outputs),
            shown.join("\n"),
        )
    }

    /// Notes what the last trial lost, and tries the next.
    fn try_next(&mut self, last: &StepResult) -> Step {
        let (options, seed) = (vec![self.instructions.len(), self.sets.len()], self.context.seed);
        let most: usize = options.iter().product();
        let trials = self.trials().min(most.saturating_sub(1));
        let tpe = self.tpe.get_or_insert_with(|| {
            let mut tpe = Tpe::new(options, seed);
            // The baseline is judged anyway; it is no trial.
            tpe.learn(vec![0, 0], last.baseline.unwrap_or(1.0));
            tpe
        });
        if let Some(loss) = last.losses.first() {
            tpe.learn(std::mem::take(&mut self.last), loss.unwrap_or(1.0));
        }
        if self.tried >= trials {
            return Step::Done;
        }
        self.tried += 1;
        self.last = tpe.choose();
        let (instruction, set) = match self.last.as_slice() {
            [instruction, set] => (*instruction, *set),
            _ => return Step::Done,
        };
        Step::Race(vec![Candidate {
            origin: format!("trial {}: instruction {instruction}, demo set {set}", self.tried),
            instruction: self.instructions[instruction].clone(),
            demos: self.sets[set].clone(),
        }])
    }
}

/// A demo as a proposer sees it.
pub(super) fn shown(demo: &Demo) -> String {
    let whole = serde_json::json!({"given": demo.inputs, "answer": demo.outputs}).to_string();
    whole.chars().take(SHOWN_CHARS).collect()
}

impl Proposer for InstructionSearch<'_> {
    fn name(&self) -> &'static str {
        "tpe"
    }

    fn most_candidates(&self) -> usize {
        self.trials()
    }

    fn most_trained(&self) -> usize {
        let most = self.context.train.len().min(self.context.limits.harvest_from);
        if self.context.shows_reasons() && self.sources.demo_sets > 0 { most } else { 0 }
    }

    fn most_written(&self) -> usize {
        self.sources.asked_for
    }

    fn next(&mut self, last: StepResult) -> Step {
        match self.stage {
            Stage::Start if self.most_trained() > 0 => {
                self.stage = Stage::Harvesting;
                harvest::step(&self.context)
            }
            Stage::Start | Stage::Harvesting => self.harvested(last),
            Stage::Writing => {
                self.stage = Stage::Trying;
                let new = self.sources.written.iter().chain(last.written.iter().flatten());
                for instruction in new.map(|text| text.trim().to_owned()) {
                    let known = self.instructions.contains(&Some(instruction.clone()));
                    if !known && !instruction.is_empty() && instruction != self.context.spec.instruction {
                        self.instructions.push(Some(instruction));
                    }
                }
                self.try_next(&StepResult { losses: Vec::new(), ..last })
            }
            Stage::Trying => self.try_next(&last),
        }
    }
}
