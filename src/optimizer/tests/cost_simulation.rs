//! What a search is expected to take, held against what it takes.

use super::support::{Table, examples, polite};
use crate::eval::Stop;
use crate::judge::Reading;
use crate::number::real;
use crate::optimizer::*;
use crate::signature::Spec;

/// The rates at which ways to ask are wrong in truth, and how alike they are.
#[derive(Clone, Copy)]
struct Truth {
    low: f64,
    high: f64,
    shared: f64,
}

const AS_ASSUMED: Truth = Truth { low: 0.25, high: 0.45, shared: 0.7 };

struct Bench {
    spec: Spec,
    learning: Learning,
    held_out: HeldOut,
    candidates: usize,
    /// Whether further candidates are drawn while calls are left.
    in_batches: bool,
}

impl Bench {
    /// So many validation records.
    fn new(candidates: usize, records: usize) -> Self {
        let (learning, held_out) = split(examples(records * 5 / 2), Shares::default(), 3).unwrap();
        Self { spec: polite(), learning, held_out, candidates, in_batches: false }
    }

    /// Candidates for so many calls, four for each that all of them could judge.
    fn spending(calls: usize, records: usize) -> (Self, TuneOptions) {
        let bench = Self { in_batches: true, ..Self::new(4 * (calls / records), records) };
        (bench, TuneOptions { most_calls: Some(calls as u64), ..TuneOptions::default() })
    }

