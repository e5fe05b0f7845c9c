//! A judge and labels in words: the answer, what it rests on, and which score correction helps.

use super::calibration_tables::decision;
use super::formatting::{count, number, plain};
use crate::calibration::{Figure, Fitted, LabelsBy, Measured, Page, Standing};
use crate::stats::CalibrationMap;
use crate::summary::Rate;

/// The answer in a few words.
pub(super) fn headline(standing: Standing) -> &'static str {
    match standing {
        Standing::AboveChance => "The judge agrees with the labels beyond chance",
        Standing::NotToldFromChance => "The judge cannot be told from chance",
        Standing::BelowChance => "The judge is worse than chance",
        Standing::Unknown => "These labels cannot tell how good the judge is",
    }
}

/// What the answer rests on: `43 of 60 verdicts are the label, κ 0.47 (95 % 0.30 to 0.66)`.
pub(super) fn found(page: &Page) -> Option<String> {
    let verdicts = page.verdicts.value()?;
    let Rate { count: same, n, .. } = verdicts.same;
    let (what, kappa) = match &page.scale {
        Some(scale) => ("quadratic κ", &scale.kappa_quadratic),
        None => ("κ", &verdicts.kappa),
    };
    let kappa = kappa.value().map(|Figure { value, interval }| number(what, Some(*value), *interval));
    let parts = [Some(format!("{} of {} verdicts are the label", count(same), count(n))), kappa];
    Some(parts.into_iter().flatten().collect::<Vec<String>>().join(", "))
}

/// Why the answer is what it is.
pub(super) fn reason(standing: Standing) -> &'static str {
    match standing {
        Standing::AboveChance => "the interval of κ lies above 0; the figures say how far they agree",
        Standing::NotToldFromChance => "the interval of κ includes 0: do not rely on its verdicts",
        Standing::BelowChance => "the interval of κ lies below 0: look at the prompt and at the labels",
        Standing::Unknown => "κ has no interval: label more records, of both kinds",
    }
}

/// A remark where a model labelled.
pub(super) fn by_a_model(page: &Page) -> Option<&'static str> {
    (page.labels_by == LabelsBy::Model)
        .then_some("these labels are a model's: agreement with a model is no calibration")
}

/// What helps on unseen labels, if anything does.
pub(super) fn correction(page: &Page) -> Option<String> {
    match (&page.threshold, &page.maps) {
        (Some(fitted), _) => threshold(fitted),
        (None, Measured::Value(fitted)) => Some(
            threshold(fitted)
                .unwrap_or_else(|| format!("score correction: {}", decision(fitted, page.labels_by))),
        ),
        (None, Measured::Missing(_)) => None,
    }
}

/// Verdicts that are moved: `counting scores from 0.54 up as "yes" lifts κ from 0.20 to 0.30 on unseen labels`.
fn threshold(fitted: &Fitted) -> Option<String> {
    let [before, after] = [&fitted.plain, &fitted.adjusted.figures].map(|figures| plain(figures.kappa));
    let what = match fitted.chosen.as_ref()? {
        CalibrationMap::Threshold { at } => format!("counting scores from {at:.2} up as a pass"),
        CalibrationMap::Cutpoints { at } => {
            let at: Vec<String> = at.iter().map(|at| format!("{at:.2}")).collect();
            format!("levels that begin at the scores {}", at.join(", "))
        }
        _ => return None,
    };
    let verb = if what.starts_with("levels") { "lift" } else { "lifts" };
    Some(format!("{what} {verb} κ from {before} to {after} on unseen labels"))
}
