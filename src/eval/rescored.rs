//! A record's score from what its checks find now and what its judges said before.

use super::panel;
use super::panel::Panel;
use super::plan::{RecordFields, examined};
use crate::check::{Check, Examined, Verdict};
use crate::data::Record;
use crate::judge::{Judged, Score, Unscored};

/// What a record's checks find, and what that makes of it together with what its judges said before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rescored {
    /// A score, or why there is none.
    Settled {
        /// What the checks found.
        checked: Vec<Examined>,
        /// The score of the parts together.
        result: Box<Result<Score, Unscored>>,
    },
    /// A judge was not asked, and must be.
    Unjudged,
    /// A check looks at what the output took or cost, which is not known any more.
    Unmeasured,
}

/// Examines a record's checks, and scores it with what its judges said before; `said` gives that by the judge's name.
#[must_use]
pub(crate) fn rescore(
    record: &Record,
    panel: &Panel,
    place: &RecordFields,
    said: impl Fn(&str) -> Option<Result<Score, Unscored>>,
) -> Rescored {
    let checked = examined(record, panel, place);
    let unmeasured = |(check, examined): (&Check, &Examined)| {
        check.is_of_measurement() && examined.verdict == Verdict::NotApplicable
    };
    if panel.checks.iter().zip(&checked).any(unmeasured) {
        return Rescored::Unmeasured;
    }
    let mut judged = Vec::new();
    if !panel::is_settled(&checked) {
        for member in &panel.judges {
            let Some(result) = said(&member.name) else { return Rescored::Unjudged };
            judged.push(Judged::of(result, Vec::new()));
        }
    }
    let result = Box::new(panel::score(panel, &judged, &checked));
    Rescored::Settled { checked, result }
}
