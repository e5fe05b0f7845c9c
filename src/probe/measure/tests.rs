//! What probes find is there, and what is not there they do not find.

use std::collections::BTreeMap;

use super::*;
use crate::eval::OrderVerdict;
use crate::probe::pass::{Pass, Seen};
use crate::probe::version::Judged;
use crate::signature::{Spec, bundled};
use crate::stats::Random;

/// A pass over records whose verdicts are chosen; `mark` tells its requests from others'.
fn pass(mark: &str, records: usize, mut passes: impl FnMut(usize) -> bool) -> Pass {
    let seen = (0..records).map(|record| {
        let verdict = if passes(record) { ("pass", 1.0) } else { ("fail", 0.0) };
        let (label, value) = (verdict.0.to_owned(), Some(verdict.1));
        let key = Some(format!("{mark} {record}"));
        (format!("r{record}"), Seen { key, verdict: Some(Verdict { label, value }), orders: Vec::new() })
    });
    Pass { seen: seen.collect() }
}

fn wanted(spec: &Spec) -> Vec<(ProbeName, Vec<Version>)> {
    let judged = Judged {
        lists: &[],
        to_write: None,
        spec,
        is_holistic: true,
        inputs: Ok(vec!["artifact".to_owned()]),
        model: Some("openai/mock"),
        paraphrases: &[],
        orders: 3,
        seed: 1,
    };
    let each = ProbeName::ALL.into_iter();
    each.filter_map(|probe| Some((probe, crate::probe::versions(probe, &judged).ok()?))).collect()
}

/// Every pass of a judge: `verdict` is told the version's key, empty for the unchanged question, and the record.
fn passes(
    wanted: &[(ProbeName, Vec<Version>)],
    records: usize,
    mut verdict: impl FnMut(&str, usize) -> bool,
) -> Passes {
    let unchanged = pass("unchanged", records, |record| verdict("", record));
    let controls = (1..3)
        .map(|number| pass(&format!("again {number}"), records, |record| verdict("", record)))
        .collect();
    let versions = wanted.iter().flat_map(|(_, versions)| versions);
    let versions = versions.map(|version| {
        let key = version.key();
        let of_key = pass(&key, records, |record| verdict(&key, record));
        (key, of_key)
    });
    Passes { unchanged, controls, versions: versions.collect::<BTreeMap<String, Pass>>() }
}

fn found(report: &ProbeReport, probe: ProbeName) -> &ProbeFinding {
    report.probes.iter().find(|finding| finding.probe == probe).unwrap()
}

#[test]
fn a_judge_that_is_led_is_found_and_by_what() {
    let wanted = wanted(&bundled("relevance").unwrap());
    let passes = passes(&wanted, 20, |version, record| (record % 2 == 0) != version.starts_with("injection"));
    let report = measure(&wanted, &passes, None);
    let worst = report.worst().unwrap();
    assert_eq!(worst.probe, ProbeName::Injection);
    assert_eq!((worst.flips.flips, worst.flips.n, worst.records), (120, 120, 20));
    assert_eq!((worst.up, worst.down, worst.direction_p), (60, 60, None));
    assert_eq!(worst.shift.map(|shift| shift.mean), None, "what a text asks for has no direction");
    assert!(worst.beyond_interval.unwrap().low > 0.6 && worst.flips.interval.unwrap().low > 0.8, "{worst:?}");
    assert_eq!(report.probes.iter().filter(|finding| finding.leads).count(), 1);
    assert_eq!((report.control.flips, report.control.n), (0, 40));
    let steady = found(&report, ProbeName::Length);
    assert_eq!((steady.flips.flips, steady.p), (0, Some(1.0)));
    assert!(steady.beyond_interval.unwrap().high > 0.05, "20 records leave something unseen");
}

#[test]
fn the_direction_of_flips_is_tested_by_records() {
    let wanted = wanted(&bundled("relevance").unwrap());
    let length = |version: &str| version.starts_with("length");
    let passes = passes(&wanted, 30, |version, record| record % 3 == 0 || length(version) && record % 3 == 1);
    let report = measure(&wanted, &passes, None);
    let finding = found(&report, ProbeName::Length);
    assert_eq!((finding.up, finding.down), (30, 0));
    // 10 records flip, all of them up: 2 / 2^10.
    assert!((finding.direction_p.unwrap() - 2.0 / 1024.0).abs() < 1e-12);
    let shift = finding.shift.unwrap();
    assert!((shift.mean - 1.0 / 3.0).abs() < 1e-12 && shift.adjusted_p.unwrap() < 0.05);
}

#[test]
fn noise_is_no_effect() {
    let wanted = wanted(&bundled("relevance").unwrap());
    let mut random = Random::new(7);
    let mut accused = 0;
    for _ in 0..40 {
        let passes = passes(&wanted, 20, |_, record| (record % 2 == 0) != (random.unit() < 0.1));
        accused += usize::from(measure(&wanted, &passes, None).worst().is_some());
    }
    assert!(accused <= 5, "of 40 judges that flip by chance, {accused} are accused");
}

#[test]
fn an_effect_is_seen_through_noise() {
    let wanted = wanted(&bundled("relevance").unwrap());
    let mut random = Random::new(8);
    let passes = passes(&wanted, 40, |version, record| {
        let led = version.starts_with("sycophancy-expert") && record % 2 == 1;
        (record % 2 == 0) != (random.unit() < 0.1) || led
    });
    let report = measure(&wanted, &passes, None);
    let worst = report.worst().unwrap();
    assert_eq!((worst.probe, worst.worst().unwrap().name.as_str()), (ProbeName::Sycophancy, "expert"));
    assert!(report.control.rate.unwrap() > 0.05);
}

#[test]
fn what_was_not_changed_does_not_count_and_a_lost_verdict_is_no_flip() {
    let wanted = wanted(&bundled("relevance").unwrap());
    let mut passes = passes(&wanted, 12, |_, _| true);
    let after = passes.versions.get_mut("length-after").unwrap();
    for (id, seen) in &mut after.seen {
        seen.key.clone_from(&passes.unchanged.seen[id].key);
    }
    passes.versions.get_mut("length-before").unwrap().seen.get_mut("r3").unwrap().verdict = None;
    let report = measure(&wanted, &passes, None);
    let finding = found(&report, ProbeName::Length);
    assert_eq!((finding.flips.n, finding.flips.flips, finding.lost), (23, 0, 1));
}

#[test]
fn of_a_pair_the_place_is_what_its_two_orders_say() {
    let pair = Pair { inputs: ["a".into(), "b".into()], verdicts: ["A".into(), "B".into()], undecided: None };
    let in_orders = |own: &str, exchanged: &str| {
        let order = |swapped, label: &str| OrderVerdict {
            order: String::new(),
            swapped,
            label: Some(label.to_owned()),
            unscored: None,
        };
        vec![order(false, own), order(true, exchanged)]
    };
    let mut passes = Passes { unchanged: pass("u", 20, |_| true), ..Passes::default() };
    passes.controls = vec![pass("again", 20, |_| true)];
    for pass in std::iter::once(&mut passes.unchanged).chain(&mut passes.controls) {
        for seen in pass.seen.values_mut() {
            seen.orders = in_orders("A", "B");
        }
    }
    let report = measure(&[(ProbeName::Place, Vec::new())], &passes, Some(&pair));
    let finding = report.worst().unwrap();
    assert_eq!((finding.flips.flips, finding.up, finding.down), (40, 40, 0));
    assert_eq!((report.is_pair, finding.control), (true, Some(0.0)));
}
