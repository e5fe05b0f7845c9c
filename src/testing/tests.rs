//! Assertions held and broken, with scores made up for the purpose.

use std::path::Path;

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{Assertion, Broken, JudgedBy, Scored, Update};
use crate::golden::{Conclusion, store};
use crate::judge::{Judged, Reason, Score, Unscored};

fn judged(value: f64) -> Judged {
    let label = if value >= 0.5 { "pass" } else { "fail" };
    let score = Score {
        value: Some(value),
        label: label.into(),
        reasoning: Some("Because.".into()),
        ..Score::default()
    };
    Judged::of(Ok(score), Vec::new())
}

fn unscored() -> Judged {
    Judged::of(Err(Unscored::new(Reason::NotRecorded, "no such reply")), Vec::new())
}

/// Twenty outputs, of which the first so many fail.
fn twenty(failing: usize) -> Vec<Scored> {
    let scored = |number: usize| {
        let value = if number < failing { 0.0 } else { 1.0 };
        Scored::judged(format!("r{number:02}"), &judged(value)).asked(&number).output(&value.to_string())
    };
    (0..20).map(scored).collect()
}

fn assertion(folder: &TempDir) -> Assertion {
    judged_with(folder, "0123456789ab")
}

fn judged_with(folder: &TempDir, fingerprint: &str) -> Assertion {
    let judge = JudgedBy { model: "local/judge".into(), fingerprint: fingerprint.into() };
    Assertion::new("answers", folder.path(), judge)
}

fn locked(failing: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    assertion(&folder).check_with(&twenty(failing), Update::Lock).unwrap();
    folder
}

/// A message without the folder's own name.
fn said(broken: &Broken, folder: &TempDir) -> String {
    broken.to_string().replace(&folder.path().display().to_string(), "CRATE")
}

fn waits(folder: &TempDir) -> bool {
    store::pending_path(&folder.path().join("golden"), "answers").exists()
}

#[test]
fn nothing_to_be_held_against_is_no_success() {
    let folder = TempDir::new().unwrap();
    for update in [Update::Nothing, Update::Pending] {
        let broken = assertion(&folder).check_with(&twenty(2), update).unwrap_err();
        assert_snapshot!("no_golden_file", said(&broken, &folder));
        assert!(!store::path(&folder.path().join("golden"), "answers").exists(), "nothing was written");
    }
}

#[test]
fn the_same_scores_pass_and_leave_nothing_to_decide() {
    let folder = locked(2);
    let checked = assertion(&folder).check_with(&twenty(2), Update::Pending).unwrap();
    assert_eq!(checked.conclusion, Conclusion::Pass);
    assert!(checked.diff.unwrap().is_same());
    assert!(!waits(&folder));
}

#[test]
fn worse_scores_break_it_and_wait_to_be_decided_about() {
    let folder = locked(2);
    let broken = assertion(&folder).check_with(&twenty(14), Update::Pending).unwrap_err();
    assert_snapshot!("worse_scores", said(&broken, &folder));
    assert!(waits(&folder));
}

#[test]
fn in_ci_nothing_is_written() {
    let folder = locked(2);
    let before = std::fs::read(store::path(&folder.path().join("golden"), "answers")).unwrap();
    assert!(assertion(&folder).check_with(&twenty(14), Update::Nothing).is_err());
    assert!(!waits(&folder));
    assert_eq!(std::fs::read(store::path(&folder.path().join("golden"), "answers")).unwrap(), before);
}

#[test]
fn locking_takes_the_new_scores_and_still_says_that_they_are_worse() {
    let folder = locked(2);
    assert!(assertion(&folder).check_with(&twenty(14), Update::Lock).is_err());
    let checked = assertion(&folder).check_with(&twenty(14), Update::Nothing).unwrap();
    assert_eq!(checked.conclusion, Conclusion::Pass);
}

#[test]
fn what_too_few_cannot_prove_fails_unless_it_is_let_pass() {
    let folder = locked(2);
    assert!(assertion(&folder).check_with(&twenty(4), Update::Nothing).is_ok(), "not shown to be worse");
    let broken = assertion(&folder).prove(0.05).check_with(&twenty(4), Update::Nothing).unwrap_err();
    let Broken::Quality { checked, .. } = broken else { panic!("{broken}") };
    assert_eq!(checked.conclusion, Conclusion::Inconclusive);
    assert!(
        assertion(&folder)
            .prove(0.05)
            .let_inconclusive_pass()
            .check_with(&twenty(4), Update::Nothing)
            .is_ok()
    );
    assert!(assertion(&folder).prove(0.6).check_with(&twenty(4), Update::Nothing).is_ok());
    let every = assertion(&folder).prove(0.6).every_record();
    assert!(every.check_with(&twenty(4), Update::Nothing).is_err(), "two records are not as locked");
}

#[test]
fn another_setup_is_refused() {
    let folder = locked(2);
    let broken = judged_with(&folder, "ffffffffffff").check_with(&twenty(2), Update::Nothing).unwrap_err();
    assert_snapshot!("another_judge", said(&broken, &folder));
    let mut others = twenty(2);
    others[3] = Scored::judged("r03", &judged(1.0)).asked(&"another question");
    let broken = assertion(&folder).check_with(&others, Update::Nothing).unwrap_err();
    assert_snapshot!("another_question", said(&broken, &folder));
}

#[test]
fn outputs_without_a_score_are_no_success() {
    let folder = locked(2);
    let mut scored = twenty(2);
    scored[5] = Scored::judged("r05", &unscored()).asked(&5);
    let broken = assertion(&folder).check_with(&scored, Update::Pending).unwrap_err();
    assert_snapshot!("not_recorded", said(&broken, &folder));
    assert!(!waits(&folder), "there is nothing to decide about");
}

#[test]
fn an_empty_run_and_a_double_id_are_no_runs() {
    let folder = locked(2);
    let nothing = assertion(&folder).check_with(&[], Update::Lock).unwrap_err();
    assert_snapshot!(nothing.to_string(), @"nothing was judged: an empty run is not a success");
    let mut twice = twenty(2);
    twice.push(Scored::judged("r00", &judged(1.0)));
    let broken = assertion(&folder).check_with(&twice, Update::Lock).unwrap_err();
    assert_snapshot!(broken.to_string(), @r#"two outputs have the id "r00""#);
}

#[test]
fn a_golden_file_is_told_by_its_whole_path() {
    let folder = locked(0);
    let checked = assertion(&folder).check_with(&twenty(0), Update::Nothing).unwrap();
    assert!(Path::new(&checked.golden.unwrap()).is_absolute());
}