    fn subject(&self) -> Subject<'_> {
        let scale = self.spec.scale.as_ref().unwrap();
        Subject { spec: &self.spec, scale, reading: Reading::Text, learning: &self.learning }
    }

    fn optimizer(&self) -> Box<dyn Proposer + '_> {
        let limits = DemoLimits { demos: 6, harvested: 4, harvest_from: 24 };
        let context = SearchContext {
            spec: &self.spec,
            reading: Reading::Text,
            train: &self.learning.train,
            limits,
            seed: 5,
        };
        let search = RandomSearch::new(context, self.candidates);
        Box::new(if self.in_batches { search.in_batches() } else { search })
    }

    fn expected(&self, options: &TuneOptions, errors: &Errors, times: u32) -> Takes {
        let size = |spec: &Spec, _: &Example| 100 + 20 * spec.demos.len() as u64;
        let cost_simulation = CostSimulation {
            subject: self.subject(),
            options,
            models: 1,
            held_out: self.held_out.len(),
            calls_each: 1,
            errors,
            size: &size,
            longer: 0.0,
            reasons: 20,
            times,
        };
        cost_simulation.run(|| Ok(self.optimizer())).unwrap()
    }

    /// A search in a world of its own: its calls, its tokens, and the share of the baseline's wrong verdicts.
    fn actual(&self, options: &TuneOptions, truth: Truth, world: u64) -> (f64, f64, f64) {
        let (found, tokens) = self.found(options, truth, world);
        let (calls, tokens) = (real(found.calls), real(tokens));
        (calls, tokens, found.standings[0].mean_loss.unwrap())
    }

    /// What a search in a world of its own finds, and the tokens it takes.
    fn found(&self, options: &TuneOptions, truth: Truth, world: u64) -> (Found, u64) {
        let table = Table::new(move |spec: &Spec, example: &Example| !is_wrong(spec, example, truth, world));
        let options = TuneOptions { resamples: 0, ..options.clone() };
        let (models, stop) = ([table], Stop::default());
        let mut proposer = self.optimizer();
        let mut tokens = 0;
        let work = search(self.subject(), &models, proposer.as_mut(), options, &stop, |event| {
            if let Event::Judged { reply, .. } = event {
                tokens += reply.sent_tokens.unwrap();
            }
            Ok(())
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        (runtime.block_on(work).unwrap(), tokens)
    }

    /// How often a candidate is wrong in truth.
    fn rate(&self, standing: &CandidateStanding, truth: Truth, world: u64) -> f64 {
        let pool = self.subject().pool();
        rate(&standing.candidate.apply(&self.spec, &pool), truth, world)
    }
}

fn unit(world: u64, words: &str) -> f64 {
    let hash = blake3::hash(format!("{world} {words}").as_bytes());
    let bytes = hash.as_bytes();
    f64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / f64::from(u32::MAX)
}

/// A way to ask has a rate of its own, the same in all searches of a world.
fn rate(spec: &Spec, truth: Truth, world: u64) -> f64 {
    truth.low + (truth.high - truth.low) * unit(world, &way(spec))
}

fn way(spec: &Spec) -> String {
    serde_json::to_string(&spec.demos).unwrap()
}

fn is_wrong(spec: &Spec, example: &Example, truth: Truth, world: u64) -> bool {
    let (way, rate) = (way(spec), rate(spec, truth, world));
    let record = &example.id;
    let is_shared = unit(world, &format!("a {record} {way}")) < truth.shared;
    let draw = unit(world, &if is_shared { format!("b {record}") } else { format!("c {record} {way}") });
    draw < rate
}

fn around(rate: f64) -> Errors {
    let by_label = ["yes", "no"].map(|label| (label.to_owned(), rate));
    Errors::around(by_label.into(), rate)
}

fn calls(takes: &Takes) -> f64 {
    takes.trained.number + takes.compared.number
}

fn off(expected: f64, actual: f64) -> f64 {
    (expected / actual - 1.0).abs()
}

#[test]
fn without_a_race_the_calls_are_known_and_the_tokens_nearly() {
    let bench = Bench::new(4, 24);
    let options = TuneOptions { race_error: None, ..TuneOptions::default() };
    let expected = bench.expected(&options, &Errors::default(), 4);
    for world in 0..4 {
        let (actual, tokens, _) = bench.actual(&options, AS_ASSUMED, world);
        assert!(off(calls(&expected), actual) < 0.01, "{expected:?}, {actual}");
        let bytes = expected.trained.bytes + expected.compared.bytes;
        assert!(off(bytes, tokens) < 0.05, "{expected:?}, {tokens}");
    }
    let tested = [24, 42].map(|records: u32| f64::from(records));
    assert!((tested[0] * 0.5..tested[1] * 2.0).contains(&expected.tested.number), "{expected:?}");
}

#[test]
fn a_budget_is_kept_to_in_a_rehearsal_too() {
    let bench = Bench::new(6, 24);
    let options = TuneOptions { most_calls: Some(100), ..TuneOptions::default() };
    let expected = bench.expected(&options, &Errors::default(), 2);
    assert!(calls(&expected) <= 100.0 && calls(&expected) > 60.0, "{expected:?}");
}

#[test]
fn what_a_baseline_shows_is_what_candidates_are_spread_about() {
    let errors = around(0.1);
    assert!((errors.low - 0.02).abs() < 1e-9 && (errors.high - 0.2).abs() < 1e-9, "{errors:?}");
}

#[test]
fn a_race_between_candidates_that_lie_close_takes_longer() {
    let bench = Bench::new(8, 50);
    let takes = |apart| calls(&bench.expected(&TuneOptions::default(), &Errors::default().spread(apart), 4));
    let [far, assumed, close] = [2.5, 1.0, 0.25].map(takes);
    assert!(far < 0.9 * assumed && assumed <= close, "{far}, {assumed}, {close}");
    let assumed = bench.expected(&TuneOptions::default(), &Errors::default(), 4);
    let [fewest, most] = assumed.range.map(|number| number - assumed.tested.number);
    assert!(fewest < calls(&assumed) && calls(&assumed) < most, "{assumed:?}");
}

#[test]
fn where_calls_are_to_be_spent_they_are_known_however_far_apart_candidates_lie() {
    let (bench, options) = Bench::spending(600, 40);
    let expected = calls(&bench.expected(&options, &Errors::default(), 4));
    for truth in [
        AS_ASSUMED,
        Truth { low: 0.3, high: 0.35, ..AS_ASSUMED },
        Truth { low: 0.1, high: 0.6, ..AS_ASSUMED },
    ] {
        for world in 0..4 {
            let (found, _) = bench.found(&options, truth, world);
            assert!(found.calls <= 600, "{}", found.calls);
            let actual = real(found.calls);
            assert!(off(expected, actual) < 0.15, "{expected}, {actual}");
            // No candidate is cut for want of calls; 24 of them went to harvesting.
            assert!(found.standings.iter().all(|one| one.fate != Fate::Cut), "{found:?}");
            assert!(found.standings.len() >= (600 - 24) / 40, "{}", found.standings.len());
        }
    }
}

const TRUTHS: [(&str, Truth); 5] = [
    ("0.25 to 0.45, as assumed", AS_ASSUMED),
    ("0.1 to 0.25", Truth { low: 0.1, high: 0.25, ..AS_ASSUMED }),
    ("0.3 to 0.35", Truth { low: 0.3, high: 0.35, ..AS_ASSUMED }),
    ("0.1 to 0.6", Truth { low: 0.1, high: 0.6, ..AS_ASSUMED }),
    ("0.25 to 0.45, 4 in ten shared", Truth { shared: 0.4, ..AS_ASSUMED }),
];

/// The figures of docs/measured/tuning.md.
#[test]
#[ignore = "takes minutes; prints the table of docs/measured/tuning.md"]
fn table_of_calls_that_are_spent() {
    println!(
        "| true error rates | calls | records | tried: whole, raced | winner wrong in truth: whole, raced | raced − whole | expected calls |"
    );
    for (name, truth) in TRUTHS {
        for (most, records) in [(450, 50), (1700, 100)] {
            let whole = Bench::new(most / records - 3, records);
            let judging_all = TuneOptions { race_error: None, ..TuneOptions::default() };
            let (raced, racing) = Bench::spending(most, records);
            let expected = calls(&raced.expected(&racing, &Errors::default(), 4));
            let (mut rates, mut tried, mut inside) = ([Vec::new(), Vec::new()], [0, 0], 0);
            for world in 0..40 {
                for (side, (bench, options)) in
                    [(&whole, &judging_all), (&raced, &racing)].into_iter().enumerate()
                {
                    let (found, _) = bench.found(options, truth, world);
                    rates[side].push(bench.rate(&found.standings[found.best], truth, world));
                    tried[side] += found.standings.len();
                    let actual = real(found.calls);
                    inside += usize::from(side == 1 && off(expected, actual) <= 0.15);
                }
            }
            let gain = crate::stats::mean_error::paired_difference(&rates[1], &rates[0]).unwrap();
            let interval = gain.interval(0.95).unwrap();
            let [low, gain, high] = [interval.low, gain.value, interval.high].map(|rate| 100.0 * rate);
            let [one, other] = rates.map(|rates| 100.0 * crate::stats::mean(&rates).unwrap());
            println!(
                "| {name} | {most} | {records} | {}, {} | {one:.1} %, {other:.1} % | {gain:+.1} ({low:.1} to {high:.1}) | {inside} of 40 within 15 % |",
                tried[0] / 40,
                tried[1] / 40
            );
        }
    }
}

/// The figures of docs/measured/tuning.md.
#[test]
#[ignore = "takes minutes; prints the table of docs/measured/tuning.md"]
fn table_of_expected_calls() {
    println!(
        "| true error rates | candidates | records | before the start | baseline judged | in the range |"
    );
    for (name, truth) in TRUTHS {
        for (candidates, records) in [(8, 50), (16, 100)] {
            let bench = Bench::new(candidates, records);
            let options = TuneOptions::default();
            let before = calls(&bench.expected(&options, &Errors::default(), 8));
            let range = |errors: &Errors, times| {
                let range = |apart| {
                    let takes = bench.expected(&options, &errors.spread(apart), times);
                    takes.range.map(|number| number - takes.tested.number)
                };
                let [middle, far, close] = [range(1.0), range(2.5), range(0.25)];
                far[0].min(middle[0])..=close[1].max(middle[1])
            };
            let first = range(&Errors::default(), 4);
            let mut inside = [0, 0];
            let mut misses = [Vec::new(), Vec::new()];
            for world in 0..20 {
                let (actual, _, baseline) = bench.actual(&options, truth, world);
                let after = calls(&bench.expected(&options, &around(baseline), 4));
                misses[0].push(before / actual - 1.0);
                misses[1].push(after / actual - 1.0);
                inside[0] += usize::from(first.contains(&actual));
                inside[1] += usize::from(range(&around(baseline), 2).contains(&actual));
            }
            let told = misses.map(|misses| {
                let mean = crate::stats::mean(&misses).unwrap() * 100.0;
                let mut sizes: Vec<f64> = misses.iter().map(|miss| miss.abs() * 100.0).collect();
                sizes.sort_by(f64::total_cmp);
                let within = sizes.iter().filter(|size| **size <= 15.0).count();
                format!("{mean:+.0} %, half within {:.0} %, {within} of 20 within 15 %", sizes[10])
            });
            let [first, second] = inside;
            println!(
                "| {name} | {candidates} | {records} | {} | {} | {first}, then {second} of 20 |",
                told[0], told[1]
            );
        }
    }
}
