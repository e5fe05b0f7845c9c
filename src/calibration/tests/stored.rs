use super::simulated::{judged, two};
use crate::calibration::*;
use crate::stats::Random;

fn fingerprints() -> Fingerprints {
    Fingerprints {
        signature: "s1".to_owned(),
        judge: "j1".to_owned(),
        model: "local/small".to_owned(),
        reading: "weighted".to_owned(),
    }
}

fn stored(labels_by: LabelsBy) -> CalibrationFile {
    let cases = judged(&mut Random::new(1), 120, 1.0, 2.5);
    let fitted = fit(&two(), &cases, &Options { resamples: 200, ..Options::default() }).unwrap();
    let origin = Origin {
        suite: "support".to_owned(),
        dataset: "d1".to_owned(),
        label_field: "human".to_owned(),
        labels_by,
    };
    CalibrationFile::new(fingerprints(), origin, two(), &cases, fitted)
}

#[test]
fn a_file_reads_back_as_it_was_written() {
    let file = stored(LabelsBy::Human);
    let text = serde_json::to_string_pretty(&file).unwrap();
    assert_eq!(serde_json::from_str::<CalibrationFile>(&text).unwrap(), file);
    assert!(serde_json::from_str::<CalibrationFile>(&text.replacen("format", "form", 1)).is_err());
    assert!(!text.contains("\"r5\""), "ids are hashed");
}

#[test]
fn a_change_is_refused_with_its_reason() {
    let file = stored(LabelsBy::Human);
    assert_eq!(file.check(&fingerprints()), Ok(()));
    let changed = |change: fn(&mut Fingerprints)| {
        let mut now = fingerprints();
        change(&mut now);
        file.check(&now).unwrap_err().join("; ")
    };
    assert_eq!(
        changed(|now| now.model = "local/large".to_owned()),
        "the model changed from `local/small` to `local/large`"
    );
    assert_eq!(
        changed(|now| (now.signature, now.judge) = ("s2".to_owned(), "j2".to_owned())),
        "the signature changed: its instruction, rubric, scale or demonstrations"
    );
    assert_eq!(
        changed(|now| now.judge = "j2".to_owned()),
        "the prompt or the parameters of the judge changed"
    );
    assert_eq!(
        changed(|now| (now.reading, now.judge) = ("text".to_owned(), "j2".to_owned())),
        "the reading changed from `weighted` to `text`"
    );
    let newer = CalibrationFile { format: 2, ..file.clone() };
    assert_eq!(newer.check(&fingerprints()).unwrap_err(), ["its form is version 2, and this is version 1"]);
}

#[test]
fn records_it_was_fitted_on_are_known() {
    let file = stored(LabelsBy::Human);
    let known = ["r3", "x3", "r119", "r120"].map(|id| file.fitted_on.binary_search(&id_hash(id)).is_ok());
    assert_eq!(known, [true, false, true, false]);
    assert_eq!(id_hash("r3").len(), 12);
}
