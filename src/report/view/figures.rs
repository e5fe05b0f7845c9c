//! The figures of a summary, in one form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stats::Interval;
use crate::summary::{
    Agreement, GroupAgreement, LabelAgreement, MetricSummary, PairAgreement, Rate, ScaleAgreement, Summary,
};

/// A number with its n and its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Figure {
    /// Its name for programs, which stays: `accuracy`, `kappa`.
    pub(crate) name: String,
    /// Its name for people.
    pub(crate) title: String,
    /// How it is written.
    pub(crate) form: Form,
    /// Its value; none where it is undefined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<f64>,
    /// The interval's lower end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) low: Option<f64>,
    /// The interval's upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) high: Option<f64>,
    /// The interval's level, for example 0.95.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<f64>,
    /// Of a share: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
    /// Of how many records, pairs or answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) n: Option<u64>,
}

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// In percent: it is a share in `0..=1`.
    Share,
    /// As a number with two decimals.
    Number,
}

/// Figures of some of the records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Group {
    /// A tag, or `FIELD=VALUE`.
    pub(crate) name: String,
    /// Its figures.
    pub(crate) figures: Vec<Figure>,
}

impl Figure {
    fn share(name: &str, title: &str, rate: &Rate) -> Self {
        let count = (Some(rate.count), Some(rate.n));
        Self::new(name, title, Form::Share, rate.rate, rate.interval, count)
    }

    fn number(
        name: &str,
        title: &str,
        value: Option<f64>,
        interval: Option<Interval>,
        n: Option<u64>,
    ) -> Self {
        Self::new(name, title, Form::Number, value, interval, (None, n))
    }

    fn new(
        name: &str,
        title: &str,
        form: Form,
        value: Option<f64>,
        interval: Option<Interval>,
        (count, n): (Option<u64>, Option<u64>),
    ) -> Self {
        Self {
            name: name.to_owned(),
            title: title.to_owned(),
            form,
            value,
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
            level: interval.map(|interval| interval.level),
            count,
            n,
        }
    }

    /// The value for people: `60.0 %`, `0.25`, `undefined`.
    #[must_use]
    pub(crate) fn written(&self) -> String {
        match (self.value, self.form) {
            (None, _) => "undefined".to_owned(),
            (Some(value), Form::Share) => format!("{:.1} %", value * 100.0),
            (Some(value), Form::Number) => format!("{value:.2}"),
        }
    }

    /// The interval for people: `44.6 to 73.7 %`; nothing where there is none.
    #[must_use]
    pub(crate) fn written_interval(&self) -> String {
        match (self.low, self.high, self.form) {
            (Some(low), Some(high), Form::Share) => format!("{:.1} to {:.1} %", low * 100.0, high * 100.0),
            (Some(low), Some(high), Form::Number) => format!("{low:.2} to {high:.2}"),
            _ => String::new(),
        }
    }
}

/// The figures of a run, the most telling first.
pub(super) fn figures(summary: &Summary) -> Vec<Figure> {
    let mut figures = agreement(summary.agreement.as_ref());
    if let Some(pairs) = &summary.pairs {
        figures.extend(paired(pairs));
    }
    figures.extend(summary.ranking.as_ref().map(|found| {
        let title = format!("nDCG@{} over groups by {}", found.k, found.group);
        Figure::number("ndcg", &title, found.ndcg, found.interval, Some(found.groups))
    }));
    if summary.score.n > 0 {
        let score = &summary.score;
        figures.push(Figure::number("mean_score", "mean score", score.mean, score.interval, Some(score.n)));
    }
    figures.push(Figure::share("scored", "scored", &summary.scored));
    if let Some(subject) = &summary.subject {
        figures.push(Figure::share("outputs_produced", "outputs produced", &subject.produced));
    }
    if summary.evidence_found.n > 0 {
        let title = "quotations found in the material";
        figures.push(Figure::share("evidence_found", title, &summary.evidence_found));
    }
    figures
}

fn agreement(agreement: Option<&Agreement>) -> Vec<Figure> {
    match agreement {
        None => Vec::new(),
        Some(Agreement::Labels(labels)) => by_labels(labels),
        Some(Agreement::Scale(scale)) => on_scale(scale),
    }
}

fn by_labels(labels: &LabelAgreement) -> Vec<Figure> {
    let n = Some(labels.accuracy.n);
    let mut figures = vec![
        Figure::share("accuracy", "accuracy", &labels.accuracy),
        Figure::number("kappa", "Cohen's κ", labels.kappa, labels.kappa_interval, n),
    ];
    if labels.accuracy.n != labels.accuracy_decided.n {
        let title = "accuracy where both decide";
        figures.push(Figure::share("accuracy_decided", title, &labels.accuracy_decided));
    }
    let interval = labels.ordered_interval;
    figures.push(Figure::number("auc", "pairs ordered rightly (AUC)", labels.ordered, interval, n));
    figures
}

