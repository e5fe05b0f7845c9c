//! Races on losses that are drawn: how often the best is dropped, and what is saved.

use std::collections::BTreeMap;

use crate::number::real;
use crate::optimizer::{Arena, Duel, Fate};
use crate::stats::Random;

/// Losses of 0 or 1 of each candidate on each record; a record's difficulty is shared, as with real judges.
fn losses(rates: &[f64], records: usize, random: &mut Random) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::new(); rates.len()];
    for _ in 0..records {
        let shared = random.unit();
        for (rate, losses) in rates.iter().zip(&mut all) {
            // Seven times in ten the record decides, else the candidate's own chance.
            let draw = if random.unit() < 0.7 { shared } else { random.unit() };
            losses.push(if draw < *rate { 1.0 } else { 0.0 });
        }
    }
    all
}

/// Runs a race; the candidates' fates and the calls it took.
fn race(all: &[Vec<f64>], error: Option<f64>, random: &mut Random) -> (Vec<Fate>, usize) {
    let mut order: Vec<usize> = (0..all[0].len()).collect();
    random.shuffle(&mut order);
    let mut arena = Arena::new(order.into_iter().map(|record| vec![record]).collect(), all.len(), error);
    for _ in all {
        arena.enter();
    }
    let mut calls = 0;
    while let Some(heat) = arena.next(4) {
        for &runner in &heat.runners {
            for &record in &heat.records {
                arena.note(runner, record, Some(all[runner][record]));
                calls += 1;
            }
        }
        arena.close(&heat);
    }
    ((0..all.len()).map(|place| arena.fate(place)).collect(), calls)
}

fn sum(losses: &[f64]) -> f64 {
    losses.iter().sum()
}

/// How races among candidates of these true rates went.
#[derive(Debug, Default)]
struct Told {
    /// Races in which each candidate with the least loss was dropped.
    best_dropped: u32,
    calls: usize,
    whole: usize,
    /// How much more than the least the survivors' best lost, a record.
    regret: f64,
}

fn simulated(rates: impl Fn(&mut Random) -> Vec<f64>, records: usize, error: f64, times: u32) -> Told {
    let mut random = Random::new(7);
    let mut told = Told::default();
    for _ in 0..times {
        let all = losses(&rates(&mut random), records, &mut random);
        let (fates, calls) = race(&all, Some(error), &mut random);
        let least = all.iter().map(|losses| sum(losses)).fold(f64::INFINITY, f64::min);
        let running = |place: &usize| fates[*place] == Fate::Running;
        let survivors = (0..all.len()).filter(running).map(|place| sum(&all[place]));
        let found = survivors.fold(f64::INFINITY, f64::min);
        told.best_dropped += u32::from(found > least);
        told.regret += (found - least) / real(records);
        told.calls += calls;
        told.whole += all.len() * records;
    }
    told.regret /= f64::from(times);
    told
}

#[test]
fn the_best_is_dropped_no_more_often_than_promised() {
    // Equals are the hardest: any of them may look better for a while.
    let told = simulated(|_| vec![0.3; 6], 80, 0.1, 60);
    assert!(told.best_dropped <= 6, "{told:?}");
}

#[test]
fn who_is_plainly_worse_drops_out_early() {
    let spread = |random: &mut Random| (0..10).map(|_| 0.15 + 0.5 * random.unit()).collect();
    let told = simulated(spread, 100, 0.1, 20);
    assert!(told.best_dropped <= 2, "{told:?}");
    assert!(told.calls * 10 < told.whole * 7, "{told:?}");
    assert!(told.regret < 0.005, "{told:?}");
}

#[test]
fn a_duel_is_won_where_the_rest_cannot_turn_it() {
    let mut duel = Duel::new(10, 1e-9);
    (0..5).for_each(|_| duel.see(1.0));
    assert!(!duel.is_won(), "five more could bring it back to 0");
    duel.see(1.0);
    duel.see(1.0);
    assert!(duel.is_won());
}

#[test]
fn a_duel_under_the_hypothesis_is_rarely_won() {
    let mut random = Random::new(3);
    let mut won = 0;
    for _ in 0..400 {
        // Ten of each kind: the sum is 0, the edge of the hypothesis.
        let mut differences: Vec<f64> = (0..60).map(|index| f64::from(index % 3) - 1.0).collect();
        random.shuffle(&mut differences);
        let mut duel = Duel::new(60, 0.1);
        for difference in differences {
            duel.see(difference);
        }
        won += u32::from(duel.is_won());
    }
    assert!(won <= 40, "{won} of 400 at a promised 0.1");
}

