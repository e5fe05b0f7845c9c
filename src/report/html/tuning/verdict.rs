//! The verdict, what it rests on, what placing the threshold does, and what the tuning took.

use std::fmt::Write as _;

use super::models::each_model;
use super::plot::Axis;
use crate::optimizer::{Held, SearchEnd, Spending, TestFigures, ThresholdFigures, TunePage};
use crate::report::formatting::{count, duration, p_value, plain, points};
use crate::report::html::page::escaped;
use crate::report::tuning::EXPECTED;
use crate::stats::Interval;

/// The head of the page.
pub(super) fn verdict(page: &TunePage) -> String {
    let TunePage { suite, signature, reading, optimizer, seed, .. } = page;
    let models = page.models().join(" and ");
    let (tone, headline) = headline(page);
    let mut html = format!(
        r#"<h1>{}</h1><p class="lede">Signature <b>{}</b>, tuned by <b>{}</b> (seed {seed}) for {}, judged by <b>{}</b>, read {}</p>"#,
        escaped(suite),
        escaped(signature),
        escaped(optimizer),
        escaped(page.objective.name()),
        escaped(&models),
        escaped(reading),
    );
    let _ = write!(html, r#"<h2 class="verdict"><span class="pill is-{tone}">{headline}</span></h2>"#);
    let _ = write!(html, r#"<p class="statement">{}</p>"#, escaped(&statement(page)));
    if let Some(test) = page.test.as_ref().filter(|_| page.winner().is_some()) {
        html += &difference(test, page);
    }
    html += &parts(page);
    let threshold =
        page.test.as_ref().and_then(|test| test.threshold.as_ref()).map(|figures| threshold(figures, page));
    let _ = write!(
        html,
        r#"<div class="columns"><div class="stack">{}{}</div><div class="stack">{}</div></div>"#,
        facts(page),
        spending(page),
        threshold.unwrap_or_default()
    );
    html += &each_model(page);
    html
}

/// The colour of the verdict, and the verdict in a few words.
fn headline(page: &TunePage) -> (&'static str, &'static str) {
    if page.winner().is_none() {
        let none = page.standings.len() < 2;
        return (
            "undecided",
            if none {
                "There was no candidate to try"
            } else {
                "No candidate beat the baseline: keep the signature as it is"
            },
        );
    }
    let Some(test) = &page.test else {
        return ("unscored", "The test part was not judged");
    };
    match test.held() {
        Some(Held::Better) => ("passed", "The winner is better on the test part"),
        Some(Held::Unsure) => ("undecided", "The winner's gain could be chance"),
        Some(Held::NoGain) => ("undecided", "No gain on the test part: keep the signature as it is"),
        Some(Held::Worse) => {
            ("failed", "The winner is WORSE on the test part: its gain on the validation part was chance")
        }
        None => ("unscored", "There is no interval to judge the winner by"),
    }
}

fn statement(page: &TunePage) -> String {
    let name = page.objective.name();
    let of = |place: usize| plain(page.standings.get(place).and_then(|standing| standing.objective));
    let Some(winner) = page.winner() else {
        let tested = page
            .test
            .as_ref()
            .map_or_else(String::new, |test| format!(", and {} on the test part", plain(test.baseline)));
        return format!("The baseline's {name} is {} on the validation part{tested}.", of(0));
    };
    let mut text = format!(
        "\u{201c}{}\u{201d} had the highest {name} on the validation part, {} against the baseline's {}.",
        winner.candidate.origin,
        of(page.best),
        of(0)
    );
    if let Some(test) = &page.test {
        let _ = write!(
            text,
            " On {} test records, which no choice depended on, it is {} against {}: a difference of {}{}.",
            count(test.compared as u64),
            plain(test.winner),
            plain(test.baseline),
            test.difference.map_or_else(|| "undefined".into(), signed),
            test.interval.map_or_else(String::new, between)
        );
    }
    text
}

fn signed(number: f64) -> String {
    format!("{number:+.2}").replace('-', "\u{2212}")
}

fn between(interval: Interval) -> String {
    format!(" (95 % {} to {}, paired)", signed(interval.low), signed(interval.high))
}

/// The paired interval on a line with 0 marked.
fn difference(test: &TestFigures, page: &TunePage) -> String {
    let (Some(value), Some(interval)) = (test.difference, test.interval) else {
        return String::new();
    };
    let Some(axis) = Axis::around([0.0, value, interval.low, interval.high]) else {
        return String::new();
    };
    let x = |at: f64| axis.share(at) * 480.0;
    let ticks: Vec<String> = axis
        .ticks()
        .into_iter()
        .map(|(at, name)| format!(r#"<path class="grid" d="M{0:.1} 8V24"/><text x="{0:.1}" y="40" text-anchor="middle">{name}</text>"#, x(at)))
        .collect();
    let ticks = ticks.concat();
    let label = format!("Winner less baseline on the test part: {}{}", signed(value), between(interval));
    format!(
        r#"<svg class="difference" viewBox="-20 0 520 62" width="100%" role="img" aria-label="{}"><path class="axis" d="M0 16H480"/>{ticks}<path class="baseline" d="M{zero:.1} 4V28"/><rect class="reach" x="{low:.1}" y="9" width="{wide:.1}" height="14" rx="3"/><circle class="dot" cx="{at:.1}" cy="16" r="6"/><text x="240" y="58" text-anchor="middle">{} of the winner less the baseline's, test part</text></svg>"#,
        escaped(&label),
        escaped(page.objective.name()),
        zero = x(0.0),
        low = x(interval.low),
        wide = (x(interval.high) - x(interval.low)).max(1.0),
        at = x(value),
    )
}

fn parts(page: &TunePage) -> String {
    let words =
        ["to learn from (training)", "to compare on (validation)", "to test on: judged once, at the end"];
    let part = |(number, words): (&u64, &str)| {
        format!(r#"<div class="part"><b>{}</b><span>records {words}</span></div>"#, count(*number))
    };
    let parts: String = page.parts.iter().zip(words).map(part).collect();
    format!(r#"<div class="parts">{parts}</div>"#)
}

fn facts(page: &TunePage) -> String {
    let mut facts = String::new();
    let mut fact = |name: &str, what: String| {
        let _ = write!(facts, "<dt>{name}</dt><dd>{}</dd>", escaped(&what));
    };
    fact("tried", format!("{} candidates and the baseline", page.standings.len().saturating_sub(1)));
    fact("calls", format!("{} for the search", count(page.calls)));
    if page.saved > 0 {
        fact("saved", format!("{} calls, by dropping early what was beaten", count(page.saved)));
    }
    if page.end == SearchEnd::OutOfCalls {
        fact("end", "the calls were used up before every candidate was tried".into());
    }
    if page.token_penalty > 0.0 {
        fact("penalty", format!("{} for a thousand tokens of prompt", page.token_penalty));
    }
    if let Some(test) = page.test.as_ref().filter(|_| page.winner().is_some()) {
        if let Some(hits) = test.hits {
            fact("right verdicts", points(hits, test.hits_interval).replace('-', "\u{2212}"));
        }
        if let Some(p) = test.p_value {
            fact("p-value", format!("{} for the mean difference in loss (paired permutation)", p_value(p)));
        }
    }
    format!(r#"<dl class="facts">{facts}</dl>"#)
}

fn threshold(figures: &ThresholdFigures, page: &TunePage) -> String {
    let row = |name: &str, at: f64, before: Option<f64>, after: Option<f64>| {
        format!(
            r#"<tr><th scope="row">{name}</th><td>{at:.2}</td><td>{}</td><td>{}</td></tr>"#,
            plain(before),
            plain(after)
        )
    };
    let mut rows = row("baseline", figures.baseline_at, figures.baseline_before, figures.baseline_after);
    if page.winner().is_some() {
        rows += &row("winner", figures.winner_at, figures.winner_before, figures.winner_after);
    }
    let together = figures.hits.map_or_else(String::new, |hits| {
        let gained = points(hits, figures.hits_interval).replace('-', "\u{2212}");
        format!(" With it right verdicts change by {gained}, beside the baseline's verdicts as they are.")
    });
    format!(
        r#"<div class="card"><h2>The threshold</h2><p>Apart from the prompt: placed on the validation part, its effect on the test part.{together} <code>evenhand tune SUITE --write-calibration</code> stores it where its gain holds out of fold.</p><table class="table"><thead><tr><th scope="col"></th><th scope="col">passes from</th><th scope="col">κ as it is</th><th scope="col">κ from there on</th></tr></thead><tbody>{rows}</tbody></table></div>"#
    )
}

/// A row for each expectation, and one for what was spent; nothing where it was not noted.
pub(super) fn spending(page: &TunePage) -> String {
    let Some(spent) = &page.spent else {
        return String::new();
    };
    let expected = page.expected.iter().zip(EXPECTED);
    let mut rows: String =
        expected.map(|(spending, when)| row(&format!("expected {when}"), spending)).collect();
    rows += &row("spent, with the test", spent);
    let heads = ["", "calls", "tokens in prompts", "in answers", "cost", "time"];
    let heads: Vec<String> = heads.iter().map(|head| format!(r#"<th scope="col">{head}</th>"#)).collect();
    let heads = heads.concat();
    format!(
        r#"<div class="wide"><table class="table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"#
    )
}

fn row(name: &str, spending: &Spending) -> String {
    let cells = [
        Some(count(spending.calls)),
        spending.prompt_tokens.map(count),
        spending.completion_tokens.map(count),
        spending.cost_usd.map(|cost| format!("${cost:.4}")),
        spending.seconds.map(duration),
    ];
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| format!("<td>{}</td>", cell.unwrap_or_else(|| "\u{2013}".into())))
        .collect();
    let cells = cells.concat();
    format!(r#"<tr><th scope="row">{name}</th>{cells}</tr>"#)
}
