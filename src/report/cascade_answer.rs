//! Thresholds for a cascade as a report with one answer: what they promise, the figures, and two curves.

use super::advice::Advice;
use super::answer::{Answer, AnswerTable, Curve, CurveMark, RecordList, Tone, named_once, sentence};
use super::cascade_calibration::{judged, records};
use super::cascade_words::{cost, headline, remarks};
use super::formatting::{count, percent};
use crate::calibration::{CascadePage, CostUnit, StagePage};
use crate::summary::Rate;

/// Thresholds for a cascade as a report.
#[must_use]
pub(crate) fn cascade_answer(page: &CascadePage, advice: &Advice) -> Answer {
    let risks = page.stages.iter().filter(|stage| !stage.risk.is_empty()).map(|stage| risk(page, stage));
    Answer {
        about: format!("{}: thresholds for the cascade {}", page.suite, page.judge),
        tone: if page.whole.is_some() { Tone::Passed } else { Tone::Undecided },
        headline: headline(page),
        statement: remarks(page).into_iter().map(sentence).collect(),
        advice: advice.clone(),
        curves: std::iter::once(agreement(page)).chain(risks).collect(),
        facts: named_once([("cascade", judged(page)), ("records", records(page))]),
        tables: vec![stages(page), points(page)],
        records: RecordList::default(),
        ..Answer::default()
    }
}

fn stages(page: &CascadePage) -> AnswerTable {
    let row = |stage: &StagePage| {
        vec![
            stage.stage.clone(),
            stage.threshold.map_or_else(|| "none holds".to_owned(), |set| format!("{:.3}", set.confidence)),
            of(&stage.stands),
            of(&stage.right),
            stage.threshold.map_or_else(String::new, |set| percent(set.upper)),
            of(&stage.alone),
            cost(page.unit, stage.cost),
        ]
    };
    let columns =
        ["stage", "stands from", "stands", "right", "wrong at most", "alone right", "1,000 records"];
    let note = "A stage without a threshold is not asked. The cost is that of the stage on every record.";
    AnswerTable::new("Stages", note, &columns, page.stages.iter().map(row).collect())
}

fn of(rate: &Rate) -> String {
    let interval = rate.interval.map_or_else(String::new, |interval| {
        format!(", {:.1} to {:.1} %", 100.0 * interval.low, 100.0 * interval.high)
    });
    let share = rate.rate.map_or_else(|| "none".to_owned(), percent);
    format!("{share} ({} of {}{interval})", count(rate.count), count(rate.n))
}

fn points(page: &CascadePage) -> AnswerTable {
    let rows = page.curve.iter().map(|point| {
        vec![
            format!("{:.3}", point.threshold),
            cost(page.unit, point.cost),
            of(&point.reach_last),
            of(&point.right),
        ]
    });
    let columns = ["threshold", "1,000 records", "reach the last stage", "right"];
    let note = "One threshold for all stages but the last, which always stands. It promises nothing.";
    AnswerTable::new("What each threshold costs", note, &columns, rows.collect())
}

/// Cost against agreement.
fn agreement(page: &CascadePage) -> Curve {
    let mark = |name: String, cost: f64, right: &Rate| {
        let interval = right.interval;
        Some(CurveMark {
            x: 1000.0 * cost,
            y: right.rate?,
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            name,
        })
    };
    let alone = |stage: &StagePage| mark(format!("{} alone", stage.stage), stage.cost, &stage.alone);
    let points = page.curve.iter();
    Curve {
        title: "Cost against agreement".to_owned(),
        note: "Each point is a threshold, with its 95 % interval; the marks are stages alone.".to_owned(),
        below: match page.unit {
            CostUnit::Dollars => "dollars for 1,000 records",
            CostUnit::Seconds => "seconds for 1,000 records",
            CostUnit::Calls => "calls for 1,000 records",
        }
        .to_owned(),
        beside: "right".to_owned(),
        points: points
            .filter_map(|point| mark(format!("from {:.3} on", point.threshold), point.cost, &point.right))
            .collect(),
        marks: page.stages.iter().filter_map(alone).collect(),
        limit: None,
    }
}

/// Coverage against risk of one stage.
fn risk(page: &CascadePage, stage: &StagePage) -> Curve {
    // The bound of few verdicts is wide, and says nothing.
    let told = stage.risk.iter().filter(|at| at.wrong.n >= 30 || stage.stands.n < 60);
    let marks = told.filter_map(|at| {
        Some(CurveMark {
            x: at.stands.rate()?,
            y: at.wrong.rate()?,
            low: at.wrong.rate(),
            high: Some(at.upper),
            name: format!("from {:.3} on", at.confidence),
        })
    });
    let set = stage.threshold.and_then(|set| {
        let n = set.wrong.n.max(1);
        Some(CurveMark {
            x: stage.stands.rate?,
            y: crate::number::real(set.wrong.successes) / crate::number::real(n),
            low: None,
            high: Some(set.upper),
            name: format!("threshold {:.3}", set.confidence),
        })
    });
    Curve {
        title: format!("Coverage against risk of {}", stage.stage),
        note: format!(
            "On the {} records that reach it. The line above a point ends at the bound of the share that is wrong.",
            count(stage.stands.n)
        ),
        below: "share of its verdicts that stand".to_owned(),
        beside: "wrong".to_owned(),
        points: marks.collect(),
        marks: set.into_iter().collect(),
        limit: Some(page.promise.alpha),
    }
}
