//! Optimizers that choose demos: labelled, harvested, by chance, and by likeness.

use super::examiner::Reply;
use super::example::Pool;
use super::harvest;
use super::proposer::{Candidate, Demos, Proposer, SearchContext, Step, StepResult};
use crate::signature::Mix;

/// Zero-shot beside one set of labelled demos with a fair share of every label (`LabeledFewShot` of `DSPy`).
#[derive(Debug)]
pub(crate) struct LabelledDemos<'a> {
    context: SearchContext<'a>,
    done: bool,
}

/// Zero-shot beside one set of demos with the judge's own reasons, labelled ones filling up
/// (`BootstrapFewShot`, with one round).
#[derive(Debug)]
pub(crate) struct Bootstrap<'a> {
    context: SearchContext<'a>,
    stage: Stage,
}

/// Zero-shot, labelled, harvested, and sets by chance (`BootstrapFewShotWithRandomSearch`, whose
/// seeds −3, −2, −1 and 0.. these are). In a weighted reading, which shows no reasons, nothing is harvested.
#[derive(Debug)]
pub(crate) struct RandomSearch<'a> {
    context: SearchContext<'a>,
    sets: u64,
    in_batches: bool,
    is_harvested: bool,
    /// What is still to be raced; `None` before it is drawn.
    waiting: Option<Vec<Candidate>>,
}

/// The likest labelled examples of each record (`KNNFewShot`; Liu et al. 2022), by the words they
/// share: 1, 2, 4, … of them, the likest ones or the likest of each label.
#[derive(Debug)]
pub(crate) struct KNearest<'a> {
    context: SearchContext<'a>,
    done: bool,
}

/// How far an optimizer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Harvesting,
    Done,
}

impl<'a> LabelledDemos<'a> {
    /// An optimizer for this context.
    #[must_use]
    pub(crate) fn new(context: SearchContext<'a>) -> Self {
        Self { context, done: false }
    }
}

impl<'a> Bootstrap<'a> {
    /// An optimizer for this context.
    #[must_use]
    pub(crate) fn new(context: SearchContext<'a>) -> Self {
        Self { context, stage: Stage::Start }
    }
}

impl<'a> RandomSearch<'a> {
    /// An optimizer for this context, with so many sets by chance; `DSPy` has 16.
    #[must_use]
    pub(crate) fn new(context: SearchContext<'a>, sets: usize) -> Self {
        Self { context, sets: sets as u64, in_batches: false, is_harvested: false, waiting: None }
    }

    /// Races at a time no more candidates than the calls that are left reach for; what that race
    /// saves goes to the next ones, until calls or candidates are used up.
    #[must_use]
    pub(crate) fn in_batches(self) -> Self {
        Self { in_batches: true, ..self }
    }

    /// Everything there is to race, the sets by chance last.
    fn all(&self, judged: Vec<(usize, Reply)>) -> Vec<Candidate> {
        let demo_pool = self.context.demo_pool(harvest::pool(&self.context, judged));
        let mut candidates: Vec<Candidate> = zero_shot(&self.context).into_iter().collect();
        candidates.extend(demo_pool.labelled());
        candidates.extend(demo_pool.unshuffled());
        candidates.extend((0..self.sets).filter_map(|number| demo_pool.shuffled(number)));
        candidates
    }
}

impl<'a> KNearest<'a> {
    /// An optimizer for this context.
    #[must_use]
    pub(crate) fn new(context: SearchContext<'a>) -> Self {
        Self { context, done: false }
    }

    /// None where no example makes a whole answer.
    fn sizes(&self) -> Vec<usize> {
        let mut sizes = Vec::new();
        if self.context.demo_pool(Pool::default()).labelled.entries.is_empty() {
            return sizes;
        }
        let mut size = 1;
        while size <= self.context.limits.demos.min(8) {
            sizes.push(size);
            size *= 2;
        }
        sizes
    }
}

/// The signature without demos, where it has some.
fn zero_shot(context: &SearchContext<'_>) -> Option<Candidate> {
    (!context.spec.demos.is_empty()).then(|| Candidate::with_demos("zero-shot", Vec::new()))
}

fn once(done: &mut bool, candidates: impl FnOnce() -> Vec<Candidate>) -> Step {
    if std::mem::replace(done, true) { Step::Done } else { Step::Race(candidates()) }
}

impl Proposer for LabelledDemos<'_> {
    fn name(&self) -> &'static str {
        "labelled"
    }

    fn most_candidates(&self) -> usize {
        1 + usize::from(!self.context.spec.demos.is_empty())
    }

    fn next(&mut self, _last: StepResult) -> Step {
        let context = &self.context;
        once(&mut self.done, || {
            let demo_pool = context.demo_pool(Pool::default());
            zero_shot(context).into_iter().chain(demo_pool.labelled()).collect()
        })
    }
}

impl Proposer for Bootstrap<'_> {
    fn name(&self) -> &'static str {
        "bootstrap"
    }

    fn most_candidates(&self) -> usize {
        1 + usize::from(!self.context.spec.demos.is_empty())
    }

    fn most_trained(&self) -> usize {
        self.context.train.len().min(self.context.limits.harvest_from)
    }

    fn next(&mut self, last: StepResult) -> Step {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Harvesting;
                harvest::step(&self.context)
            }
            Stage::Harvesting => {
                self.stage = Stage::Done;
                let demo_pool = self.context.demo_pool(harvest::pool(&self.context, last.judged));
                Step::Race(zero_shot(&self.context).into_iter().chain(demo_pool.unshuffled()).collect())
            }
            Stage::Done => Step::Done,
        }
    }
}

impl Proposer for RandomSearch<'_> {
    fn name(&self) -> &'static str {
        "random-search"
    }

    fn most_candidates(&self) -> usize {
        let harvested = usize::from(self.context.shows_reasons());
        let zero = usize::from(!self.context.spec.demos.is_empty());
        let labelled = usize::from(!self.context.demo_pool(Pool::default()).labelled.entries.is_empty());
        usize::try_from(self.sets).unwrap_or(usize::MAX - 3) + labelled + harvested + zero
    }

    fn most_trained(&self) -> usize {
        let most = self.context.train.len().min(self.context.limits.harvest_from);
        if self.context.shows_reasons() { most } else { 0 }
    }

    fn next(&mut self, last: StepResult) -> Step {
        if !self.is_harvested && self.context.shows_reasons() {
            self.is_harvested = true;
            return harvest::step(&self.context);
        }
        let mut batch = self.waiting.take().unwrap_or_else(|| self.all(last.judged));
        let reached = last.affordable.filter(|_| self.in_batches).unwrap_or(usize::MAX);
        self.waiting = Some(batch.split_off(reached.min(batch.len())));
        if batch.is_empty() { Step::Done } else { Step::Race(batch) }
    }
}

impl Proposer for KNearest<'_> {
    fn name(&self) -> &'static str {
        "knn"
    }

    fn most_candidates(&self) -> usize {
        2 * self.sizes().len()
    }

    fn next(&mut self, _last: StepResult) -> Step {
        let sizes = self.sizes();
        once(&mut self.done, || {
            let mixes = [(Mix::Likest, "likest"), (Mix::Balanced, "likest of each label")];
            let of_mix = |(mix, name): (Mix, &'static str)| {
                sizes.clone().into_iter().filter(move |&k| mix == Mix::Likest || k > 1).map(move |k| {
                    Candidate {
                        origin: format!("the {k} {name}"),
                        instruction: None,
                        demos: Demos::Nearest { k, mix },
                    }
                })
            };
            mixes.into_iter().flat_map(of_mix).collect()
        })
    }
}
