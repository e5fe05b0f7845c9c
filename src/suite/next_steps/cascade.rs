//! What to do about the thresholds of a cascade.

use super::calibrate::Compared;
use super::typed::{in_the_project, key};
use crate::calibration::LabelsBy;
use crate::report::Advice;
use crate::suite::calibrate::CascadeCalibrated;
use crate::suite::calibrations::thresholds_path;

/// What to do about the thresholds of a cascade.
pub(crate) fn after_cascade(compared: &Compared<'_>, calibrated: &CascadeCalibrated<'_>) -> Advice {
    let Compared { config, typed, write, .. } = compared;
    let page = calibrated.page();
    let suite = page.suite.as_str();
    if page.whole.is_none() {
        let more_would_help = page.stages.iter().any(|stage| stage.labels_needed.is_some());
        let step = if more_would_help {
            "Label more records, or promise less (--alpha, --delta)"
        } else {
            "Take better judges for the stages, or promise less (--alpha, --delta)"
        };
        return Advice::keep("these labels promise nothing")
            .by_hand(format!("{step}, and type the same command again: replies are kept"));
    }
    if page.labels_by == LabelsBy::Model {
        return Advice::keep("a model's labels promise nothing of what people say");
    }
    let path = write.clone().unwrap_or_else(|| thresholds_path(config, suite, &page.judge));
    let file = config.file.suites.get(suite);
    let further = file.and_then(|file| file.judges.get(&page.judge)).and_then(|judge| judge.cascade.as_ref());
    let own = further.or(file.and_then(|file| file.cascade.as_ref()));
    let named = own.and_then(|cascade| cascade.calibration.as_ref());
    let is_named = named.is_some_and(|named| config.path(named) == path);
    let advice = if write.is_some() {
        Advice::default()
    } else {
        let folder = calibrated.folder().display().to_string();
        let from = ["--from".to_owned(), folder];
        let words = compared.words.iter().chain(&compared.chosen_by).chain(&from).map(String::as_str);
        let words: Vec<&str> = std::iter::once("calibrate").chain(words).chain(["--write"]).collect();
        Advice::default().step("Store the thresholds", typed.command(&words))
    };
    if is_named {
        let words = [&["calibrate", suite, "--cascade", "--check"][..], &judge(compared)].concat();
        return advice.step("Later, see whether they still hold", typed.command(&words));
    }
    let table = match further {
        Some(_) => format!("[suites.{suite}.judges.{}.cascade]", page.judge),
        None => format!("[suites.{suite}.cascade]"),
    };
    let set = key("calibration", &in_the_project(config, &path));
    advice.by_hand(format!("Set {set} in {table} of evenhand.toml, and `evenhand run` applies it"))
}

/// The judge that was named, as a flag.
fn judge<'c>(compared: &'c Compared<'_>) -> Vec<&'c str> {
    let place = compared.words.iter().position(|word| word == "--judge");
    place
        .map(|place| compared.words.iter().skip(place).take(2).map(String::as_str).collect())
        .unwrap_or_default()
}
