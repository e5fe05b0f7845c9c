//! A figure, or why there is none.

use serde::{Deserialize, Serialize};

use crate::stats::{Bootstrap, Interval};

/// The level of every interval on the page.
pub(super) const LEVEL: f64 = 0.95;

/// Draws for the intervals: seeded, so that the same records give the same page.
pub(super) const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 20 };

/// Above this many records nothing is drawn: large-sample errors, where there are any, are good there.
pub(super) const MOST_DRAWN: usize = 2000;

/// Something that was measured, or the reason why it was not: never 0 or NaN in its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measured<T> {
    /// What was found.
    Value(T),
    /// Why there is nothing.
    Missing(String),
}

impl<T> Measured<T> {
    /// A value, or the reason why there is none.
    #[must_use]
    pub fn of(value: Option<T>, why_not: &str) -> Self {
        value.map_or_else(|| Self::Missing(why_not.to_owned()), Self::Value)
    }

    /// The value, where there is one.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Missing(_) => None,
        }
    }
}

/// A number with its interval at 95 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// Its interval; `None` where it is not defined, or too few draws were.
    pub interval: Option<Interval>,
}

impl Figure {
    /// The statistic of the items with its percentile bootstrap interval.
    pub(super) fn drawn<T: Clone>(items: &[T], statistic: impl Fn(&[T]) -> Option<f64>) -> Option<Self> {
        let value = statistic(items)?;
        let few = items.len() <= MOST_DRAWN;
        let interval = if few { BOOTSTRAP.percentile(items, statistic, LEVEL) } else { None };
        Some(Self { value, interval: interval.filter(has_width) })
    }

    /// The same with the `BCa` interval, for coefficients of agreement.
    pub(super) fn corrected<T: Clone>(
        items: &[T],
        statistic: impl Fn(&[T]) -> Option<f64>,
        large_sample: Option<Interval>,
    ) -> Option<Self> {
        let value = statistic(items)?;
        let few = items.len() <= MOST_DRAWN;
        let interval = if few { BOOTSTRAP.bca(items, statistic, LEVEL) } else { large_sample };
        Some(Self { value, interval: interval.filter(has_width) })
    }
}

/// Where every draw gives the same, the draws say nothing about what other records would give.
fn has_width(interval: &Interval) -> bool {
    interval.width() > 0.0
}
