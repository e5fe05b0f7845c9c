//! Candidates and who thinks of them: an instruction and demos as data, what every optimizer starts from,
//! and the steps it asks for.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::examiner::Reply;
use super::example::{Example, Pool};
use crate::judge::Reading;
use crate::signature::{Demo, Mix, NearestDemos, Spec};
use crate::stats::Random;

/// A way to ask the judge, relative to the signature it started from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Candidate {
    /// How it came about: `random search, seed 3`.
    pub origin: String,
    /// What the judge is told to do; `None` for the signature's own instruction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
    /// What it is shown.
    pub demos: Demos,
}

/// The demos of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Demos {
    /// Those of the signature.
    Own,
    /// These, in this order; none for zero-shot.
    Fixed(Vec<Demo>),
    /// For each record the training examples that are most like it, the likest last, next to the record.
    Nearest {
        /// How many.
        k: usize,
        /// Which of the like ones.
        mix: Mix,
    },
}

impl Candidate {
    /// The signature as it is.
    #[must_use]
    pub(crate) fn baseline() -> Self {
        Self { origin: "baseline".into(), instruction: None, demos: Demos::Own }
    }

    /// The signature's instruction with these demos.
    pub(crate) fn with_demos(origin: impl Into<String>, demos: Vec<Demo>) -> Self {
        Self { origin: origin.into(), instruction: None, demos: Demos::Fixed(demos) }
    }

    /// The spec to ask by, which is the one to keep, too. `pool` is what the nearest demos are looked up in.
    #[must_use]
    pub(crate) fn apply(&self, spec: &Spec, pool: &[Demo]) -> Spec {
        let mut applied = spec.clone();
        if let Some(instruction) = &self.instruction {
            applied.instruction.clone_from(instruction);
        }
        match &self.demos {
            Demos::Own => {}
            Demos::Fixed(demos) => {
                applied.demos.clone_from(demos);
                applied.nearest_demos = None;
            }
            Demos::Nearest { k, mix } => {
                applied.demos = pool.to_vec();
                applied.nearest_demos = Some(NearestDemos { show: *k, mix: *mix });
            }
        }
        applied
    }

    /// What it asks, whatever it is called: two candidates with one key are the same.
    #[must_use]
    pub(crate) fn key(&self, spec: &Spec) -> String {
        let demos = match &self.demos {
            Demos::Own => match spec.nearest_demos {
                Some(nearest) => json!([spec.demos, nearest]),
                None => json!(spec.demos),
            },
            Demos::Fixed(demos) => json!(demos),
            Demos::Nearest { k, mix } => json!([k, mix]),
        };
        let instruction = self.instruction.as_ref().unwrap_or(&spec.instruction);
        blake3::hash(json!([instruction, demos]).to_string().as_bytes()).to_hex().chars().take(12).collect()
    }

    /// How many demos it shows.
    #[must_use]
    pub(crate) fn demo_count(&self, spec: &Spec) -> usize {
        match &self.demos {
            Demos::Own => spec.nearest_demos.map_or(usize::MAX, |nearest| nearest.show).min(spec.demos.len()),
            Demos::Fixed(demos) => demos.len(),
            Demos::Nearest { k, .. } => *k,
        }
    }
}

/// How many demos of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DemoLimits {
    /// The most demos in all: `max_labeled_demos` of `DSPy`, which has 16.
    pub demos: usize,
    /// The most of them with the judge's own reasons: `max_bootstrapped_demos` of `DSPy`, 4.
    pub harvested: usize,
    /// From how many training examples at most those are harvested.
    pub harvest_from: usize,
}

impl Default for DemoLimits {
    fn default() -> Self {
        Self { demos: 16, harvested: 4, harvest_from: 24 }
    }
}

/// What every optimizer starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SearchContext<'a> {
    /// The signature as it is.
    pub spec: &'a Spec,
    /// How its verdicts are read.
    pub reading: Reading,
    /// The training examples.
    pub train: &'a [Example],
    /// How many demos.
    pub limits: DemoLimits,
    /// The seed of everything that is drawn.
    pub seed: u64,
}

/// Demos to make sets of.
#[derive(Clone, Debug)]
pub(super) struct DemoPool {
    pub(super) labelled: Pool,
    pub(super) harvested: Pool,
    limits: DemoLimits,
    seed: u64,
}

