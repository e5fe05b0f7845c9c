//! How far the judge agrees with the labels, for the terminal. One line has an interval; the others have theirs where
//! statistics are wanted.

use super::formatting::{
    Detail, Lines, WIDTH, cells, count, count_of, longest, name_width, number, number_by, plain, rate,
    share_by,
};
use crate::summary::{JudgeAgreement, LabelAgreement, RankingSummary, ScaleAgreement, Summary};

/// The heading of these lines.
const HEADING: &str = "agreement";

/// Each judge by itself, where the suite's verdicts above are made of checks too.
pub(super) fn judges(lines: &mut Lines, summary: &Summary, detail: Detail) {
    if summary.judges.is_empty() {
        return;
    }
    lines.folded_under(HEADING, "is the suite's, of judges and checks together; a judge's own:");
    for JudgeAgreement { judge, asked, agreement } in &summary.judges {
        let kappa = number_by(detail, "κ", agreement.kappa, agreement.kappa_interval);
        lines.folded_under(
            "judge",
            &format!("{judge}: {}, {kappa}", share_by(detail, "accuracy", &agreement.accuracy)),
        );
        if asked.count != asked.n || detail == Detail::Statistics {
            let (asked, all) = (count(asked.count), count(asked.n));
            lines.folded_under("judge", &format!("it was asked about {asked} of {all} scored records"));
        }
    }
}

/// Where all labels are one, κ and AUC say nothing.
pub(super) fn labels(lines: &mut Lines, agreement: &LabelAgreement, detail: Detail) {
    let classes = agreement.confusion.iter().filter(|row| row.iter().any(|cell| *cell > 0)).count();
    if classes < 2 && detail == Detail::Figures {
        lines.folded_under(HEADING, &rate("accuracy", &agreement.accuracy));
        return;
    }
    let kappa = number_by(detail, "κ", agreement.kappa, agreement.kappa_interval);
    lines.folded_under(HEADING, &format!("{}, {kappa}", rate("accuracy", &agreement.accuracy)));
    if agreement.accuracy.n != agreement.accuracy_decided.n {
        let kappa = number("κ", agreement.kappa_decided, None);
        let decided = share_by(detail, "where both decide", &agreement.accuracy_decided);
        lines.folded_under(HEADING, &format!("{decided}, {kappa}"));
    }
    let auc = "pairs ordered rightly (AUC)";
    lines.folded_under(HEADING, &number_by(detail, auc, agreement.ordered, agreement.ordered_interval));
}

pub(super) fn scale(lines: &mut Lines, agreement: &ScaleAgreement, detail: Detail) {
    if agreement.is_by_level() {
        let kappa = number_by(detail, "κ (quadratic)", agreement.kappa_quadratic, agreement.kappa_interval);
        lines.folded_under(HEADING, &format!("{}, {kappa}", rate("same level", &agreement.exact)));
        let spearman = number_by(detail, "Spearman", agreement.spearman, agreement.spearman_interval);
        correlations(lines, agreement, &spearman, detail);
    } else {
        let spearman = number("Spearman", agreement.spearman, agreement.spearman_interval);
        correlations(lines, agreement, &spearman, detail);
    }
    let ordered = number_by(detail, "pairs ordered rightly", agreement.ordered, agreement.ordered_interval);
    let tau = plain(agreement.tau_b);
    lines.folded_under(HEADING, &format!("{ordered}, of {} pairs; τ-b {tau}", count(agreement.pairs)));
    distances(lines, agreement, detail);
}

fn correlations(lines: &mut Lines, agreement: &ScaleAgreement, spearman: &str, detail: Detail) {
    let pearson = number_by(detail, "Pearson", agreement.pearson, agreement.pearson_interval);
    lines.folded_under(HEADING, &format!("{spearman}, {pearson}"));
}

