//! A race: candidates judge the same records in the same order, and who is beaten drops out early.
//! A duel decides, while records are still judged, whether one candidate is better than another.

use std::collections::BTreeMap;

use crate::number::real;

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
pub(crate) struct Duel {
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
    pub(crate) fn new(population: usize, error: f64) -> Self {
        let needed = 1.0 / error.clamp(f64::MIN_POSITIVE, 1.0);
        Self { population, seen: 0, sum: 0.0, log_capital: [0.0; STAKES.len()], needed, won: false }
    }

    /// How many differences it has seen.
    #[must_use]
    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    /// Whether the sum is above 0, or was shown to be at some moment.
    #[must_use]
    pub(crate) fn is_won(&self) -> bool {
        self.won
    }

    /// Sees the next difference.
    pub(crate) fn see(&mut self, difference: f64) {
        if self.seen >= self.population || self.won {
            return;
        }
        let left = real(self.population - self.seen);
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
        let bettors = real(STAKES.len());
        self.log_capital.iter().map(|capital| capital.exp()).sum::<f64>() / bettors
    }
}

/// The candidates of a race and how far each has come. It knows no model: losses go in, and out
/// come the records to judge next.
///
/// The chance that the candidate with the least loss over all records is dropped is at most
/// `error`: it drops out only by losing one of its duels, each of which is wrong with probability
/// `error / (most − 1)` at most.
#[derive(Clone, Debug)]
pub(crate) struct Arena {
    /// Records by group, in the order they are judged.
    units: Vec<Vec<usize>>,
    largest: f64,
    runners: Vec<Runner>,
    duels: BTreeMap<(usize, usize), Duel>,
    duel_error: Option<f64>,
}

/// A candidate on its way.
#[derive(Clone, Debug)]
struct Runner {
    losses: Vec<Option<f64>>,
    done: usize,
    fate: Fate,
    /// A baseline runs to the end whatever happens.
    must_finish: bool,
}

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Fate {
    /// It is still in the race, or has judged every record.
    Running,
    /// It was worse than another beyond chance.
    Beaten {
        /// The other, by its place.
        by: usize,
    },
    /// The budget did not reach for it.
    Cut,
}

/// What is judged next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heat {
    /// The candidates, by their places.
    pub runners: Vec<usize>,
    /// The records that each of them judges.
    pub records: Vec<usize>,
    units: usize,
}

impl Arena {
    /// A race over groups of records among `most` candidates at most. Without an error nobody is dropped.
    #[must_use]
    pub(crate) fn new(units: Vec<Vec<usize>>, most: usize, error: Option<f64>) -> Self {
        let largest = units.iter().map(Vec::len).max().unwrap_or(1);
        let duel_error = error.map(|error| error / real(most.saturating_sub(1).max(1)));
        Self { units, largest: real(largest.max(1)), runners: Vec::new(), duels: BTreeMap::new(), duel_error }
    }

    /// A candidate that can be dropped; its place.
    pub(crate) fn enter(&mut self) -> usize {
        let records = self.units.iter().flatten().max().map_or(0, |last| last + 1);
        let losses = vec![None; records];
        self.runners.push(Runner { losses, done: 0, fate: Fate::Running, must_finish: false });
        self.runners.len() - 1
    }

    /// A candidate that judges every record whatever happens; its place.
    pub(crate) fn enter_to_the_end(&mut self) -> usize {
        let place = self.enter();
        self.runners[place].must_finish = true;
        place
    }

    /// Who is in the race and has not judged every record, the hindmost alone where others are ahead;
    /// and the next records, whole groups, `block` of them or a few more.
    #[must_use]
    pub(crate) fn next(&self, block: usize) -> Option<Heat> {
        let running = || (0..self.runners.len()).filter(|&place| self.is_on_its_way(place));
        let done = running().map(|place| self.runners[place].done).min()?;
        let runners = running().filter(|&place| self.runners[place].done == done).collect();
        let mut records = Vec::new();
        let mut units = 0;
        for unit in &self.units[done..] {
            if records.len() >= block {
                break;
            }
            records.extend(unit);
            units += 1;
        }
        Some(Heat { runners, records, units })
    }

