//! Pairs in several orders; and what only judgments that were made already have: groups, lines.

use super::lines::Lines;
use super::number::{count, number, percent, plain, rate};
use crate::imported::ReplyCounts;
use crate::summary::{Agreement, GroupAgreement, OrderAgreement, PairAgreement, Summary};

pub(super) fn pairs(lines: &mut Lines, agreement: &PairAgreement) {
    for one in agreement.orders.iter().filter(|order| agreement.labelled > 0 || order.ties + order.unread > 0)
    {
        lines.under("pairs", &order(one, agreement.labelled));
    }
    if agreement.labelled > 0 {
        correct(lines, agreement);
    }
    lines.under("pairs", &rate("the same verdict in every order", &agreement.consistent));
    lines.under("pairs", &rate("the answer shown first is preferred", &agreement.first_shown));
}

fn correct(lines: &mut Lines, agreement: &PairAgreement) {
    let average = agreement.average.map_or_else(|| "undefined".into(), percent);
    let interval = agreement.average_interval.map_or_else(String::new, |interval| {
        format!(" (95 % {:.1} to {:.1} %, pairs as clusters)", interval.low * 100.0, interval.high * 100.0)
    });
    let unread: u64 = agreement.orders.iter().map(|order| order.unread).sum();
    let of_all = match agreement.average_of_all.filter(|_| unread > 0) {
        Some(share) => format!("; {} of all, if what was not read counted as wrong", percent(share)),
        None => String::new(),
    };
    lines.under("pairs", &format!("all orders: correct {average}{interval}{of_all}"));
    lines.under("pairs", &rate("correct in every order", &agreement.all_correct));
}

fn order(order: &OrderAgreement, labelled: u64) -> String {
    let mut parts: Vec<String> =
        (labelled > 0).then(|| rate("correct", &order.correct)).into_iter().collect();
    let mut more = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    };
    more(order.ties, if order.ties == 1 { "tie" } else { "ties" });
    more(order.unread, "not read");
    format!("order {}: {}", order.order, parts.join("; "))
}

pub(super) fn by_group(lines: &mut Lines, summary: &Summary) {
    let width = summary.by_group.iter().map(|group| group.group.chars().count()).max().unwrap_or(0);
    for group in &summary.by_group {
        lines.under("by group", &format!("{:<width$}  {}", group.group, in_short(group)));
    }
}

fn in_short(group: &GroupAgreement) -> String {
    if let Some(pairs) = &group.pairs {
        let average = pairs.average.map_or_else(|| "undefined".into(), percent);
        return format!(
            "correct {average} on average, {}, {}",
            rate("in every order", &pairs.all_correct),
            rate("the same", &pairs.consistent)
        );
    }
    match &group.agreement {
        None => "no labels".into(),
        Some(Agreement::Labels(labels)) => {
            format!("{}, {}", rate("accuracy", &labels.accuracy), number("κ", labels.kappa, None))
        }
        Some(Agreement::Scale(scale)) => {
            let same = rate("same level", &scale.exact);
            let same = if scale.is_by_level() { format!("{same}, ") } else { String::new() };
            format!("{same}Pearson {}, Spearman {}", plain(scale.pearson), plain(scale.spearman))
        }
    }
}

pub(super) fn replies(lines: &mut Lines, counts: &ReplyCounts) {
    let verdicts = if counts.verdicts == counts.lines {
        String::new()
    } else {
        format!(", {} verdicts looked for in them", count(counts.verdicts))
    };
    lines.under("replies", &format!("{} lines{verdicts}", count(counts.lines)));
    let mut more = |number: u64, what: &str, examples: &[String]| {
        if number > 0 {
            let rest = if number > examples.len() as u64 { ", ..." } else { "" };
            let examples = match examples {
                [] => String::new(),
                some => format!(": {}{rest}", some.join(", ")),
            };
            lines.under("replies", &format!("{} {what}{examples}", count(number)));
        }
    };
    more(counts.several, "texts hold several different verdicts", &[]);
    more(counts.assumed, "comparisons without both numbers counted as `unreadable` says", &[]);
    more(counts.unknown, "lines are about no record of the dataset", &counts.unknown_examples);
    more(counts.unanswered, "records have no line", &counts.unanswered_examples);
}
