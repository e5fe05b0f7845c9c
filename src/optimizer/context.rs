//! What every optimizer starts from.

use super::candidate::Candidate;
use super::demo_sets::Pool;
use super::example::Example;
use crate::judge::Reading;
use crate::signature::{Demo, Spec};
use crate::stats::Random;

/// How many demos of which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoLimits {
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
pub struct SearchContext<'a> {
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