    fn is_on_its_way(&self, place: usize) -> bool {
        let runner = &self.runners[place];
        runner.fate == Fate::Running && runner.done < self.units.len()
    }

    /// Notes what a candidate lost on a record; `None` where there was no reply.
    pub(crate) fn note(&mut self, place: usize, record: usize, loss: Option<f64>) {
        self.runners[place].losses[record] = loss;
    }

    /// Ends a heat whose losses are noted, and says who was beaten in it.
    pub(crate) fn close(&mut self, heat: &Heat) -> Vec<usize> {
        for &place in &heat.runners {
            self.runners[place].done += heat.units;
        }
        let Some(error) = self.duel_error else {
            return Vec::new();
        };
        let mut beaten = Vec::new();
        for place in 0..self.runners.len() {
            if !self.is_on_its_way(place) || self.runners[place].must_finish {
                continue;
            }
            let rivals = (0..self.runners.len()).filter(|&rival| rival != place);
            let rivals: Vec<usize> =
                rivals.filter(|&rival| self.runners[rival].fate == Fate::Running).collect();
            if let Some(by) = rivals.into_iter().find(|&rival| self.is_beaten(place, rival, error)) {
                self.runners[place].fate = Fate::Beaten { by };
                beaten.push(place);
            }
        }
        beaten
    }

    fn is_beaten(&mut self, place: usize, by: usize, error: f64) -> bool {
        let (loser, winner) = (&self.runners[place], &self.runners[by]);
        let duel = self.duels.entry((place, by)).or_insert_with(|| Duel::new(self.units.len(), error));
        while duel.seen() < loser.done.min(winner.done) && !duel.is_won() {
            let lost = |&record: &usize| Some(loser.losses[record]? - winner.losses[record]?);
            let unit: f64 = self.units[duel.seen()].iter().filter_map(lost).sum();
            duel.see(unit / self.largest);
        }
        duel.is_won()
    }

    /// Takes out of the race whom the budget does not reach for: the worse half of those that are
    /// on their way and may be dropped, at least one. Says who it was.
    pub(crate) fn halve(&mut self) -> Vec<usize> {
        let may_go = |place: &usize| self.is_on_its_way(*place) && !self.runners[*place].must_finish;
        let mut order: Vec<usize> = (0..self.runners.len()).filter(may_go).collect();
        // Worst first; of equals the later goes.
        order.sort_by(|&a, &b| {
            let loss = |place| self.mean_loss(place).unwrap_or(f64::INFINITY);
            loss(b).total_cmp(&loss(a)).then(b.cmp(&a))
        });
        order.truncate(order.len().div_ceil(2));
        for &place in &order {
            self.runners[place].fate = Fate::Cut;
        }
        order
    }

    /// What became of a candidate.
    #[must_use]
    pub(crate) fn fate(&self, place: usize) -> Fate {
        self.runners[place].fate
    }

    /// Whether a candidate has judged every record.
    #[must_use]
    pub(crate) fn is_finished(&self, place: usize) -> bool {
        self.runners[place].done >= self.units.len()
    }

    /// How many records a candidate has judged, replies or not.
    #[must_use]
    pub(crate) fn judged(&self, place: usize) -> usize {
        self.units[..self.runners[place].done].iter().map(Vec::len).sum()
    }

    /// How many records the candidates on their way have still to judge.
    #[must_use]
    pub(crate) fn left(&self) -> usize {
        let whole: usize = self.units.iter().map(Vec::len).sum();
        let on_the_way = (0..self.runners.len()).filter(|&place| self.is_on_its_way(place));
        on_the_way.map(|place| whole - self.judged(place)).sum()
    }

    /// How many candidates are on their way.
    #[must_use]
    pub(crate) fn on_the_way(&self) -> usize {
        (0..self.runners.len()).filter(|&place| self.is_on_its_way(place)).count()
    }

    /// The mean loss over the records that were judged; `None` without any.
    #[must_use]
    pub(crate) fn mean_loss(&self, place: usize) -> Option<f64> {
        let losses: Vec<f64> = self.runners[place].losses.iter().copied().flatten().collect();
        crate::stats::mean(&losses)
    }
}