fn on_scale(scale: &ScaleAgreement) -> Vec<Figure> {
    let n = Some(scale.exact.n);
    let (spearman, pearson) = (scale.spearman_interval, scale.pearson_interval);
    let mut figures = Vec::new();
    if scale.is_by_level() {
        let (kappa, interval) = (scale.kappa_quadratic, scale.kappa_interval);
        figures.push(Figure::number("kappa_quadratic", "κ (quadratic)", kappa, interval, n));
        figures.push(Figure::share("same_level", "same level", &scale.exact));
    }
    if scale.has_levels_between() {
        figures.push(Figure::share("within_one_level", "within one level", &scale.within_one));
    }
    figures.extend([
        Figure::number("spearman", "Spearman's ρ", scale.spearman, spearman, n),
        Figure::number("pearson", "Pearson's r", scale.pearson, pearson, n),
        Figure::number("ordered", "pairs ordered rightly", scale.ordered, scale.ordered_interval, n),
        Figure::number("mean_distance", "mean distance in levels", scale.mae_levels, None, n),
    ]);
    figures
}

fn paired(pairs: &PairAgreement) -> Vec<Figure> {
    let (average, interval, n) = (pairs.average, pairs.average_interval, pairs.labelled);
    let mut figures = Vec::new();
    if n > 0 {
        let title = "correct, all orders";
        figures.push(Figure::new("correct", title, Form::Share, average, interval, (None, Some(n))));
        figures.extend(pairs.orders.iter().map(|order| {
            let name = &order.order;
            Figure::share(
                &format!("correct_in_order_{name}"),
                &format!("correct, order {name}"),
                &order.correct,
            )
        }));
        figures.push(Figure::share("correct_in_every_order", "correct in every order", &pairs.all_correct));
    }
    figures.push(Figure::share("consistent", "the same verdict in every order", &pairs.consistent));
    figures.push(Figure::share("first_shown", "the answer shown first is preferred", &pairs.first_shown));
    figures
}

/// The parts of the score.
pub(super) fn parts(summary: &Summary) -> Vec<Figure> {
    let part = |part: &crate::summary::PartSummary| match part.kind {
        crate::summary::PartKind::Check => Figure::share(&part.name, &part.name, &part.passed),
        _ => Figure::number(&part.name, &titled(part), part.mean, part.interval, Some(part.passed.n)),
    };
    let with_metric = |of: &crate::summary::PartSummary| {
        let metric = of.measured.iter().flat_map(|found| metric(&of.name, found));
        std::iter::once(part(of)).chain(metric).collect::<Vec<Figure>>()
    };
    summary.parts.iter().flat_map(with_metric).collect()
}

/// A criterion's name with what is special about it.
fn titled(part: &crate::summary::PartSummary) -> String {
    let unmet = part.unmet.map(|unmet| format!(", essential, not met by {unmet}")).unwrap_or_default();
    let fault = if part.weight < 0.0 { ", a fault: 1 where it is not there" } else { "" };
    format!("{}{fault}{unmet}", part.name)
}

/// What a check's metric found.
fn metric(check: &str, found: &MetricSummary) -> Vec<Figure> {
    let (title, n) = (found.metric.title(), Some(found.n));
    let mean = Figure::number(
        &format!("{check}.mean"),
        &format!("{check}: {title}, mean"),
        found.mean,
        found.interval,
        n,
    );
    let together = found.together.map(|value| {
        let title = format!("{check}: {title} of all outputs together");
        Figure::number(&format!("{check}.together"), &title, Some(value), found.together_interval, n)
    });
    std::iter::once(mean).chain(together).collect()
}

/// Figures by judge beside checks, by tag and by group.
pub(super) fn groups(summary: &Summary) -> Vec<Group> {
    let tags = summary.by_tag.iter().map(|tag| Group {
        name: tag.tag.clone(),
        figures: vec![
            Figure::share("same", "same", &tag.same),
            Figure::number("ordered", "pairs ordered rightly", tag.ordered, None, Some(tag.same.n)),
        ],
    });
    let judges = summary.judges.iter().map(|judge| Group {
        name: format!("judge {} alone, on the records it was asked about", judge.judge),
        figures: by_labels(&judge.agreement),
    });
    judges.chain(tags).chain(summary.by_group.iter().map(group)).collect()
}

fn group(group: &GroupAgreement) -> Group {
    let mut figures = agreement(group.agreement.as_ref());
    figures.extend(group.pairs.as_ref().map(paired).unwrap_or_default());
    Group { name: group.group.clone(), figures }
}
