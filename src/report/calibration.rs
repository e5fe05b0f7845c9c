//! A judge compared with labels, for the terminal and for machines.

use serde_json::{Value, json};

use super::answer::sentence;
use super::calibration_tables::{corrections, decision};
use super::calibration_words::{by_a_model, correction, found, headline, reason};
use super::comparison::some;
use super::export::JSON_FORMAT;
use super::formatting::Detail;
use super::formatting::{Lines, WIDTH, cells, count, count_of, number, percent, plain, rate, wrapped};
use crate::calibration::{
    CostFigures, EstimatedPart, Figure, IsotonicFigures, LabelsBy, Measured, Page, PeopleFigures,
    PlannedFigures, PlannedRate, ProbabilityFigures, RateFigures, ScaleFigures, VerdictFigures, WeightedRate,
};
use crate::number::{real, to_usize};
use crate::stats::{AlternativeBy, ReliabilityBin};

/// How many characters wide the plot's axis from 0 to 1 is.
const AXIS: usize = 41;

/// The page as a line: `{"type": "calibration", "format": 1, "page": …}`.
#[must_use]
pub(crate) fn calibration_line(page: &Page) -> Value {
    json!({"type": "calibration", "format": JSON_FORMAT, "page": page})
}

impl Page {
    /// The page as lines of plain text: the answer first.
    #[must_use]
    pub fn text(&self, detail: Detail) -> String {
        let mut lines = Lines::default();
        let found = found(self).map_or_else(String::new, |found| format!(": {found}"));
        lines.whole(&format!("{}: {}{found}", self.suite, headline(self.standing)));
        let remarks =
            [Some(reason(self.standing).to_owned()), correction(self), by_a_model(self).map(str::to_owned)];
        for remark in remarks.into_iter().flatten() {
            for line in wrapped(&sentence(remark), WIDTH - 2) {
                lines.whole(&format!("  {line}"));
            }
        }
        lines.blank();
        lines.folded_under("judge", &judge(self));
        labels(&mut lines, self);
        agreement(&mut lines, self, detail);
        flips(&mut lines, self, detail);
        lines.folded_under("cost, time", &cost(&self.cost));
        lines.blank();
        measured(&mut lines, "pass rate", &self.rate, |lines, rate| pass_rate(lines, rate, detail));
        if self.people.value().is_some() || detail == Detail::Statistics {
            measured(&mut lines, "people", &self.people, people);
        }
        lines.blank();
        measured(&mut lines, "correction", &self.maps, |lines, fitted| match detail {
            Detail::Figures => lines.folded_under("correction", &decision(fitted, self.labels_by)),
            Detail::Statistics => corrections(lines, fitted, self.labels_by),
        });
        disagreements(&mut lines, self);
        lines.text
    }
}

fn agreement(lines: &mut Lines, page: &Page, detail: Detail) {
    measured(lines, "agreement", &page.verdicts, |lines, verdicts| same(lines, verdicts, detail));
    if let Some(figures) = &page.scale {
        scale(lines, figures, detail);
    }
    measured(lines, "errors", &page.errors, |lines, errors| {
        lines.folded_under("errors", &rate("sensitivity: of the good, passed", &errors.sensitivity));
        lines.folded_under("errors", &rate("specificity: of the bad, failed", &errors.specificity));
    });
    lines.folded_under("ranking", &figure("good above bad (ROC AUC, chance 0.50)", &page.auc));
    measured(lines, "certainty", &page.probabilities, certainty);
}

/// Who judged, and what that is compared with.
pub(super) fn judge(page: &Page) -> String {
    let whose = match page.labels_by {
        LabelsBy::Human => "people's labels",
        LabelsBy::Model => "a model's labels",
    };
    let Page { signature, model, reading, label_field, .. } = page;
    format!("{signature}, judged by {model}, read {reading}; compared with {whose} in field {label_field}")
}

/// What was measured, or one line with the reason why it was not.
fn measured<T>(
    lines: &mut Lines,
    heading: &'static str,
    measured: &Measured<T>,
    show: impl FnOnce(&mut Lines, &T),
) {
    match measured {
        Measured::Value(value) => show(lines, value),
        Measured::Missing(why) => lines.folded_under(heading, &format!("not measured: {why}")),
    }
}

fn figure(what: &str, figure: &Measured<Figure>) -> String {
    match figure {
        Measured::Value(figure) => number(what, Some(figure.value), figure.interval),
        Measured::Missing(why) => format!("{what}: not measured: {why}"),
    }
}

