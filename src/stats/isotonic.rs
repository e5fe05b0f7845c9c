//! Isotonic regression: the rising map from scores to labels that fits best.

use serde::{Deserialize, Serialize};

use super::sum::paired;

/// Beyond this size products of labels and weights could overflow.
const LARGEST: f64 = 1e100;

/// A rising map from scores to labels, fitted by pooling adjacent violators (Ayer 1955; Barlow
/// 1972). Over the fitted items the mapped scores have the labels' mean.
///
/// Stored as its corners `xs` and `ys`, which are checked when they are read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Corners", into = "Corners")]
pub struct Isotonic {
    /// (score, label), both rising, never empty.
    knots: Vec<(f64, f64)>,
}

impl Isotonic {
    /// Fits labels to scores by least squares. `None` for no items, unequal lengths, or values
    /// that are not finite or beyond 1e100.
    #[must_use]
    pub fn fit(scores: &[f64], labels: &[f64]) -> Option<Self> {
        Self::fit_weighted(scores, labels, &vec![1.0; scores.len()])
    }

    /// Fits with a positive weight for each item; `None` also for other weights.
    #[must_use]
    pub fn fit_weighted(scores: &[f64], labels: &[f64], weights: &[f64]) -> Option<Self> {
        let small = |values: &[f64]| values.iter().all(|value| value.abs() <= LARGEST);
        let sound = small(scores)
            && small(labels)
            && weights.iter().all(|weight| (1.0 / LARGEST..=LARGEST).contains(weight));
        if !sound || !paired(scores, labels) || !paired(scores, weights) {
            return None;
        }
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&left, &right| scores[left].total_cmp(&scores[right]));
        let mut blocks: Vec<Block> = Vec::new();
        for group in
            order.chunk_by(|&left, &right| scores[left] <= scores[right] && scores[right] <= scores[left])
        {
            let block = Block::of(group, scores, labels, weights);
            push(&mut blocks, block);
        }
        Some(Self { knots: blocks.iter().flat_map(Block::knots).collect() })
    }

    /// The label for `score`: between knots interpolated, outside the fitted range its nearest end.
    /// NaN gives the lowest label.
    #[must_use]
    pub fn map(&self, score: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.0 < score);
        let (Some(&before), Some(&after)) = (self.knots.get(after.wrapping_sub(1)), self.knots.get(after))
        else {
            let end = if after == 0 { self.knots.first() } else { self.knots.last() };
            return end.map_or(0.0, |knot| knot.1);
        };
        let share = (score - before.0) / (after.0 - before.0);
        before.1 + share * (after.1 - before.1)
    }

    /// Whether `score` lies in the range that was fitted; outside it the map only guesses.
    #[must_use]
    pub fn covers(&self, score: f64) -> bool {
        let range = self.knots.first().zip(self.knots.last());
        range.is_some_and(|(first, last)| first.0 <= score && score <= last.0)
    }

    /// The corners of the map, (score, label), both rising.
    #[must_use]
    pub fn knots(&self) -> &[(f64, f64)] {
        &self.knots
    }
}

/// The stored form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Corners {
    xs: Vec<f64>,
    ys: Vec<f64>,
}

impl From<Isotonic> for Corners {
    fn from(map: Isotonic) -> Self {
        let (xs, ys) = map.knots.into_iter().unzip();
        Self { xs, ys }
    }
}

impl TryFrom<Corners> for Isotonic {
    type Error = &'static str;

    fn try_from(Corners { xs, ys }: Corners) -> Result<Self, Self::Error> {
        if !paired(&xs, &ys) {
            return Err("an isotonic map needs as many ys as xs, at least one");
        }
        let rises =
            xs.windows(2).all(|pair| pair[0] < pair[1]) && ys.windows(2).all(|pair| pair[0] <= pair[1]);
        if !rises {
            return Err("the xs and ys of an isotonic map must rise");
        }
        Ok(Self { knots: xs.into_iter().zip(ys).collect() })
    }
}

