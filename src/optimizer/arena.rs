//! A race: candidates judge the same records in the same order, and who is beaten drops out early.

use std::collections::BTreeMap;

use super::duel::Duel;

/// The candidates of a race and how far each has come. It knows no model: losses go in, and out
/// come the records to judge next.
///
/// The chance that the candidate with the least loss over all records is dropped is at most
/// `error`: it drops out only by losing one of its duels, each of which is wrong with probability
/// `error / (most − 1)` at most.
#[derive(Clone, Debug)]
pub struct Arena {
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
pub enum Fate {
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
pub struct Heat {
    /// The candidates, by their places.
    pub runners: Vec<usize>,
    /// The records that each of them judges.
    pub records: Vec<usize>,
    units: usize,
}

impl Arena {
    /// A race over groups of records among `most` candidates at most. Without an error nobody is dropped.
    #[must_use]
    pub fn new(units: Vec<Vec<usize>>, most: usize, error: Option<f64>) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "numbers of records are small")]
        let number = |number: usize| number as f64;
        let largest = units.iter().map(Vec::len).max().unwrap_or(1);
        let duel_error = error.map(|error| error / number(most.saturating_sub(1).max(1)));
        Self {
            units,
            largest: number(largest.max(1)),
            runners: Vec::new(),
            duels: BTreeMap::new(),
            duel_error,
        }
    }

    /// A candidate that can be dropped; its place.
    pub fn enter(&mut self) -> usize {
        let records = self.units.iter().flatten().max().map_or(0, |last| last + 1);
        let losses = vec![None; records];
        self.runners.push(Runner { losses, done: 0, fate: Fate::Running, must_finish: false });
        self.runners.len() - 1
    }

    /// A candidate that judges every record whatever happens; its place.
    pub fn enter_to_the_end(&mut self) -> usize {
        let place = self.enter();
        self.runners[place].must_finish = true;
        place
    }

    /// Who is in the race and has not judged every record, the hindmost alone where others are ahead;
    /// and the next records, whole groups, `block` of them or a few more.
    #[must_use]
    pub fn next(&self, block: usize) -> Option<Heat> {
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
    pub fn note(&mut self, place: usize, record: usize, loss: Option<f64>) {
        self.runners[place].losses[record] = loss;
    }

    /// Ends a heat whose losses are noted, and says who was beaten in it.
    pub fn close(&mut self, heat: &Heat) -> Vec<usize> {
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
    pub fn halve(&mut self) -> Vec<usize> {
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
    pub fn fate(&self, place: usize) -> Fate {
        self.runners[place].fate
    }

    /// Whether a candidate has judged every record.
    #[must_use]
    pub fn is_finished(&self, place: usize) -> bool {
        self.runners[place].done >= self.units.len()
    }

    /// How many records a candidate has judged, replies or not.
    #[must_use]
    pub fn judged(&self, place: usize) -> usize {
        self.units[..self.runners[place].done].iter().map(Vec::len).sum()
    }

    /// How many records the candidates on their way have still to judge.
    #[must_use]
    pub fn left(&self) -> usize {
        let whole: usize = self.units.iter().map(Vec::len).sum();
        let on_the_way = (0..self.runners.len()).filter(|&place| self.is_on_its_way(place));
        on_the_way.map(|place| whole - self.judged(place)).sum()
    }

    /// How many candidates are on their way.
    #[must_use]
    pub fn on_the_way(&self) -> usize {
        (0..self.runners.len()).filter(|&place| self.is_on_its_way(place)).count()
    }

    /// The mean loss over the records that were judged; `None` without any.
    #[must_use]
    pub fn mean_loss(&self, place: usize) -> Option<f64> {
        let losses: Vec<f64> = self.runners[place].losses.iter().copied().flatten().collect();
        crate::stats::mean(&losses)
    }
}