fn labels(lines: &mut Lines, page: &Page) {
    for line in records(page) {
        lines.folded_under("records", &line);
    }
}

/// How many records there are of which kind.
pub(super) fn records(page: &Page) -> Vec<String> {
    let counts = &page.counts;
    let mut parts = vec![format!("{} labelled and scored", count(counts.labelled))];
    let mut more = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{} {what}", count(number)));
        }
    };
    more(counts.undecided, "of them with a verdict that decides nothing");
    more(counts.labelled_unscored, "labelled without a score");
    more(counts.ties, "on which people do not agree");
    more(counts.unlabelled, "judged without a label");
    more(counts.unlabelled_not_judged, "without a label, not judged");
    let mut lines = vec![parts.join(", ")];
    if counts.clusters < counts.labelled {
        lines.push(format!(
            "in {} clusters, which fitting keeps together; only the figures of score corrections count by them",
            count(counts.clusters)
        ));
    }
    lines.push(match &page.base_rate {
        Measured::Value(base) => rate("base rate: labels that pass", base),
        Measured::Missing(why) => format!("not measured: {why}"),
    });
    lines.extend(page.planned.as_ref().map(by_weights));
    lines
}

/// Agreement where labels stand for unequal numbers of records.
fn by_weights(planned: &PlannedFigures) -> String {
    let [least, most] = planned.weights;
    let unplanned = match planned.unplanned {
        0 => String::new(),
        n => format!("; {} labels that the plan did not ask for are left out", count(n)),
    };
    let kappa = planned
        .kappa
        .map_or_else(String::new, |kappa| format!(", {}", number("κ", Some(kappa.value), kappa.interval)));
    format!(
        "drawn at unequal rates: a label stands for {least:.1} to {most:.1} records. By these weights {} of all records \
         have their label as verdict{kappa}, and {} have a label that passes. The {} labels are worth {:.0} drawn at \
         one rate{unplanned}. Score corrections and their gains count by these weights too, and the pass rate of records \
         without a label is corrected by them once more. All other figures count each label once",
        by_weight(&planned.same),
        by_weight(&planned.base_rate),
        count(planned.n),
        planned.effective_n,
    )
}

fn by_weight(share: &WeightedRate) -> String {
    format!(
        "{} ({:.1} to {:.1} %)",
        percent(share.rate),
        100.0 * share.interval.low,
        100.0 * share.interval.high
    )
}

fn same(lines: &mut Lines, verdicts: &VerdictFigures, detail: Detail) {
    lines.folded_under("agreement", &rate("verdict is the label", &verdicts.same));
    lines.folded_under("agreement", &figure("κ", &verdicts.kappa));
    if detail == Detail::Statistics {
        lines.folded_under("agreement", &figure("AC1", &verdicts.ac1));
        lines.folded_under("agreement", &figure("Krippendorff's α", &verdicts.alpha));
    }
    let width = verdicts.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).max(5);
    let header = cells(verdicts.labels.iter().map(String::as_str), width);
    lines.under("verdicts", &format!("{:<width$} |{header}   <- judge", "label"));
    for (label, row) in verdicts.labels.iter().zip(&verdicts.confusion) {
        let counts: Vec<String> = row.iter().map(|cell| count(*cell)).collect();
        let cells = cells(counts.iter().map(String::as_str), width);
        lines.under("verdicts", &format!("{label:<width$} |{cells}"));
    }
}

fn scale(lines: &mut Lines, scale: &ScaleFigures, detail: Detail) {
    lines.folded_under("scale", &figure("κ quadratic", &scale.kappa_quadratic));
    lines.folded_under("scale", &figure("Spearman's ρ", &scale.spearman));
    if detail == Detail::Statistics {
        lines.folded_under("scale", &figure("κ linear", &scale.kappa_linear));
        lines.folded_under("scale", &figure("Pearson's r", &scale.pearson));
        lines.folded_under("scale", &figure("Kendall's τ-b", &scale.tau_b));
    }
    let error = |error: &Measured<f64>| plain(error.value().copied());
    lines.folded_under(
        "scale",
        &format!(
            "mean error {}, root mean square {} of the scale",
            error(&scale.mean_error),
            error(&scale.root_error)
        ),
    );
}

