//! What thresholds for a cascade promise, in words.

use super::formatting::{count, count_of, percent, trimmed};
use crate::calibration::{CascadePage, CostUnit, LabelsBy, StagePage};
use crate::number::{real, rounded, to_u64};
use crate::stats::Promise;

/// What is promised: `at most 10 % of the verdicts that stand are wrong, except with probability 10 %`.
#[must_use]
pub(crate) fn promised(Promise { alpha, delta }: Promise) -> String {
    let percent = |share: f64| format!("{} %", trimmed(100.0 * share));
    format!(
        "at most {} of the verdicts that stand are wrong, except with probability {}",
        percent(alpha),
        percent(delta)
    )
}

/// The answer.
pub(super) fn headline(page: &CascadePage) -> String {
    if page.whole.is_some() {
        return promised(page.promise);
    }
    let alpha = trimmed(100.0 * page.promise.alpha);
    format!("no threshold holds: these labels do not show that at most {alpha} % are wrong")
}

/// What the answer means, sentence by sentence.
pub(super) fn remarks(page: &CascadePage) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(whole) = &page.whole {
        let asked: Vec<&str> = asked(page).map(|stage| stage.stage.as_str()).collect();
        let share = |rate: Option<f64>| rate.map_or_else(|| "none".to_owned(), percent);
        let left = whole.stands.complement().unwrap_or(0.0);
        let rest = if left > 0.0 {
            format!("; on {} nobody is sure enough, and it abstains", percent(left))
        } else {
            String::new()
        };
        remarks.push(format!(
            "a verdict of {} stands on {} of the labelled records{rest}",
            asked.join(" or "),
            share(whole.stands.rate)
        ));
        remarks.extend(saves(page));
        if page.labels_by == LabelsBy::Model {
            remarks.push(
                "the labels are a model's: wrong means that the judge differs from that model".to_owned(),
            );
        }
    }
    for stage in page.stages.iter().filter(|stage| stage.threshold.is_none()) {
        remarks.push(without(page, stage));
    }
    remarks
}

/// The stages that have a threshold: the others are not asked.
pub(super) fn asked(page: &CascadePage) -> impl Iterator<Item = &StagePage> {
    page.stages.iter().filter(|stage| stage.threshold.is_some())
}

/// What the cascade costs beside its last stage alone.
fn saves(page: &CascadePage) -> Option<String> {
    let (whole, last) = (page.whole?, page.stages.last()?);
    let saved = whole.saved.filter(|_| asked(page).any(|stage| stage.stage != last.stage))?;
    let (verb, of) = if saved < 0.0 { ("costs", "more than") } else { ("saves", "of") };
    let costs = format!("{} for {}", cost(page.unit, whole.cost), cost(page.unit, last.cost));
    Some(format!("that {verb} {} {of} what {} alone takes: {costs}", percent(saved.abs()), last.stage))
}

/// Why a stage has no threshold, and how many labels would give it one.
fn without(page: &CascadePage, stage: &StagePage) -> String {
    let name = &stage.stage;
    let then = if page.whole.is_some() { ", so it is not asked" } else { "" };
    let why = format!("no threshold holds for {name}{then}");
    let alpha = trimmed(100.0 * page.promise.alpha);
    if stage.risk.is_empty() {
        return match stage.stands.n {
            0 => format!("{why}: the stages before leave it no record"),
            _ => format!("{why}: its verdicts have no confidence; give it another `reading`"),
        };
    }
    // So many must reach it, of those that are labelled.
    let share = real(stage.stands.n.max(1)) / real(page.labelled.max(1));
    let in_all = |needed: u64| to_u64((real(needed) / share).ceil());
    match stage.labels_needed.map(in_all) {
        Some(labels) if labels > page.labelled => format!(
            "{why}: {} labelled records are too few. It would take about {} in all, if it stays as right as here",
            count(page.labelled),
            count(labels)
        ),
        Some(_) => format!(
            "{why}: too many of its surest verdicts are wrong, which may be chance. Label more records, or allow more \
             than {alpha} % (--alpha)"
        ),
        None => format!(
            "{why}: its surest verdicts are wrong too often. More labels hardly help; to allow more than {alpha} % may \
             (--alpha)"
        ),
    }
}

/// The cost of so many records.
const RECORDS: f64 = 1000.0;

/// What 1,000 records cost.
pub(super) fn cost(unit: CostUnit, each: f64) -> String {
    let all = each * RECORDS;
    match unit {
        CostUnit::Dollars if all >= 100.0 => format!("${all:.0}"),
        CostUnit::Dollars if all >= 1.0 => format!("${all:.2}"),
        CostUnit::Dollars => format!("${all:.4}"),
        CostUnit::Seconds => super::formatting::duration(all),
        CostUnit::Calls => count_of(rounded(all), "call"),
    }
}