#[test]
fn a_race_without_an_error_judges_everything() {
    let mut random = Random::new(1);
    let all = losses(&[0.1, 0.9], 20, &mut random);
    let (fates, calls) = race(&all, None, &mut random);
    assert_eq!((fates, calls), (vec![Fate::Running; 2], 40));
}

#[test]
fn one_who_comes_late_catches_up_alone() {
    let mut arena = Arena::new((0..6).map(|record| vec![record]).collect(), 3, Some(0.1));
    arena.enter_to_the_end();
    while let Some(heat) = arena.next(4) {
        arena.close(&heat);
    }
    arena.enter();
    let heat = arena.next(4).unwrap();
    assert_eq!((heat.runners.clone(), heat.records.clone()), (vec![1], vec![0, 1, 2, 3]));
    arena.close(&heat);
    assert_eq!(arena.left(), 2);
    assert_eq!(arena.halve(), [1]);
    assert_eq!((arena.fate(1), arena.next(4)), (Fate::Cut, None));
}

/// The figures of docs/measured/tuning.md.
#[test]
#[ignore = "takes a minute; prints the table of docs/measured/tuning.md"]
fn table_of_savings() {
    println!("candidates records error  best dropped  calls of all  regret");
    for (candidates, records) in [(8, 50), (16, 50), (8, 100), (16, 100), (16, 300)] {
        for error in [0.05, 0.1, 0.2] {
            let spread = |random: &mut Random| {
                (0..candidates).map(|_| 0.2 + 0.3 * random.unit()).collect::<Vec<f64>>()
            };
            let told = simulated(spread, records, error, 400);
            let share = real(told.calls) / real(told.whole);
            let dropped = f64::from(told.best_dropped) / 4.0;
            println!(
                "{candidates:>10} {records:>7} {error:>5}  {dropped:>10.1} %  {:>10.1} %  {:.4}",
                share * 100.0,
                told.regret
            );
        }
    }
}

/// What each candidate lost on each record, squared, in a tuning that judged every record by every candidate.
fn recorded(evaluations: &str, labels: &str, good: &str) -> Vec<Vec<f64>> {
    let lines = |path: &str| {
        let text = std::fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<serde_json::Value>>()
    };
    let worth = |line: &serde_json::Value| f64::from(u8::from(line["label"] == good));
    let truth: BTreeMap<String, f64> =
        lines(labels).iter().map(|line| (line["id"].to_string(), worth(line))).collect();
    let mut by_candidate: BTreeMap<u64, BTreeMap<String, f64>> = BTreeMap::new();
    for line in lines(evaluations).iter().filter(|line| line["part"] == "validation") {
        let id = line["id"].to_string();
        let value = line["given"]["verdict"]["value"].as_f64().unwrap();
        let loss = (value - truth[&id]).powi(2);
        by_candidate.entry(line["candidate"].as_u64().unwrap()).or_default().insert(id, loss);
    }
    by_candidate.into_values().map(|losses| losses.into_values().collect()).collect()
}

/// A figure of docs/measured/tuning.md: `evaluations.jsonl` of a tuning with `--race-error 0`, the dataset, and the
/// label that is worth 1.
#[test]
#[ignore = "needs EVENHAND_EVALUATIONS, EVENHAND_LABELS and EVENHAND_GOOD"]
fn races_on_recorded_judgments() {
    let named = |name: &str| std::env::var(name).unwrap();
    let all = recorded(&named("EVENHAND_EVALUATIONS"), &named("EVENHAND_LABELS"), &named("EVENHAND_GOOD"));
    let least = all.iter().map(|losses| sum(losses)).fold(f64::INFINITY, f64::min);
    let whole = all.len() * all[0].len();
    let mut random = Random::new(11);
    for error in [0.05, 0.1, 0.2] {
        let (mut dropped, mut shares) = (0, Vec::new());
        for _ in 0..400 {
            let (fates, calls) = race(&all, Some(error), &mut random);
            let best = (0..all.len()).find(|&place| sum(&all[place]) <= least).unwrap();
            dropped += u32::from(fates[best] != Fate::Running);
            shares.push(real(calls) / real(whole));
        }
        shares.sort_by(f64::total_cmp);
        let mean = crate::stats::mean(&shares).unwrap();
        println!(
            "{} candidates, {} records, error {error}: {:.1} % of all calls (95 % of the orders {:.1} to {:.1}), best dropped {dropped} of 400",
            all.len(),
            all[0].len(),
            100.0 * mean,
            100.0 * shares[10],
            100.0 * shares[389],
        );
    }
}
