//! A judge compared with labels as a report with one answer: whether it can be told from chance, the figures, and the
//! records on which it disagrees.

use super::advice::Advice;
use super::answer::{Answer, AnswerRecord, AnswerTable, RecordList, RecordSide, Tone, named_once, sentence};
use super::calibration::{cost, differing, estimated, judge, records};
use super::calibration_tables::{chosen_by, gained, name};
use super::calibration_words::{by_a_model, correction, found, headline, reason};
use super::formatting::{count, count_of, percent, plain};
use super::view::ConfusionReport;
use crate::calibration::{
    Disagreement, Figure, Figures, Fitted, Gain, IsotonicFigures, Measured, Page, PeopleFigures, RateFigures,
    Standing,
};
use crate::summary::{Rate, Reliability};

/// A judge compared with labels as a report.
#[must_use]
pub(crate) fn calibration_answer(page: &Page, advice: &Advice) -> Answer {
    let probabilities = page.probabilities.value();
    let statement = [
        found(page),
        Some(reason(page.standing).to_owned()),
        correction(page),
        by_a_model(page).map(str::to_owned),
    ];
    Answer {
        about: format!("{}: the judge compared with labels", page.suite),
        tone: tone(page.standing),
        headline: headline(page.standing).to_owned(),
        statement: statement.into_iter().flatten().map(sentence).collect(),
        advice: advice.clone(),
        difference: None,
        curves: Vec::new(),
        reliability: probabilities.map(|figures| Reliability::of(&figures.bins, figures.calibration_error)),
        confusion: page.verdicts.value().map(|verdicts| ConfusionReport {
            labels: verdicts.labels.clone(),
            counts: verdicts.confusion.clone(),
        }),
        facts: facts(page),
        tables: tables(page),
        records: RecordList { title: differing(page), list: page.disagreements.iter().map(record).collect() },
    }
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::AboveChance => Tone::Passed,
        Standing::NotToldFromChance | Standing::BelowChance => Tone::Failed,
        Standing::Unknown => Tone::Unscored,
    }
}

fn facts(page: &Page) -> Vec<(String, String)> {
    let judge = [("judge", judge(page))].into_iter();
    let records = records(page).into_iter().map(|line| ("records", line));
    let rest = [("cost, time", cost(&page.cost))];
    named_once(judge.chain(records).chain(rest))
}

fn tables(page: &Page) -> Vec<AnswerTable> {
    let tables = [
        Some(AnswerTable::new(
            "Agreement",
            "With the labels; 0 of κ, AC1 and α is what chance gives.",
            &FIGURES,
            figures(page),
        )),
        page.rate.value().map(pass_rate),
        page.people.value().map(people),
        page.maps.value().map(corrections),
    ];
    tables.into_iter().flatten().collect()
}

const FIGURES: [&str; 4] = ["", "value", "95 %", "of"];

fn figures(page: &Page) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if let Some(verdicts) = page.verdicts.value() {
        rows.push(share("verdict is the label", &verdicts.same));
        rows.push(figure("Cohen's κ", &verdicts.kappa));
        rows.push(figure("Gwet's AC1", &verdicts.ac1));
        rows.push(figure("Krippendorff's α", &verdicts.alpha));
    }
    if let Some(scale) = &page.scale {
        rows.push(figure("κ, linear", &scale.kappa_linear));
        rows.push(figure("κ, quadratic", &scale.kappa_quadratic));
        rows.push(figure("Pearson's r", &scale.pearson));
        rows.push(figure("Spearman's ρ", &scale.spearman));
        rows.push(figure("Kendall's τ-b", &scale.tau_b));
        rows.push(alone("mean error, of the scale", scale.mean_error.value().copied()));
    }
    if let Some(errors) = page.errors.value() {
        rows.push(share("sensitivity: of the good, passed", &errors.sensitivity));
        rows.push(share("specificity: of the bad, failed", &errors.specificity));
    }
    rows.push(figure("good above bad (ROC AUC, chance 0.50)", &page.auc));
    if let Some(probabilities) = page.probabilities.value() {
        rows.push(figure("Brier score", &Measured::Value(probabilities.brier)));
        rows.push(alone("Brier score of the base rate", Some(probabilities.brier_of_base_rate)));
    }
    if let Some(flips) = page.repeat_flips.value() {
        rows.push(share("judged again, the verdict differs", flips));
    }
    if let Some(flips) = page.swap_flips.value() {
        rows.push(share("sides exchanged, the place decided", flips));
    }
    rows
}

fn row<const N: usize>(cells: [String; N]) -> Vec<String> {
    cells.into()
}

fn share(what: &str, rate: &Rate) -> Vec<String> {
    let interval =
        rate.interval.map(|found| format!("{:.1} to {:.1} %", found.low * 100.0, found.high * 100.0));
    let of = format!("{} of {}", count(rate.count), count(rate.n));
    row([
        what.to_owned(),
        rate.rate.map_or_else(|| "undefined".into(), percent),
        interval.unwrap_or_default(),
        of,
    ])
}

/// A figure, or why it was not measured.
fn figure(what: &str, figure: &Measured<Figure>) -> Vec<String> {
    match figure {
        Measured::Value(figure) => {
            let interval = figure.interval.map(|interval| format!("{interval:.2}")).unwrap_or_default();
            row([what.to_owned(), format!("{:.2}", figure.value), interval, String::new()])
        }
        Measured::Missing(why) => row([what.to_owned(), "not measured".into(), String::new(), why.clone()]),
    }
}

