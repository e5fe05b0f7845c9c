//! False alarms and power, by simulation with a fixed seed.

use crate::golden::{Input, Locked, Rule, Verdict, compare};
use crate::stats::Random;

/// A simulated comparison: how many records, and how one record comes out before and now.
struct World {
    n: usize,
    /// What is to be proved; `None` asks whether anything is worse.
    prove: Option<f64>,
    /// Records of a cluster, which share what happens to them; 1 for none.
    cluster: usize,
    draw: fn(&mut Random) -> (f64, f64),
}

/// How often each verdict was given.
#[derive(Debug, Default)]
struct Rates {
    regression: f64,
    inconclusive: f64,
    pass: f64,
    improvement: f64,
    /// Passes for the reason that nothing changed at all; among `pass`.
    unchanged: f64,
}

fn rates(world: &World, times: u32, seed: u64) -> Rates {
    let mut random = Random::new(seed);
    let mut rates = Rates::default();
    let one = 1.0 / f64::from(times);
    for _ in 0..times {
        let (golden, new) = drawn(world, &mut random);
        let clusters = golden.iter().enumerate().filter(|_| world.cluster > 1);
        let clusters =
            clusters.map(|(at, record)| (record.id.clone(), (at / world.cluster).to_string())).collect();
        let diff = compare(&[Input {
            suite: "s".into(),
            golden_model: "a".into(),
            model: "a".into(),
            golden: &golden,
            new: &new,
            rule: Rule { prove: world.prove, clusters, ..Rule::default() },
        }])
        .remove(0);
        match diff.verdict {
            Verdict::Regression => rates.regression += one,
            Verdict::Inconclusive => rates.inconclusive += one,
            Verdict::Pass => rates.pass += one,
            Verdict::Improvement => rates.improvement += one,
        }
        if diff.is_same() {
            rates.unchanged += one;
        }
    }
    rates
}

fn drawn(world: &World, random: &mut Random) -> (Vec<Locked>, Vec<Locked>) {
    let locked = |at: usize, score: f64| Locked {
        id: format!("{at:05}"),
        score: Some(score),
        label: Some(String::new()),
        ..Locked::default()
    };
    let (mut golden, mut new) = (Vec::new(), Vec::new());
    let mut shared = (0.0, 0.0);
    for at in 0..world.n {
        if at % world.cluster == 0 {
            shared = (world.draw)(random);
        }
        golden.push(locked(at, shared.0));
        new.push(locked(at, shared.1));
    }
    (golden, new)
}

/// 10 % of passes drop and 5 % of all are gained: the difference is the margin of 0.05.
fn flips_at_margin(random: &mut Random) -> (f64, f64) {
    let at = random.unit();
    (f64::from(at >= 0.05), f64::from(!(0.05..0.15).contains(&at)))
}

/// Drops of passes with this probability, and no gains.
fn dropped(random: &mut Random, drops: f64) -> (f64, f64) {
    (1.0, f64::from(random.unit() >= drops))
}

/// Nothing changed: both runs are draws of one judge that errs 5 % of the time.
fn same_judge(random: &mut Random) -> (f64, f64) {
    let passes = random.unit() < 0.7;
    let mut said = || f64::from(passes != (random.unit() < 0.05));
    (said(), said())
}

fn level(random: &mut Random, shift: f64) -> (f64, f64) {
    let base = 0.2 + 0.6 * random.unit();
    let noise = 0.2 * (random.unit() - 0.5);
    (base, (base + noise + shift).clamp(0.0, 1.0))
}