impl SearchContext<'_> {
    /// Whether demos with reasons of the judge's own differ from demos of labels alone: a weighted
    /// reading shows none.
    pub(super) fn shows_reasons(&self) -> bool {
        self.reading != Reading::Weighted && self.spec.outputs.len() > 1
    }

    pub(super) fn demo_pool(&self, harvested: Pool) -> DemoPool {
        let labelled = Pool::labelled(self.train, self.spec, self.reading);
        DemoPool { labelled, harvested, limits: self.limits, seed: self.seed }
    }
}

impl DemoPool {
    /// Labelled demos alone, labels in turn: seed −2 of `DSPy`'s random search.
    pub(super) fn labelled(&self) -> Option<Candidate> {
        let demos = self.labelled.draw(self.limits.demos, &mut Random::new(self.seed));
        (!demos.is_empty()).then(|| Candidate::with_demos("labelled demos", demos))
    }

    /// Harvested demos in the order they came, and labelled ones: seed −1.
    pub(super) fn unshuffled(&self) -> Option<Candidate> {
        let demos = self.harvested.first(self.limits.harvested.min(self.limits.demos));
        let demos = self.filled(demos, &mut Random::new(self.seed));
        (!self.harvested.entries.is_empty()).then(|| Candidate::with_demos("harvested demos", demos))
    }

    /// A set by chance, in an order by chance: seeds 0 and up. Harvested demos are drawn with a size
    /// from 1 to the most, and labelled ones fill up; without harvested ones the size varies of the labelled.
    pub(super) fn shuffled(&self, number: u64) -> Option<Candidate> {
        let mut random = Random::new(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number + 1));
        let origin = format!("demos by chance, set {number}");
        let demos = if self.harvested.entries.is_empty() {
            let size = 1 + random.below(self.limits.demos.max(1));
            self.labelled.draw(size, &mut random)
        } else {
            let size = 1 + random.below(self.limits.harvested.min(self.limits.demos).max(1));
            let demos = self.harvested.draw(size, &mut random);
            self.filled(demos, &mut random)
        };
        (!demos.is_empty()).then(|| Candidate::with_demos(origin, demos))
    }

    /// Labelled demos after the harvested ones, up to the most of all.
    fn filled(&self, mut demos: Vec<Demo>, random: &mut Random) -> Vec<Demo> {
        let room = self.limits.demos.saturating_sub(demos.len());
        demos.extend(self.labelled.without(&demos).draw(room, random));
        demos
    }
}

/// What an optimizer wants to be done next. An optimizer does nothing itself: it is asked for a
/// step, told what came of it, and asked again. So every optimizer is deterministic given the
/// replies, can be simulated, and can be gone on with after a sudden end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Have training examples judged by a way to ask: for demos with the judge's own reasons, or
    /// (later) for reflection on what went wrong.
    Train {
        /// The way to ask.
        candidate: Candidate,
        /// The training examples, by index.
        examples: Vec<usize>,
    },
    /// Have a model write, one text for each of these requests: for instructions.
    Write(Vec<String>),
    /// Let these race on the validation records, against each other and the best so far.
    Race(Vec<Candidate>),
    /// Nothing more.
    Done,
}

/// What came of the last step.
#[derive(Clone, Debug, Default)]
pub(crate) struct StepResult {
    /// Of [`Step::Train`]: each example's index and what the judge said.
    pub judged: Vec<(usize, Reply)>,
    /// Of [`Step::Write`]: what was written, where something usable was.
    pub written: Vec<Option<String>>,
    /// Of [`Step::Race`]: each candidate's mean loss over the records it judged; `None` for one that
    /// judged none.
    pub losses: Vec<Option<f64>>,
    /// What the baseline loses on average over all validation records.
    pub baseline: Option<f64>,
    /// How many more candidates can judge every validation record with the calls that are left;
    /// `None` where nobody limits them.
    pub affordable: Option<usize>,
}

/// Thinks of candidates.
pub(crate) trait Proposer: Send {
    /// Its name, as the command line has it.
    fn name(&self) -> &'static str;

    /// The most candidates it will propose.
    fn most_candidates(&self) -> usize;

    /// The most training examples it will have judged.
    fn most_trained(&self) -> usize {
        0
    }

    /// The most texts it will have written.
    fn most_written(&self) -> usize {
        0
    }

    /// The next step, from what came of the last one.
    fn next(&mut self, last: StepResult) -> Step;
}