fn alone(what: &str, value: Option<f64>) -> Vec<String> {
    row([what.to_owned(), plain(value), String::new(), String::new()])
}

fn pass_rate(figures: &RateFigures) -> AnswerTable {
    let mut rows = vec![share("the judge says", &figures.judged)];
    if let Some(truth) = &figures.truth {
        rows.push(share("its labels, unused, say", truth));
    }
    rows.push(share("the used labels alone", &figures.labels_alone));
    rows.push(as_share("corrected (Rogan-Gladen)", &figures.rogan_gladen));
    rows.push(as_share("PPI (mean label)", &figures.ppi));
    rows.push(as_share(&format!("PPI++ (mean label), λ {}", plain(figures.lambda)), &figures.ppi_tuned));
    match &figures.planned {
        Some(Measured::Value(planned)) => {
            let what = format!("PPI++ by the plan's weights (mean label), λ {:.2}", planned.lambda);
            rows.push(as_share(&what, &Measured::Value(planned.mean)));
        }
        Some(Measured::Missing(why)) => {
            rows.push(as_share("PPI++ by the plan's weights (mean label)", &Measured::Missing(why.clone())));
        }
        None => {}
    }
    let mut note = sentence(estimated(figures));
    if let Some(isotonic) = figures.isotonic.value() {
        rows.push(as_share("isotonic correction (mean label)", &isotonic.mean));
        note += &coverage(isotonic);
    }
    AnswerTable::new("Pass rate", &note, &FIGURES, rows)
}

fn coverage(figures: &IsotonicFigures) -> String {
    let IsotonicFigures { low, high, outside, supports_a_level, .. } = figures;
    let end = if *supports_a_level { "" } else { ": do not use the mean by the isotonic correction" };
    let outside = outside.rate.map_or_else(|| "none".to_owned(), percent);
    format!(" Labels cover scores {low:.2} to {high:.2}; {outside} of the scores lie outside{end}.")
}

fn as_share(what: &str, figure: &Measured<Figure>) -> Vec<String> {
    match figure {
        Measured::Value(found) => {
            let interval =
                found.interval.map(|ends| format!("{:.1} to {:.1} %", ends.low * 100.0, ends.high * 100.0));
            row([what.to_owned(), percent(found.value), interval.unwrap_or_default(), String::new()])
        }
        Measured::Missing(why) => row([what.to_owned(), "not measured".into(), String::new(), why.clone()]),
    }
}

fn people(figures: &PeopleFigures) -> AnswerTable {
    let test = figures.test.value();
    let verdict = test.map_or_else(String::new, |test| {
        let may = if test.passed { "may" } else { "may not" };
        format!(
            " Alternative annotator test: the judge {may} stand in for a person: ω {:.2} (0.50 passes), ρ {:.2}, ε {:.2}.",
            test.winning_rate, test.advantage, figures.epsilon
        )
    });
    let note = format!(
        "{} people, {} with labels by several.{verdict}",
        count(figures.people),
        count_of(figures.items, "record")
    );
    let against = test.map(|test| test.people.as_slice()).unwrap_or_default().iter().map(|one| {
        row([
            format!("person {}", one.person + 1),
            percent(one.judge_wins),
            percent(one.person_wins),
            format!("{:.4}", one.adjusted_p_value),
            count(one.n as u64),
        ])
    });
    let columns = ["", "judge as good in", "person as good in", "p, adjusted", "n"];
    AnswerTable::new("People", &note, &columns, against.collect())
}

fn corrections(fitted: &Fitted) -> AnswerTable {
    let note = format!(
        "Fitted on {} records, figures on unseen labels; chosen by {}.",
        count(fitted.n as u64),
        chosen_by(fitted.metric)
    );
    let gain = format!("gain in {}", chosen_by(fitted.metric));
    let columns = ["", "log loss", "Brier", "ECE", "κ", "same", "AUC", &gain];
    let plain_row = correction_row("none", &fitted.plain, None);
    let tried = fitted
        .table
        .iter()
        .map(|one| correction_row(name(one.kind), &one.figures, Some(one.gains.of(fitted.metric))));
    let adjusted = &fitted.adjusted;
    let best = correction_row("choosing the best", &adjusted.figures, Some(adjusted.gains.of(fitted.metric)));
    AnswerTable::new(
        "Score corrections",
        &note,
        &columns,
        std::iter::once(plain_row).chain(tried).chain([best]).collect(),
    )
}

fn correction_row(name: &str, figures: &Figures, gain: Option<&Gain>) -> Vec<String> {
    let three = |value: Option<f64>| value.map_or_else(|| "–".into(), |value| format!("{value:.3}"));
    row([
        name.to_owned(),
        three(figures.log_loss),
        three(figures.brier),
        plain(figures.calibration_error),
        plain(figures.kappa),
        plain(figures.accuracy.rate()),
        plain(figures.rank_auc),
        gain.map_or_else(String::new, gained),
    ])
}

fn record(one: &Disagreement) -> AnswerRecord {
    AnswerRecord {
        id: one.id.clone(),
        what: "",
        tone: Tone::Failed,
        label: Some(one.label.clone()),
        sides: vec![RecordSide {
            name: "judge",
            verdict: one.verdict.clone(),
            score: one.score,
            reasons: one.reasons.clone(),
        }],
    }
}
