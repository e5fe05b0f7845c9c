//! Sections of a summary for the terminal: people compared with each other, repeats, pairs in several
//! orders, and what only judgments that were made already have.

use super::formatting::{
    Detail, Lines, count, count_of, name_width, number, number_by, percent, plain, rate, share_by,
};
use crate::imported::ReplyCounts;
use crate::stats::Interval;
use crate::summary::{
    Agreement, GroupAgreement, OrderAgreement, PairAgreement, PassAtK, PeopleAgreement, RepeatSummary,
    Summary, TwoPeople,
};

/// The heading of these lines.
const HEADING: &str = "people";

pub(super) fn people(lines: &mut Lines, agreement: &PeopleAgreement, detail: Detail) {
    let each = if agreement.fewest == agreement.most {
        format!("{} each", count(agreement.most))
    } else {
        format!("{} to {} each", count(agreement.fewest), count(agreement.most))
    };
    let tied = match agreement.tied {
        0 => String::new(),
        n => format!("; {} without a majority", count(n)),
    };
    lines.folded_under(
        HEADING,
        &format!(
            "among the people: {}, {}, {each}{tied}",
            count_of(agreement.items, "item"),
            count_of(agreement.ratings, "label")
        ),
    );
    // Between every two people κ says it; α is the one figure where they are too many for that.
    let alpha = agreement.alpha.iter();
    for alpha in alpha.filter(|_| detail == Detail::Statistics || agreement.pairwise.is_empty()) {
        let what = format!("Krippendorff's α ({})", alpha.measurement);
        lines.folded_under(HEADING, &number(&what, alpha.value, alpha.interval));
    }
    for pair in &agreement.pairwise {
        lines.folded_under(HEADING, &two(pair, detail));
    }
}

fn two(pair: &TwoPeople, detail: Detail) -> String {
    let kappa = number_by(detail, "κ", pair.kappa, pair.kappa_interval);
    let correlations = match pair.pearson {
        None => String::new(),
        some => {
            format!(", Pearson {}, Spearman {}, τ-b {}", plain(some), plain(pair.spearman), plain(pair.tau_b))
        }
    };
    format!("{} and {}: {}, {kappa}{correlations}", pair.first, pair.second, rate("same", &pair.same))
}

/// The most flipping records that are shown.
const MOST_SHOWN: usize = 8;

pub(super) fn repeats(lines: &mut Lines, summary: &RepeatSummary, detail: Detail) {
    let unscored = match summary.scored.n - summary.scored.count {
        0 if detail == Detail::Figures => String::new(),
        n => format!("; {} without a score", count(n)),
    };
    lines.folded_under("repeats", &format!("{} of each record{unscored}", count(summary.repeats)));
    if detail == Detail::Statistics {
        variances(lines, summary);
    }
    for pass in told(&summary.passes) {
        lines.folded_under("repeats", &passes(pass, summary.pass_at, detail));
    }
    lines.folded_under("flips", &rate("repeats that differ from most of their record", &summary.flips));
    lines.folded_under(
        "flips",
        &share_by(detail, "records with different verdicts", &summary.flipping_records),
    );
    if let Some(flip_rate) = summary.flip_rate {
        lines.folded_under("flips", &format!("a single draw flips with probability {flip_rate:.3}"));
    }
}

fn variances(lines: &mut Lines, summary: &RepeatSummary) {
    let mean = &summary.mean;
    lines.folded_under(
        "repeats",
        &format!(
            "standard error of the mean {}, with one repeat {}",
            small(mean.standard_error),
            small(mean.standard_error_of_one)
        ),
    );
    lines.folded_under(
        "repeats",
        &format!(
            "variance between records {}, between repeats of a record {}",
            small(mean.between_records),
            small(mean.within_record)
        ),
    );
}

/// Two lines are enough: one repeat, and all of them.
fn told(passes: &[PassAtK]) -> impl Iterator<Item = &PassAtK> {
    let last = passes.last().filter(|last| last.k > 1);
    passes.first().into_iter().chain(last)
}

fn passes(pass: &PassAtK, pass_at: f64, detail: Detail) -> String {
    let all = interval(pass.all, pass.all_interval);
    if pass.k == 1 {
        return format!("one passes (a score of {pass_at} or more) {all}, n {}", count(pass.n));
    }
    let any = interval(pass.any, pass.any_interval.filter(|_| detail == Detail::Statistics));
    format!("all {k} pass (pass^{k}) {all}; one of {k} passes (pass@{k}) {any}", k = pass.k)
}

fn interval(number: Option<f64>, interval: Option<Interval>) -> String {
    let interval = interval.map_or_else(String::new, |interval| format!(" (95 % {interval:.2})"));
    format!("{}{interval}", plain(number))
}

fn small(number: Option<f64>) -> String {
    number.map_or_else(|| "undefined".into(), |number| format!("{number:.3}"))
}

