//! Choosing among options by how earlier choices went: the tree-structured Parzen estimator.

use crate::number::{real, to_usize};
use crate::stats::Random;

/// So many choices are drawn from the good ones' distribution, and the most promising is taken.
const DRAWN: usize = 24;
/// So many choices are by chance before the estimator is asked.
const STARTUP: usize = 5;

/// A TPE over categorical options (Bergstra et al. 2011; all dimensions together, each by the
/// options' counts with one more for each option, as optuna's multivariate sampler has it).
#[derive(Clone, Debug)]
pub(crate) struct Tpe {
    /// How many options each dimension has.
    options: Vec<usize>,
    random: Random,
    seen: Vec<(Vec<usize>, f64)>,
}

impl Tpe {
    /// An estimator for dimensions with so many options each.
    #[must_use]
    pub(crate) fn new(options: Vec<usize>, seed: u64) -> Self {
        Self { options, random: Random::new(seed), seen: Vec::new() }
    }

    /// Learns what a choice lost; less is better.
    pub(crate) fn learn(&mut self, choice: Vec<usize>, loss: f64) {
        self.seen.push((choice, loss));
    }

    /// The next choice: one not tried before, as long as there is one.
    pub(crate) fn choose(&mut self) -> Vec<usize> {
        let drawn: Vec<Vec<usize>> = (0..DRAWN).map(|_| self.draw()).collect();
        let fresh: Vec<Vec<usize>> = drawn.iter().filter(|choice| !self.is_seen(choice)).cloned().collect();
        let fresh = if fresh.is_empty() { self.untried() } else { fresh };
        let pool = if fresh.is_empty() { drawn } else { fresh };
        if self.seen.len() < STARTUP {
            return pool.into_iter().next().unwrap_or_default();
        }
        let (good, bad) = self.parts();
        let promise = |choice: &Vec<usize>| self.log_share(&good, choice) - self.log_share(&bad, choice);
        let mut best: Option<(f64, Vec<usize>)> = None;
        for choice in pool {
            let promise = promise(&choice);
            if best.as_ref().is_none_or(|(most, _)| promise > *most) {
                best = Some((promise, choice));
            }
        }
        best.map(|(_, choice)| choice).unwrap_or_default()
    }

    fn is_seen(&self, choice: &[usize]) -> bool {
        self.seen.iter().any(|(seen, _)| seen == choice)
    }

    /// Every choice that was not tried, where they are few.
    fn untried(&self) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new()];
        for &options in &self.options {
            all = all
                .into_iter()
                .flat_map(|choice: Vec<usize>| {
                    (0..options).map(move |option| [choice.clone(), vec![option]].concat())
                })
                .collect();
            if all.len() > 10_000 {
                return Vec::new();
            }
        }
        all.retain(|choice| !self.is_seen(choice));
        all
    }

    /// A choice from the distribution of the good ones; by chance as long as few were seen.
    fn draw(&mut self) -> Vec<usize> {
        let good = if self.seen.len() < STARTUP { Vec::new() } else { self.parts().0 };
        let mut random = self.random.clone();
        let choice = (0..self.options.len())
            .map(|dimension| {
                // One more imagined choice, which takes any option.
                match good.get(random.below(good.len() + 1)) {
                    Some(seen) => seen[dimension],
                    None => random.below(self.options[dimension]),
                }
            })
            .collect();
        self.random = random;
        choice
    }

    /// The choices so far, the best tenth (at least one, and 25 at most) and the rest.
    fn parts(&self) -> (Vec<&[usize]>, Vec<&[usize]>) {
        let mut order: Vec<&(Vec<usize>, f64)> = self.seen.iter().collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let good = order.len().div_ceil(10).min(25);
        let (good, bad) = order.split_at(good);
        (
            good.iter().map(|(choice, _)| choice.as_slice()).collect(),
            bad.iter().map(|(choice, _)| choice.as_slice()).collect(),
        )
    }

    /// The logarithm of a choice's share in a part: over the dimensions, (count + 1/options)/(all + 1).
    fn log_share(&self, part: &[&[usize]], choice: &[usize]) -> f64 {
        let share = |(dimension, (&option, &options)): (usize, (&usize, &usize))| {
            let count = real(part.iter().filter(|seen| seen[dimension] == option).count());
            ((count + 1.0 / real(options)) / (real(part.len()) + 1.0)).ln()
        };
        choice.iter().zip(&self.options).enumerate().map(share).sum()
    }
}

/// How many trials `MIPROv2` runs for `variables` dimensions of `options` options each: the whole
/// part of max(2·variables·log₂ options, 1.5·options).
#[must_use]
pub(crate) fn trials(variables: usize, options: usize) -> usize {
    let (variables, options) = (real(variables), real(options.max(1)));
    to_usize((2.0 * variables * options.log2()).max(1.5 * options))
}
