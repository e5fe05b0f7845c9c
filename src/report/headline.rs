//! What a run comes to, in one line.

use super::formatting::{count, percent, plain};
use crate::summary::{Agreement, LabelAgreement, PairAgreement, Rate, ScaleAgreement, Summary};

/// The answer to what the suite asks: how far the judge agrees with the labels; without labels, how many records pass.
pub(super) fn headline(summary: &Summary) -> String {
    if summary.records == 0 && summary.people.is_some() {
        return "labels by people, no judge".to_owned();
    }
    let said = match (&summary.pairs, &summary.agreement) {
        (Some(pairs), _) => of_pairs(pairs),
        (None, Some(Agreement::Labels(labels))) => of_labels(labels),
        (None, Some(Agreement::Scale(scale))) => of_scale(scale),
        (None, None) => passed(summary),
    };
    let unscored: u64 = summary.unscored.values().sum();
    if summary.scored.count == 0 && unscored > 0 {
        return format!("no record has a score, {} of {} unscored", count(unscored), count(summary.records));
    }
    match unscored {
        0 => said,
        n => format!("{said}; {} of {} unscored", count(n), count(summary.records)),
    }
}

/// `33 of 36 (91.7 %)`.
fn share(rate: &Rate) -> String {
    let share = rate.rate.map_or_else(String::new, |share| format!(" ({})", percent(share)));
    format!("{} of {}{share}", count(rate.count), count(rate.n))
}

fn of_labels(labels: &LabelAgreement) -> String {
    format!("judge and label agree on {}", share(&labels.accuracy))
}

fn of_scale(scale: &ScaleAgreement) -> String {
    let rank = format!("Spearman {} with the labels", plain(scale.spearman));
    match (scale.is_by_level(), scale.has_levels_between()) {
        (true, true) => {
            format!(
                "the label's level on {}, within one level on {}",
                share(&scale.exact),
                share(&scale.within_one)
            )
        }
        (true, false) => format!("the label's level on {}", share(&scale.exact)),
        (false, _) => rank,
    }
}

fn of_pairs(pairs: &PairAgreement) -> String {
    match pairs.average.filter(|_| pairs.labelled > 0) {
        Some(average) => {
            format!("{} correct, {} in every order", percent(average), share(&pairs.all_correct))
        }
        None => format!("the same verdict in every order on {}", share(&pairs.consistent)),
    }
}

/// Where scores lie between 0 and 1, their mean too.
fn passed(summary: &Summary) -> String {
    let passed = format!("{} passed", share(&summary.passed));
    let mean = summary.score.mean.filter(|mean| Some(*mean) != summary.passed.rate);
    mean.map_or(passed.clone(), |mean| format!("{passed}, mean score {mean:.2}"))
}