pub(super) fn flipping(lines: &mut Lines, summary: &RepeatSummary) {
    if summary.flipping.is_empty() {
        return;
    }
    lines.blank();
    lines.whole("  the records that flip most:");
    for record in summary.flipping.iter().take(MOST_SHOWN) {
        let verdicts: Vec<String> =
            record.verdicts.iter().map(|(label, number)| format!("{label} {number}")).collect();
        let variance =
            record.variance.map_or_else(String::new, |variance| format!("; variance {variance:.3}"));
        lines.folded(&format!("    {}: {}{variance}", record.id, verdicts.join(", ")));
    }
    let more = summary.flipping_records.count.saturating_sub(MOST_SHOWN as u64);
    if more > 0 {
        lines.whole(&format!("    and {} more", count(more)));
    }
}

pub(super) fn pairs(lines: &mut Lines, agreement: &PairAgreement, detail: Detail) {
    for one in agreement.orders.iter().filter(|order| agreement.labelled > 0 || order.ties + order.unread > 0)
    {
        lines.folded_under("pairs", &order(one, agreement.labelled, detail));
    }
    if agreement.labelled > 0 {
        correct(lines, agreement, detail);
    }
    lines.folded_under("pairs", &share_by(detail, "the same verdict in every order", &agreement.consistent));
    lines.folded_under("pairs", &rate("the answer shown first is preferred", &agreement.first_shown));
}

fn correct(lines: &mut Lines, agreement: &PairAgreement, detail: Detail) {
    let average = agreement.average.map_or_else(|| "undefined".into(), percent);
    let interval = agreement.average_interval.map_or_else(String::new, |interval| {
        format!(" (95 % {:.1} to {:.1} %, pairs as clusters)", interval.low * 100.0, interval.high * 100.0)
    });
    let unread: u64 = agreement.orders.iter().map(|order| order.unread).sum();
    let of_all = match agreement.average_of_all.filter(|_| unread > 0) {
        Some(share) => format!("; {} of all, if what was not read counted as wrong", percent(share)),
        None => String::new(),
    };
    lines.folded_under("pairs", &format!("all orders: correct {average}{interval}{of_all}"));
    lines.folded_under("pairs", &share_by(detail, "correct in every order", &agreement.all_correct));
}

fn order(order: &OrderAgreement, labelled: u64, detail: Detail) -> String {
    let mut parts: Vec<String> =
        (labelled > 0).then(|| share_by(detail, "correct", &order.correct)).into_iter().collect();
    let mut more = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    };
    more(order.ties, if order.ties == 1 { "tie" } else { "ties" });
    more(order.unread, "not read");
    format!("order {}: {}", order.order, parts.join("; "))
}

pub(super) fn by_group(lines: &mut Lines, summary: &Summary, detail: Detail) {
    let width = name_width(summary.by_group.iter().map(|group| group.group.as_str()));
    for group in &summary.by_group {
        lines.named("by group", &group.group, width, &in_short(group, detail));
    }
}

fn in_short(group: &GroupAgreement, detail: Detail) -> String {
    if let Some(pairs) = &group.pairs {
        let average = pairs.average.map_or_else(|| "undefined".into(), percent);
        return format!(
            "correct {average} on average, {}, {}",
            share_by(detail, "in every order", &pairs.all_correct),
            share_by(detail, "the same", &pairs.consistent)
        );
    }
    match &group.agreement {
        None => "no labels".into(),
        Some(Agreement::Labels(labels)) => {
            format!("{}, {}", share_by(detail, "accuracy", &labels.accuracy), number("κ", labels.kappa, None))
        }
        Some(Agreement::Scale(scale)) => {
            let same = share_by(detail, "same level", &scale.exact);
            let same = if scale.is_by_level() { format!("{same}, ") } else { String::new() };
            format!("{same}Pearson {}, Spearman {}", plain(scale.pearson), plain(scale.spearman))
        }
    }
}

pub(super) fn replies(lines: &mut Lines, counts: &ReplyCounts) {
    let verdicts = if counts.verdicts == counts.lines {
        String::new()
    } else {
        format!(", {} looked for in them", count_of(counts.verdicts, "verdict"))
    };
    lines.folded_under("replies", &(count_of(counts.lines, "line") + &verdicts));
    let mut more = |number: u64, what: &str, examples: &[String]| {
        if number > 0 {
            let rest = if number > examples.len() as u64 { ", ..." } else { "" };
            let examples = match examples {
                [] => String::new(),
                some => format!(": {}{rest}", some.join(", ")),
            };
            lines.folded_under("replies", &format!("{} {what}{examples}", count(number)));
        }
    };
    more(counts.several, "texts hold several different verdicts", &[]);
    more(counts.assumed, "comparisons without both numbers counted as `unreadable` says", &[]);
    more(counts.unknown, "lines are about no record of the dataset", &counts.unknown_examples);
    more(counts.unanswered, "records have no line", &counts.unanswered_examples);
}
