//! Golden files, pending scores, migrations.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use crate::golden::{
    Change, Fingerprints, Golden, GoldenEntry, Kept, Locked, Marks, Pending, PendingRecord, Watch, migrate,
    store,
};
use crate::judge::Reason;

fn locked(id: &str, score: f64) -> Locked {
    Locked {
        id: id.into(),
        score: Some(score),
        label: Some(if score > 0.5 { "yes" } else { "no" }.into()),
        expected: Some("yes".into()),
        marks: Marks { inputs: Some("0123456789ab".into()), ..Marks::default() },
        ..Locked::default()
    }
}

fn fingerprints(prompt: &str) -> Fingerprints {
    let map = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    Fingerprints { ruler: map(&[("scale", "aaaaaaaaaaaa")]), subject: map(&[("judge prompt", prompt)]) }
}

fn golden() -> Golden {
    let mut golden = Golden::new("polite", Watch::Judge);
    let unscored = Locked { id: "r3".into(), unscored: Some(Reason::Timeout), ..Locked::default() };
    let entry =
        GoldenEntry::new(vec![locked("r2", 0.0), locked("r1", 1.0), unscored], fingerprints("bbbbbbbbbbbb"));
    golden.models.insert("openai/mock-1".into(), entry);
    golden
}

fn pending() -> Pending {
    let changed = |id: &str, was: f64, now: f64| PendingRecord {
        id: id.into(),
        change: if now > was { Change::Better } else { Change::Worse },
        was: Some(locked(id, was)),
        now: Some(locked(id, now)),
        reasoning: None,
    };
    Pending {
        format: Pending::FORMAT,
        suite: "polite".into(),
        watch: Watch::Judge,
        golden_model: "openai/mock-1".into(),
        model: "openai/mock-1".into(),
        run: "run".into(),
        subject: vec!["judge prompt".into()],
        fingerprints: fingerprints("cccccccccccc"),
        rejected: 0,
        records: vec![changed("r1", 1.0, 0.0), changed("r2", 0.0, 1.0)],
        other_output: Vec::new(),
        recomputed: None,
        outputs: BTreeMap::new(),
        further: crate::golden::FurtherOutputs::default(),
    }
}

#[test]
fn the_file_is_sorted_and_has_one_record_a_line() {
    assert_snapshot!(store::text(&golden()));
}

#[test]
fn what_is_written_is_read_again_and_written_the_same() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = store::path(folder.path(), "polite");
    assert_eq!(store::read(&path).unwrap(), None);
    store::write(&path, &golden()).unwrap();
    let read = store::read(&path).unwrap().unwrap();
    assert_eq!(read, golden());
    assert_eq!(store::text(&read), store::text(&golden()));
    assert_eq!(store::suites(folder.path()), ["polite"]);
    store::write_pending(&store::pending_path(folder.path(), "polite"), &pending()).unwrap();
    assert_eq!(store::suites(folder.path()), ["polite"]);
    let read = store::read_pending(&store::pending_path(folder.path(), "polite")).unwrap().unwrap();
    assert_eq!(read, pending());
}

#[test]
fn a_file_of_another_form_is_refused() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("polite.json");
    let mut said = Vec::new();
    for text in [
        store::text(&golden()).replace("\"format\": 1", "\"format\": 4"),
        store::text(&golden()).replace("\"n\": 2", "\"m\": 2"),
        store::text(&golden()).replace("\"r2\"", "\"r0\""),
        "nothing".to_owned(),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = store::read(&path).unwrap_err().to_string();
        said.push(error.replace(&folder.path().display().to_string(), "golden"));
    }
    assert_snapshot!(said.join("\n"));
}

#[test]
fn an_accepted_record_is_locked_and_the_subject_follows_with_the_last() {
    let (mut golden, mut pending) = (golden(), pending());
    assert_eq!(pending.accept(&mut golden, Some("r1")), 1);
    let entry = &golden.models["openai/mock-1"];
    assert_eq!((entry.record("r1").unwrap().score, entry.mean), (Some(0.0), Some(0.0)));
    assert_eq!(entry.fingerprints, fingerprints("bbbbbbbbbbbb"));
    assert_eq!(pending.accept(&mut golden, None), 1);
    assert!(pending.is_decided());
    assert_eq!(golden.models["openai/mock-1"].fingerprints, fingerprints("cccccccccccc"));
}

#[test]
fn a_rejected_record_stays_and_so_does_the_subject() {
    let (mut golden, mut pending) = (golden(), pending());
    assert_eq!(pending.reject(Some("r1")), 1);
    assert_eq!(pending.accept(&mut golden, None), 1);
    let entry = &golden.models["openai/mock-1"];
    assert_eq!(entry.record("r1").unwrap().score, Some(1.0));
    assert_eq!(entry.fingerprints, fingerprints("bbbbbbbbbbbb"));
}

#[test]
fn scores_of_another_model_become_its_own_entry() {
    let (mut golden, mut pending) = (golden(), pending());
    pending.model = "openai/mock-2".into();
    pending.accept(&mut golden, None);
    assert_eq!(golden.models["openai/mock-1"].record("r1").unwrap().score, Some(1.0));
    assert_eq!(golden.models["openai/mock-2"].record("r1").unwrap().score, Some(0.0));
}

#[test]
fn a_suite_that_watches_its_judge_is_held_against_its_only_entry() {
    let golden = golden();
    assert_eq!(golden.entry("openai/other", None).unwrap().0, "openai/mock-1");
    assert!(golden.entry("openai/mock-1", Some("nobody")).is_err());
    let subject = Golden { watch: Watch::Subject, ..golden };
    assert!(subject.entry("openai/other", None).is_err());
}

fn now(records: &[Locked]) -> BTreeMap<String, Locked> {
    records.iter().map(|record| (record.id.clone(), record.clone())).collect()
}

#[test]
fn a_migration_keeps_what_the_judge_would_see_again() {
    let golden = golden();
    let entry = &golden.models["openai/mock-1"];
    let mut relabelled = locked("r1", 0.0);
    relabelled.expected = Some("no".into());
    let mut rewritten = locked("r2", 0.0);
    rewritten.marks.inputs = Some("ffffffffffff".into());
    let found = migrate(entry, &now(&[relabelled, rewritten, locked("r9", 0.0)]), &entry.fingerprints);
    let fates: Vec<Kept> = found.records.values().cloned().collect();
    assert_eq!(fates, [Kept::Relabelled, Kept::Anew(vec!["inputs".into()]), Kept::Gone, Kept::New]);
    let kept = found.entry.unwrap();
    assert_eq!((kept.n, kept.record("r1").unwrap().expected.as_deref()), (1, Some("no")));
    assert_eq!(kept.record("r1").unwrap().score, Some(1.0), "the score stays");
}

#[test]
fn a_changed_scale_keeps_nothing() {
    let golden = golden();
    let entry = &golden.models["openai/mock-1"];
    let mut other = entry.fingerprints.clone();
    other.ruler.insert("scale".into(), "eeeeeeeeeeee".into());
    let found = migrate(entry, &now(&[locked("r1", 0.0)]), &other);
    assert_eq!((found.whole, found.entry), (vec!["scale".to_owned()], None));
}
