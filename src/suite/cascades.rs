//! The cascades among a suite's judges: their thresholds, and one whose every stage is asked.

use super::judges::Suite;
use super::seats::Seat;
use super::thresholds::Thresholds;
use crate::error::{Error, ErrorKind, Result};

impl Suite {
    /// Leaves one of its judges, a cascade, and has every stage of it asked about every record: the one that is named,
    /// or the only one. Gives its name.
    ///
    /// # Errors
    /// No judge is a cascade, several are, or the one that is named is none.
    pub(crate) fn leave_every_stage(&mut self, judge: Option<&str>) -> Result<String> {
        let is_meant = |seat: &Seat| seat.is_cascade() && judge.is_none_or(|judge| seat.name == judge);
        let names: Vec<String> =
            self.judges.iter().filter(|seat| is_meant(seat)).map(|seat| seat.name.clone()).collect();
        let [name] = names.as_slice() else {
            return Err(not_one_cascade(&self.name, judge, &names));
        };
        let had_parts = self.judges.len() + self.checks.len() > 1;
        self.judges.retain(is_meant);
        self.judges.iter_mut().for_each(Seat::ask_every_stage);
        self.checks.clear();
        if had_parts {
            self.keep_own_labels();
        }
        Ok(name.clone())
    }

    /// Leaves its cascades with the thresholds that their stages say themselves.
    pub(crate) fn go_by_own_thresholds(&mut self) {
        self.judges.iter_mut().for_each(Seat::forget_thresholds);
    }

    /// The thresholds that labels gave for its cascades, each with the judge's name.
    pub(crate) fn thresholds(&self) -> impl Iterator<Item = (&str, &Thresholds)> {
        self.judges.iter().filter_map(|seat| Some((seat.name.as_str(), seat.thresholds()?)))
    }
}

fn not_one_cascade(suite: &str, judge: Option<&str>, cascades: &[String]) -> Error {
    let (detail, help) = match (judge, cascades) {
        (Some(judge), _) => (
            format!("suite {suite} has no judge `{judge}` that is a cascade"),
            "name one that has [[...cascade.stages]]".to_owned(),
        ),
        (None, []) => (
            format!("suite {suite} has no cascade"),
            format!(
                "add [[suites.{suite}.cascade.stages]] to evenhand.toml; docs/guides/cascades.md shows how"
            ),
        ),
        (None, several) => (
            format!("suite {suite} has several cascades"),
            format!("name one: --judge NAME, of {}", several.join(", ")),
        ),
    };
    Error::new(ErrorKind::Usage, detail).help(help)
}