#[test]
fn false_alarms_are_rare_and_large_drops_are_found() {
    // Exactly at the margin either conclusion is wrong half the time it is drawn: 2.5 % each.
    let at_margin = World { n: 120, prove: Some(0.05), cluster: 1, draw: |random| dropped(random, 0.05) };
    let found = rates(&at_margin, 400, 1);
    assert!(found.regression <= 0.05 && found.pass - found.unchanged <= 0.05, "{found:?}");
    let same = World { n: 120, prove: Some(0.05), cluster: 1, draw: same_judge };
    let found = rates(&same, 400, 2);
    assert!(found.regression <= 0.01, "{found:?}");
    let dropped = World { n: 120, prove: Some(0.05), cluster: 1, draw: |random| dropped(random, 0.2) };
    let found = rates(&dropped, 200, 3);
    assert!(found.regression >= 0.9, "{found:?}");
}

/// A judge that errs 5 % of the time, and outputs of which so many get worse.
fn lost(random: &mut Random, loss: f64) -> (f64, f64) {
    let passes = random.unit() < 0.9;
    let still = passes && random.unit() >= loss / 0.9;
    let mut said = |passes: bool| f64::from(passes != (random.unit() < 0.05));
    (said(passes), said(still))
}

#[test]
fn a_gate_that_asks_whether_it_is_worse_can_be_left_on() {
    let world = |n, draw| World { n, prove: None, cluster: 1, draw };
    for (n, red, found) in [(30, 0.04, 0.35), (100, 0.07, 0.9), (300, 0.08, 0.99)] {
        let same = rates(&world(n, |random| lost(random, 0.0)), 600, 4);
        assert!(same.regression <= red && same.inconclusive < 1e-9, "{n}: {same:?}");
        let worse = rates(&world(n, |random| lost(random, 0.16)), 300, 5);
        assert!(worse.regression >= found, "{n}: {worse:?}");
    }
}

/// The figures of docs/measured/golden.md: `cargo test --release golden::tests::simulated -- --ignored --nocapture`.
#[test]
#[ignore = "minutes; its figures stand in docs/measured/golden.md"]
fn the_table_of_the_documentation() {
    type Draw = fn(&mut Random) -> (f64, f64);
    let worlds: [(&str, f64, usize, Draw); 12] = [
        ("sources of 4, exactly at the margin", 0.05, 4, flips_at_margin),
        ("same run twice, judge errs 5 %", 0.05, 1, same_judge),
        ("same run twice, judge flips 13.6 %", 0.05, 1, |r| {
            let passes = r.unit() < 0.7;
            let mut said = || f64::from(passes != (r.unit() < 0.136));
            (said(), said())
        }),
        ("exactly at the margin, 5 % drop", 0.05, 1, |r| dropped(r, 0.05)),
        ("exactly at the margin, with flips", 0.05, 1, flips_at_margin),
        ("10 % of records drop", 0.05, 1, |r| dropped(r, 0.1)),
        ("20 % of records drop", 0.05, 1, |r| dropped(r, 0.2)),
        ("10 % of records gain", 0.05, 1, |r| {
            let gains = r.unit() < 0.1;
            (f64::from(!gains), 1.0)
        }),
        ("scores, no shift", 0.05, 1, |r| level(r, 0.0)),
        ("scores, shifted by exactly the margin", 0.05, 1, |r| level(r, -0.05)),
        ("scores, 5 % fall by half, else the same", 0.025, 1, |r| {
            let base = 0.6 + 0.4 * r.unit();
            (base, if r.unit() < 0.05 { base - 0.5 } else { base })
        }),
        ("scores, shifted by 0.1", 0.05, 1, |r| level(r, -0.1)),
    ];
    for (name, margin, cluster, draw) in worlds {
        for n in [30, 100, 300] {
            // Scores are permuted and resampled, which takes its time.
            let times = if name.starts_with("sco") || cluster > 1 { 500 } else { 4000 };
            let found = rates(&World { n, prove: Some(margin), cluster, draw }, times, 7);
            println!(
                "| {name} | {n} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
                found.regression * 100.0,
                found.inconclusive * 100.0,
                found.pass * 100.0,
                found.improvement * 100.0,
                found.unchanged * 100.0
            );
        }
    }
}
