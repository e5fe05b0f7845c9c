//! A record's score from what its checks find now and what its judges said before.

use super::outcome::{Produced, Repeat, Settled};
use super::panel::Panel;
use super::plan::{RecordFields, examined};
use super::{panel, repeated};
use crate::check::{Check, Examined, Verdict};
use crate::data::Record;
use crate::judge::{Judged, Score, Unscored};
use crate::subject::Trace;

/// What a record's checks find, and what that makes of it together with what its judges said before.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rescored {
    /// A score, or why there is none.
    Settled(Box<RescoredOnce>),
    /// A judge was not asked, and must be.
    Unjudged,
    /// A check looks at what the output took or cost, which is not known any more.
    Unmeasured,
}

/// One of the times a record was taken, scored anew.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RescoredOnce {
    /// What the checks found.
    pub(crate) checked: Vec<Examined>,
    /// The score of the parts together.
    pub(crate) result: Result<Score, Unscored>,
}

/// What is known of the time that an output took, and of its cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TimeAndCost {
    /// How long it took, in milliseconds, and what it cost, in US dollars, where that is known.
    Kept { took_ms: f64, cost_usd: Option<f64> },
    /// It was measured when the output was produced, and not kept.
    Lost,
    /// It was never measured: the output was there.
    Never,
}

/// Examines a record's checks, and scores it with what its judges said before; `said` gives that by the judge's name.
#[must_use]
pub(crate) fn rescore(
    record: &Record,
    panel: &Panel,
    place: &RecordFields,
    spent: TimeAndCost,
    said: impl Fn(&str) -> Option<Result<Score, Unscored>>,
) -> Rescored {
    let produced = match spent {
        TimeAndCost::Kept { took_ms, cost_usd } => {
            Some(Produced { output: None, trace: Trace { took_ms, cost_usd, ..Trace::default() } })
        }
        TimeAndCost::Lost | TimeAndCost::Never => None,
    };
    let checked = examined(record, panel, place, produced.as_ref());
    let unmeasured = |(check, examined): (&Check, &Examined)| {
        check.is_of_measurement() && examined.verdict == Verdict::NotApplicable
    };
    if spent == TimeAndCost::Lost && panel.checks.iter().zip(&checked).any(unmeasured) {
        return Rescored::Unmeasured;
    }
    let mut judged = Vec::new();
    if !panel::is_settled(&checked) {
        for member in &panel.judges {
            let Some(result) = said(&member.name) else { return Rescored::Unjudged };
            judged.push(Judged::of(result, Vec::new()));
        }
    }
    let result = panel::score(panel, &judged, &checked);
    Rescored::Settled(Box::new(RescoredOnce { checked, result }))
}

/// One score from those of each time, as a run makes it, and the place of the time that its checks are of.
#[must_use]
pub(crate) fn rescored_together(times: Vec<RescoredOnce>) -> (RescoredOnce, usize) {
    let wished = times.len();
    let repeat = |(number, RescoredOnce { checked, result })| Repeat {
        number,
        result: match result {
            Ok(score) => Settled::Scored(score),
            Err(unscored) => Settled::Unscored(unscored),
        },
        subject: None,
        cut: None,
        checks: checked,
        orders: Vec::new(),
        routes: Vec::new(),
        elapsed_ms: 0.0,
    };
    let whole = repeated::whole((0..).zip(times).map(repeat).collect(), wished);
    let result = match whole.result {
        Settled::Scored(score) => Ok(score),
        Settled::Unscored(unscored) => Err(unscored),
    };
    let shown = whole.shown.and_then(|number| usize::try_from(number).ok()).unwrap_or_default();
    (RescoredOnce { checked: whole.checks, result }, shown)
}