fn certainty(lines: &mut Lines, figures: &ProbabilityFigures) {
    let brier = number("Brier", Some(figures.brier.value), figures.brier.interval);
    lines.folded_under(
        "certainty",
        &format!(
            "{brier}; always saying the base rate has {:.2}; calibration error (ECE) {:.2}",
            figures.brier_of_base_rate, figures.calibration_error
        ),
    );
    lines.under(
        "certainty",
        &format!("{:<9} {:<AXIS$}  {:>5}  said  came", "says pass", "0  (o said, x came true, * both)", "n"),
    );
    for bin in figures.bins.iter().filter(|bin| bin.happened.n > 0) {
        lines.under("certainty", &plotted(bin));
    }
}

/// A range of the reliability plot: what was said and what came true, on an axis from 0 to 1.
fn plotted(bin: &ReliabilityBin) -> String {
    let (stated, happened) = (bin.stated.unwrap_or(0.0), bin.happened.rate().unwrap_or(0.0));
    let (said, came) = (place(stated), place(happened));
    let axis: String = (0..AXIS)
        .map(|at| match (at == said, at == came) {
            (true, true) => '*',
            (true, false) => 'o',
            (false, true) => 'x',
            _ if at == 0 || at == AXIS - 1 => '|',
            _ => '.',
        })
        .collect();
    format!(
        "{:.1}-{:.1}   {axis}  {:>5}  {stated:.2}  {happened:.2}",
        bin.low,
        bin.high,
        count(bin.happened.n)
    )
}

fn place(share: f64) -> usize {
    to_usize((share.clamp(0.0, 1.0) * real(AXIS - 1)).round())
}

/// Verdicts that change; that none was looked at is told with the statistics.
fn flips(lines: &mut Lines, page: &Page, detail: Detail) {
    let both = [
        ("judged again, the verdict differs", &page.repeat_flips),
        ("sides exchanged, the place decided", &page.swap_flips),
    ];
    for (what, flips) in both {
        match (flips, detail) {
            (Measured::Value(flips), _) => lines.folded_under("flips", &rate(what, flips)),
            (Measured::Missing(why), Detail::Statistics) => {
                lines.folded_under("flips", &format!("{what}: not measured: {why}"));
            }
            (Measured::Missing(_), Detail::Figures) => {}
        }
    }
}

/// What a judgment costs.
pub(super) fn cost(cost: &CostFigures) -> String {
    let one = |what: &str, figure: &Measured<f64>, decimals: usize| match figure {
        Measured::Value(value) => format!("{value:.decimals$} {what}"),
        Measured::Missing(why) => format!("{what} unknown ({why})"),
    };
    let mut parts = vec![
        one("calls a record", &cost.calls, 2),
        one("tokens in prompts", &cost.prompt_tokens, 0),
        one("in answers", &cost.completion_tokens, 0),
        one("s in the median", &cost.seconds_median, 1),
    ];
    parts.push(match &cost.usd {
        Measured::Value(usd) => format!("${usd:.6}"),
        Measured::Missing(_) => "no price known".into(),
    });
    parts.join(", ")
}

/// Whose pass rate is estimated.
pub(super) fn estimated(figures: &RateFigures) -> String {
    let labels = count(figures.labels);
    match figures.part {
        EstimatedPart::Unlabelled => {
            format!("of the {} judged records without a label, by {labels} labels", count(figures.judged.n))
        }
        EstimatedPart::HeldOutHalf => format!(
            "a trial: of one half of the labelled records, by the labels of the other {labels}; --unlabelled judges the rest too"
        ),
    }
}

fn pass_rate(lines: &mut Lines, figures: &RateFigures, detail: Detail) {
    lines.folded_under("pass rate", &estimated(figures));
    lines.folded_under("pass rate", &rate("the judge says", &figures.judged));
    if let Some(truth) = &figures.truth {
        lines.folded_under("pass rate", &rate("its labels, unused, say", truth));
    }
    lines.folded_under("pass rate", &rate("the used labels alone", &figures.labels_alone));
    let shown = |what: &str, found: &Measured<Figure>| match found {
        Measured::Value(found) => {
            let interval = found.interval.map_or_else(String::new, |interval| {
                format!(" (95 % {:.1} to {:.1} %)", interval.low * 100.0, interval.high * 100.0)
            });
            format!("{what} {}{interval}", percent(found.value))
        }
        Measured::Missing(why) => format!("{what}: not measured: {why}"),
    };
    lines.folded_under("pass rate", &shown("corrected (Rogan-Gladen)", &figures.rogan_gladen));
    if let Some(planned) = &figures.planned {
        lines.folded_under("pass rate", &by_plan(planned));
    }
    if detail == Detail::Figures {
        return;
    }
    let tuned = shown("PPI++ (mean label)", &figures.ppi_tuned);
    lines.folded_under(
        "pass rate",
        &format!("{}; {tuned}, λ {}", shown("PPI (mean label)", &figures.ppi), plain(figures.lambda)),
    );
    measured(lines, "isotonic", &figures.isotonic, |lines, isotonic| isotonic_lines(lines, isotonic, &shown));
}