/// From 0 to 1 a distance in levels is one on the scale, and nothing is farther than one level away.
fn distances(lines: &mut Lines, agreement: &ScaleAgreement, detail: Detail) {
    let means = format!(
        "mean {} where the labels have {}",
        plain(agreement.mean_score_level),
        plain(agreement.mean_label_level)
    );
    let distances =
        format!("mean distance {}, RMSE {}", plain(agreement.mae_levels), plain(agreement.rmse_levels));
    if !agreement.has_levels_between() {
        lines.folded_under(HEADING, &format!("{means}, {distances}"));
        return;
    }
    lines.folded_under(HEADING, &format!("in levels: {means}, {distances}"));
    let error = agreement.mean_error.map_or_else(|| "undefined".into(), |error| format!("{error:.2}"));
    let near = share_by(detail, "within one level", &agreement.within_one);
    lines.folded_under(HEADING, &format!("{near}; mean error {error} of the scale"));
}

pub(super) fn by_tag(lines: &mut Lines, summary: &Summary, detail: Detail) {
    let width = name_width(summary.by_tag.iter().map(|tag| tag.tag.as_str()));
    for tag in &summary.by_tag {
        let line = format!("{}, ordered {}", share_by(detail, "same", &tag.same), plain(tag.ordered));
        lines.named("by tag", &tag.tag, width, &line);
    }
}

/// A table of labels and verdicts, without those that no record has; where that is too wide, a list.
pub(super) fn confusion(lines: &mut Lines, agreement: &LabelAgreement, detail: Detail) {
    const BESIDE: &str = "   <- judge";
    let labels = &agreement.labels;
    let given = |at: usize| agreement.confusion.iter().any(|row| row.get(at).is_some_and(|cell| *cell > 0));
    let meant = |at: usize| agreement.confusion.get(at).is_some_and(|row| row.iter().any(|cell| *cell > 0));
    let all = detail == Detail::Statistics;
    let columns: Vec<usize> = (0..labels.len()).filter(|at| all || given(*at) || meant(*at)).collect();
    let rows = (0..labels.len()).filter(|at| all || meant(*at));
    let width = longest(labels.iter().map(String::as_str)).max(5);
    lines.blank();
    if 14 + (width + 1) * (columns.len() + 1) + 1 + BESIDE.len() > WIDTH {
        listed(lines, agreement);
        return;
    }
    let header = cells(columns.iter().filter_map(|at| labels.get(*at)).map(String::as_str), width);
    lines.under("verdicts", &format!("{:<width$} |{header}{BESIDE}", "label"));
    for (label, row) in rows.filter_map(|at| labels.get(at).zip(agreement.confusion.get(at))) {
        let counts: Vec<String> = columns.iter().filter_map(|at| row.get(*at)).map(|n| count(*n)).collect();
        let cells = cells(counts.iter().map(String::as_str), width);
        lines.under("verdicts", &format!("{label:<width$} |{cells}"));
    }
}

/// Each label with the verdicts it got; none that it did not get.
fn listed(lines: &mut Lines, agreement: &LabelAgreement) {
    for (label, row) in agreement.labels.iter().zip(&agreement.confusion) {
        let given = agreement.labels.iter().zip(row).filter(|(_, number)| **number > 0);
        let given: Vec<String> =
            given.map(|(verdict, number)| format!("{} {verdict}", count(*number))).collect();
        if !given.is_empty() {
            lines.folded_under("verdicts", &format!("label {label}: judge {}", given.join(", ")));
        }
    }
}

/// How well the scores rank the records of each group.
pub(super) fn ranking(lines: &mut Lines, found: &RankingSummary) {
    let ndcg = number(&format!("nDCG@{}", found.k), found.ndcg, found.interval);
    let field = &found.group;
    lines.folded_under("ranking", &format!("{ndcg}, {} by {field}", count_of(found.groups, "group")));
    if found.by_chance.is_some() {
        lines.folded_under("ranking", &number("a random order has", found.by_chance, None));
    }
    let mut note = |number: u64, what: &str| {
        if number > 0 {
            lines.folded_under("ranking", &format!("{} {what}", count(number)));
        }
    };
    note(found.left_out, "left out: one record alone, or no label above 0");
    note(found.without_score, "labelled without a score, in no ranking");
    note(found.without_group, &format!("labelled without the field {field}, in no ranking"));
}
