//! What a suite can see, before anything changed: how small a loss of passes would show, and how many records it takes.

use crate::number::{real, to_u64};
use crate::stats::normal;

/// How small a loss a suite of some size notices with a chance of 80 %, by the one-sided test at 5 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// How many records, or sources that records share.
    pub n: u64,
    /// How often a single verdict flips, in `0..0.5`.
    pub flip_rate: f64,
}

/// The loss for which the records are counted that it takes.
const TENTH: f64 = 0.1;

impl Sight {
    /// The smallest loss that shows, of 1; `None` without records.
    ///
    /// A loss of δ parts d = 2p(1 − p) + δ(1 − 2p)² of the records before and after, for a judge that flips with
    /// probability p on either side; n records show it where n·δ² = (z₀.₉₅ + z₀.₈)²·(d − δ²) (Miller 2024, section 5).
    #[must_use]
    pub fn loss(self) -> Option<f64> {
        let reach = reach()?.powi(2);
        let (flips, kept) = self.shares();
        let n = (self.n > 0).then_some(real(self.n))?;
        // (n/reach + 1)·δ² − kept·δ − flips = 0.
        let a = n / reach + 1.0;
        Some(((kept + (kept * kept + 4.0 * a * flips).sqrt()) / (2.0 * a)).min(1.0))
    }

    /// How many records it takes for a loss of 0.1.
    #[must_use]
    pub fn records_for_a_tenth(self) -> Option<u64> {
        let (flips, kept) = self.shares();
        let differ = flips + kept * TENTH - TENTH * TENTH;
        Some(to_u64((reach()?.powi(2) * differ / (TENTH * TENTH)).ceil()))
    }

    /// The share of records that a judge's flips part, and what is kept of a loss.
    fn shares(self) -> (f64, f64) {
        let p = self.flip_rate;
        (2.0 * p * (1.0 - p), (1.0 - 2.0 * p).powi(2))
    }
}

fn reach() -> Option<f64> {
    Some(normal::quantile(0.95)? + normal::quantile(0.8)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_judge_sees_more() {
        // (1.645 + 0.842)² = 6.1826; by hand: n = 6.1826 · (0.1 − 0.01)/0.01 = 55.6, and with 5 % flips 102.6.
        let of = |flip_rate| Sight { n: 12, flip_rate };
        assert_eq!([of(0.0), of(0.05)].map(Sight::records_for_a_tenth), [Some(56), Some(103)]);
        let loss = of(0.05).loss().unwrap();
        assert!((loss - 0.364).abs() < 0.001, "{loss}");
        // The loss that n records show is the one for which n are needed.
        let there = Sight { n: 103, flip_rate: 0.05 }.loss().unwrap();
        assert!((there - 0.1).abs() < 0.001, "{there}");
        assert_eq!(Sight { n: 0, flip_rate: 0.0 }.loss(), None);
    }
}
