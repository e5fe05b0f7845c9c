//! Whether one way to ask is better than another on a set of records, decided while it is being judged.

/// The shares of the capital that the bettors put at risk in each round.
const STAKES: [f64; 3] = [0.2, 0.5, 0.9];

/// What is this near to −1 is −1, but for rounding.
const ROUNDING: f64 = 1e-9;
const NEVER_MORE: f64 = -1.0 + ROUNDING;

/// A one-sided test by betting on differences in `-1..=1` that are drawn without replacement: that
/// the sum over the whole population is above 0. It may be looked at after every difference: over
/// all moments together the chance of a wrong "above" is at most `error`, by the order of the draws alone.
///
/// Under the hypothesis the differences that are left have a mean of at most −(sum so far)/(left);
/// a bet on more than that is fair at best, and by Ville's inequality the capital reaches 1/`error`
/// with probability `error` at most (Waudby-Smith & Ramdas 2024, section 5 for sampling without
/// replacement; the capital is spread over fixed bets as in their grid-Kelly strategy).
#[derive(Clone, Debug)]
pub struct Duel {
    population: usize,
    seen: usize,
    sum: f64,
    log_capital: [f64; STAKES.len()],
    needed: f64,
    won: bool,
}

impl Duel {
    /// A test over a population of so many differences, wrong with probability `error` at most.
    #[must_use]
    pub fn new(population: usize, error: f64) -> Self {
        let needed = 1.0 / error.clamp(f64::MIN_POSITIVE, 1.0);
        Self { population, seen: 0, sum: 0.0, log_capital: [0.0; STAKES.len()], needed, won: false }
    }

    /// How many differences it has seen.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// Whether the sum is above 0, or was shown to be at some moment.
    #[must_use]
    pub fn is_won(&self) -> bool {
        self.won
    }

    /// Sees the next difference.
    pub fn see(&mut self, difference: f64) {
        if self.seen >= self.population || self.won {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "numbers of records are small")]
        let left = (self.population - self.seen) as f64;
        let mean = -self.sum / left;
        self.seen += 1;
        self.sum += difference;
        // Where all that is left must be −1 for a sum of 0, one that is more decides it.
        if mean <= NEVER_MORE {
            self.won = mean < -1.0 - ROUNDING || difference > NEVER_MORE;
            return;
        }
        let gain = (difference - mean) / (1.0 + mean);
        for (capital, stake) in self.log_capital.iter_mut().zip(STAKES) {
            *capital += (stake * gain).ln_1p();
        }
        self.won = self.capital() >= self.needed;
    }

    /// The mean of the bettors' capitals.
    fn capital(&self) -> f64 {
        let bettors = f64::from(u32::try_from(STAKES.len()).unwrap_or(1));
        self.log_capital.iter().map(|capital| capital.exp()).sum::<f64>() / bettors
    }
}