/// Neighbours that share one label.
struct Block {
    first: f64,
    last: f64,
    label: f64,
    weight: f64,
}

impl Block {
    /// Items of one score: their weighted mean label.
    fn of(group: &[usize], scores: &[f64], labels: &[f64], weights: &[f64]) -> Self {
        let weight: f64 = group.iter().map(|&item| weights[item]).sum();
        let total: f64 = group.iter().map(|&item| weights[item] * labels[item]).sum();
        Self { first: scores[group[0]], last: scores[group[0]], label: total / weight, weight }
    }

    fn absorb(&mut self, next: &Self) {
        let weight = self.weight + next.weight;
        self.label += (next.label - self.label) * (next.weight / weight);
        self.weight = weight;
        self.last = next.last;
    }

    fn knots(&self) -> impl Iterator<Item = (f64, f64)> + use<> {
        let last = (self.first < self.last).then_some((self.last, self.label));
        [(self.first, self.label)].into_iter().chain(last)
    }
}

/// Adds a block, pooling it with those before it while they are higher.
fn push(blocks: &mut Vec<Block>, block: Block) {
    let mut pooled = block;
    while let Some(mut before) = blocks.pop_if(|before| before.label >= pooled.label) {
        before.absorb(&pooled);
        pooled = before;
    }
    blocks.push(pooled);
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact by construction")]
mod tests {
    use super::*;

    #[test]
    fn violators_are_pooled() {
        let map = Isotonic::fit(&[1.0, 2.0, 3.0, 4.0], &[1.0, 3.0, 2.0, 4.0]).unwrap();
        assert_eq!(map.knots(), [(1.0, 1.0), (2.0, 2.5), (3.0, 2.5), (4.0, 4.0)]);
        assert_eq!(map.map(2.5), 2.5);
        assert_eq!(map.map(3.5), 3.25);
    }

    #[test]
    fn small_violations_are_pooled_too() {
        let map = Isotonic::fit(&[1.0, 2.0], &[1e-9, 0.0]).unwrap();
        assert_eq!(map.knots(), [(1.0, 5e-10), (2.0, 5e-10)]);
    }

    #[test]
    fn ends_are_held_and_told() {
        let map = Isotonic::fit(&[0.2, 0.8], &[0.0, 1.0]).unwrap();
        assert_eq!((map.map(-9.0), map.map(9.0)), (0.0, 1.0));
        assert!(map.covers(0.2) && map.covers(0.5) && !map.covers(0.9));
        assert!(!map.covers(f64::NAN));
    }

    #[test]
    fn equal_scores_share_a_label_and_weights_count() {
        let map = Isotonic::fit(&[1.0, 1.0, 2.0], &[0.0, 1.0, 1.0]).unwrap();
        assert_eq!(map.knots(), [(1.0, 0.5), (2.0, 1.0)]);
        let weighted = Isotonic::fit_weighted(&[1.0, 2.0], &[1.0, 0.0], &[3.0, 1.0]).unwrap();
        assert_eq!(weighted.map(1.5), 0.75);
    }

    #[test]
    fn a_stored_map_is_checked() {
        let map = Isotonic::fit(&[0.2, 0.8], &[0.0, 1.0]).unwrap();
        let stored = serde_json::to_string(&map).unwrap();
        assert_eq!(stored, r#"{"xs":[0.2,0.8],"ys":[0.0,1.0]}"#);
        assert_eq!(serde_json::from_str::<Isotonic>(&stored).unwrap(), map);
        for wrong in [r#"{"xs":[],"ys":[]}"#, r#"{"xs":[1,0],"ys":[0,1]}"#, r#"{"xs":[0,1],"ys":[1,0]}"#] {
            assert!(serde_json::from_str::<Isotonic>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn undefined() {
        assert_eq!(Isotonic::fit(&[], &[]), None);
        assert_eq!(Isotonic::fit(&[1.0], &[f64::NAN]), None);
        assert_eq!(Isotonic::fit_weighted(&[1.0], &[1.0], &[0.0]), None);
    }
}
