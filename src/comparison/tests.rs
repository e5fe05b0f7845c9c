use serde_json::{Value, json};

use super::*;
use crate::eval::Outcome;
use crate::stats::PairedMethod;

/// A record with a verdict of `pass` or `fail`, or a number from 1 to 5; a label; and a tag.
fn outcome(number: usize, label: Option<&str>, verdict: Option<&str>, tag: &str) -> Outcome {
    let worth = |label: &str| match label {
        "pass" => 1.0,
        "fail" => 0.0,
        level => (level.parse::<f64>().unwrap() - 1.0) / 4.0,
    };
    let result = match verdict {
        Some(verdict) => json!({"scored": {"value": worth(verdict), "label": verdict, "reasoning": "so",
            "parts": [{"name": "tone", "weight": 1.0, "value": worth(verdict), "label": verdict}]}}),
        None => json!({"unscored": {"reason": "refused", "detail": "no"}}),
    };
    let mut outcome = json!({
        "id": format!("r{number:04}"), "index": number, "tags": [tag], "model": "m", "reading": "text",
        "result": result, "attempts": [], "elapsed_ms": 0.0,
    });
    if let Some(label) = label {
        outcome["expected"] = json!({"label": label, "value": worth(label)});
    }
    serde_json::from_value(outcome).unwrap()
}

fn side(name: &str, outcomes: impl IntoIterator<Item = Outcome>) -> Side {
    let mut side = Side::new(name, format!("model of {name}"), None);
    outcomes.into_iter().for_each(|outcome| side.add(&outcome));
    side
}

/// A label, the old verdict, the new one, and how many records have them.
type Cell = (&'static str, &'static str, &'static str, usize);

fn both(cells: &[Cell]) -> (Side, Side) {
    let all: Vec<Cell> = cells.iter().flat_map(|cell| std::iter::repeat_n(*cell, cell.3)).collect();
    let of = |which: fn(&Cell) -> &'static str| {
        let records = all.iter().enumerate();
        records
            .map(|(number, cell)| outcome(number, Some(cell.0), Some(which(cell)), "all"))
            .collect::<Vec<_>>()
    };
    (side("old", of(|cell| cell.1)), side("new", of(|cell| cell.2)))
}

#[test]
fn a_judge_is_better_that_is_closer_to_the_labels_however_severe_it_is() {
    let (old, new) =
        both(&[("fail", "pass", "fail", 30), ("pass", "pass", "pass", 60), ("pass", "pass", "fail", 5)]);
    let found = compare(&old, &new, Changed::Judge);
    let verdict = found.verdict.unwrap();
    assert_eq!((verdict.finding, verdict.measure), (Finding::Better, Measure::Accuracy));
    assert!((verdict.difference.difference - 25.0 / 95.0).abs() < 1e-12);
    assert!(found.score.unwrap().difference < 0.0);
    assert_eq!(found.agreement.unwrap().same.count, 60);
    assert_eq!(found.flips.len(), 35);
    assert_eq!(found.flips[0].effect, Effect::Broken);
    assert_eq!((found.by_tag.len(), found.by_part[0].name.as_str()), (1, "tone"));
}

#[test]
fn without_labels_a_judge_is_only_more_severe() {
    let unlabelled = |verdict: &'static str| (0..80).map(move |n| outcome(n, None, Some(verdict), "t"));
    let found = compare(&side("a", unlabelled("pass")), &side("b", unlabelled("fail")), Changed::Judge);
    assert_eq!(found.verdict.unwrap().finding, Finding::Lower);
    let found = compare(&side("a", unlabelled("pass")), &side("b", unlabelled("fail")), Changed::Outputs);
    assert_eq!(found.verdict.unwrap().finding, Finding::Worse);
}

#[test]
fn numbers_are_compared_by_their_distance_to_the_label() {
    let (old, new) = both(&[("5", "3", "4", 20), ("1", "2", "1", 20), ("3", "3", "3", 20)]);
    let verdict = compare(&old, &new, Changed::Judge).verdict.unwrap();
    assert_eq!((verdict.finding, verdict.measure), (Finding::Better, Measure::Closeness));
    assert_eq!(verdict.difference.method, PairedMethod::Permutation);
    // Distances 2, 1, 0 of 4 become 1, 0, 0.
    assert!((verdict.difference.difference - 2.0 / 12.0).abs() < 1e-12);
}

#[test]
fn few_records_show_nothing_and_say_what_they_could_show() {
    let (old, new) = both(&[("pass", "fail", "pass", 2), ("pass", "pass", "pass", 8)]);
    let verdict = compare(&old, &new, Changed::Judge).verdict.unwrap();
    assert_eq!(verdict.finding, Finding::NotShown);
    assert!(verdict.difference.smallest.unwrap() > 0.3);
    let (old, new) = both(&[("pass", "pass", "pass", 10)]);
    let same = compare(&old, &new, Changed::Nothing).verdict.unwrap();
    assert!(same.difference.smallest.unwrap() > 0.2, "no difference seen is not a difference of 0 shown");
}

#[test]
fn only_records_of_both_are_compared_and_unscored_is_no_zero() {
    let old = side("a", (0..10).map(|n| outcome(n, Some("pass"), Some("pass"), "t")));
    let verdict = |n: usize| if n < 3 { None } else { Some("pass") };
    let new = side("b", (0..8).chain([20]).map(|n| outcome(n, Some("pass"), verdict(n), "t")));
    let found = compare(&old, &new, Changed::Judge);
    assert_eq!((found.records, found.unpaired.only_old, found.unpaired.only_new), (8, 2, 1));
    assert_eq!(found.unpaired.newly_unscored.len(), 3);
    assert_eq!((found.accuracy.unwrap().n, found.old.scored.count, found.new.scored.count), (5, 8, 5));
    assert_eq!(found.score.unwrap().difference.to_bits(), 0.0_f64.to_bits());
}

#[test]
fn a_label_that_changed_counts_for_no_accuracy() {
    let old = side("a", (0..6).map(|n| outcome(n, Some("pass"), Some("pass"), "t")));
    let label = |n: usize| if n == 0 { "fail" } else { "pass" };
    let new = side("b", (0..6).map(|n| outcome(n, Some(label(n)), Some("pass"), "t")));
    let found = compare(&old, &new, Changed::Both);
    assert_eq!((found.unpaired.relabelled, found.accuracy.unwrap().n, found.score.unwrap().n), (1, 5, 6));
}

#[test]
fn a_comparison_can_be_stored() {
    let (old, new) = both(&[("pass", "fail", "pass", 12), ("fail", "fail", "fail", 3)]);
    let found = compare(&old, &new, Changed::Judge);
    let text = serde_json::to_string(&found).unwrap();
    assert!(!text.contains("null,null"), "{text}");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["verdict"]["finding"], "better");
}

/// Newly drawn verdicts of the same judge: the 95 % interval excludes no difference in about one of twenty.
#[test]
fn a_a_is_shown_no_difference_at_the_stated_rate() {
    let mut random = crate::stats::Random::new(7);
    let mut alarms = 0;
    for _ in 0..400 {
        let mut draw = || -> Vec<f64> { (0..60).map(|_| f64::from(u8::from(random.unit() < 0.7))).collect() };
        let (new, old) = (draw(), draw());
        let interval = difference(&new, &old, Vec::new(), 0.95).unwrap().interval.unwrap();
        alarms += u32::from(!interval.contains(0.0));
    }
    assert!((8..=32).contains(&alarms), "{alarms} of 400");
}