/// The corrected pass rate where labels stand for unequal numbers of records.
fn by_plan(planned: &Measured<PlannedRate>) -> String {
    let what = "corrected by the plan's weights (PPI++, mean label)";
    match planned {
        Measured::Value(PlannedRate { mean, lambda, labels, effective_n }) => {
            let interval = mean.interval.map_or_else(String::new, |interval| {
                format!(" (95 % {:.1} to {:.1} %)", interval.low * 100.0, interval.high * 100.0)
            });
            format!(
                "{what} {}{interval}, λ {lambda:.2}; its {} labels are worth {effective_n:.0} drawn at one rate",
                percent(mean.value),
                count(*labels)
            )
        }
        Measured::Missing(why) => format!("{what}: not measured: {why}"),
    }
}

fn isotonic_lines(
    lines: &mut Lines,
    figures: &IsotonicFigures,
    shown: &dyn Fn(&str, &Measured<Figure>) -> String,
) {
    lines.folded_under(
        "isotonic",
        &format!(
            "root mean square error {:.3} on unseen labels, {:.3} without the correction; {}",
            figures.error_mapped,
            figures.error_plain,
            shown("mean label", &figures.mean)
        ),
    );
    let outside = rate("scores outside", &figures.outside);
    let use_it = if figures.supports_a_level { "" } else { ": do not use this mean" };
    lines.folded_under(
        "isotonic",
        &format!("labels cover scores {:.2} to {:.2}; {outside}{use_it}", figures.low, figures.high),
    );
}

/// The most disagreements that are listed.
const MOST_SHOWN: usize = 20;

/// How much of the reasons is shown.
const PREVIEW: usize = 88;

fn disagreements(lines: &mut Lines, page: &Page) {
    let all = &page.disagreements;
    if all.is_empty() {
        return;
    }
    lines.blank();
    lines.whole(&format!("  {}:", differing(page)));
    for one in all.iter().take(MOST_SHOWN) {
        let score = one.score.map_or_else(String::new, |score| format!(" {score:.2}"));
        lines.whole(&format!("    {}: label {}, judge {}{score}", one.id, one.label, one.verdict));
        let words = one.reasons.as_deref().map(|reasons| wrapped(reasons, PREVIEW)).unwrap_or_default();
        if let Some(first) = words.first() {
            lines.whole(&format!("        {first}{}", if words.len() > 1 { " …" } else { "" }));
        }
    }
    if all.len() > MOST_SHOWN {
        let more = count((all.len() - MOST_SHOWN) as u64);
        lines.whole(&format!("    and {more} more; --html FILE shows them all"));
    }
}

/// What the list of disagreements is of.
pub(super) fn differing(page: &Page) -> String {
    match page.disagreements.len() {
        0 => "No verdict differs from its label".to_owned(),
        1 => "1 record with a verdict that is not the label".to_owned(),
        number => format!("{} with a verdict that is not the label, the farthest apart first", some(number)),
    }
}

fn people(lines: &mut Lines, figures: &PeopleFigures) {
    lines.folded_under(
        "people",
        &format!(
            "{} people, {} with labels by several; {}",
            count(figures.people),
            count_of(figures.items, "record"),
            figure("α among them", &figures.alpha)
        ),
    );
    measured(lines, "people", &figures.test, |lines, test| {
        let verdict = if test.passed { "may stand in for a person" } else { "may not stand in for a person" };
        lines.folded_under(
            "people",
            &format!(
                "alternative annotator test: the judge {verdict}: ω {:.2} (0.50 passes), ρ {:.2}, ε {:.2}",
                test.winning_rate, test.advantage, figures.epsilon
            ),
        );
        for against in &test.people {
            let by = match against.by {
                AlternativeBy::TTest => "t-test",
                AlternativeBy::SignedRank => "signed ranks",
            };
            lines.folded_under(
                "people",
                &format!(
                    "against person {}: n {}, judge as good in {}, person as good in {}, p {:.4} ({by}, adjusted {:.4})",
                    against.person + 1,
                    count(against.n as u64),
                    percent(against.judge_wins),
                    percent(against.person_wins),
                    against.p_value,
                    against.adjusted_p_value
                ),
            );
        }
    });
}
