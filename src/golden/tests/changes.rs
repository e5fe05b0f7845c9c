//! What became of a record.

use crate::golden::{Change, Locked};

fn scored(score: Option<f64>, label: &str) -> Locked {
    Locked { id: "r1".into(), score, label: Some(label.into()), ..Locked::default() }
}

fn between(was: &Locked, now: &Locked) -> Change {
    Change::between(Some(was), Some(now), 0.005)
}

#[test]
fn scores_within_the_tolerance_are_the_same() {
    let was = scored(Some(0.5), "3");
    assert_eq!(between(&was, &scored(Some(0.505), "3")), Change::Same);
    assert_eq!(between(&was, &scored(Some(0.495), "3")), Change::Same);
    assert_eq!(between(&was, &scored(Some(0.5051), "3")), Change::Better);
    assert_eq!(between(&was, &scored(Some(0.4949), "3")), Change::Worse);
}

#[test]
fn another_verdict_of_the_same_score_is_a_flip() {
    assert_eq!(between(&scored(Some(1.0), "yes"), &scored(None, "unclear")), Change::Flipped);
    assert_eq!(between(&scored(Some(0.5), "3"), &scored(Some(0.502), "4")), Change::Flipped);
    assert_eq!(between(&scored(None, "unclear"), &scored(None, "unclear")), Change::Same);
}

#[test]
fn every_change_has_its_own_words() {
    let mut names: Vec<&str> = Change::ALL.iter().map(|change| change.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Change::ALL.len());
    assert!(Change::ALL.is_sorted());
}
