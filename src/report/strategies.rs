//! Several strategies compared with the first: what each gains and what it takes, as text, as JSON, and as a report.

use serde_json::{Value, json};

use super::advice::Advice;
use super::answer::{Answer, AnswerTable, RecordList, Tone, sentence};
use super::comparison_words::{chance, factor, level, multiples as in_words, noun, p};
use super::export::JSON_FORMAT;
use super::formatting::{Lines, count, count_of, dollars, duration, name_width, p_value, percent, points};
use crate::comparison::{AgainstBaseline, BaselineComparison, Finding, Measure, Multiples, SideSummary};
use crate::stats::Interval;

/// Several strategies compared, as a line: `{"type": "strategies", "format": 1, "suite": …, "comparison": …}`.
#[must_use]
pub(crate) fn strategies_line(suite: &str, comparison: &BaselineComparison) -> Value {
    json!({"type": "strategies", "format": JSON_FORMAT, "suite": suite, "comparison": comparison})
}

/// Several strategies compared, as lines of plain text: the answer first.
#[must_use]
pub(crate) fn strategies_text(suite: &str, comparison: &BaselineComparison) -> String {
    let mut lines = Lines::default();
    lines.whole(&format!("{suite}: {}", headline(comparison)));
    lines.blank();
    let sides =
        || std::iter::once(&comparison.baseline).chain(comparison.others.iter().map(|other| &other.side));
    let width = name_width(sides().map(|side| side.name.as_str()));
    lines.named("quality", &comparison.baseline.name, width, &of_baseline(comparison));
    for other in &comparison.others {
        lines.named("quality", &other.side.name, width, &gain(other));
    }
    lines.named("takes", &comparison.baseline.name, width, &taken(&comparison.baseline, None));
    for AgainstBaseline { side, multiples: of, .. } in &comparison.others {
        lines.named("takes", &side.name, width, &taken(side, of.as_ref()));
    }
    for (side, lost) in sides().filter_map(|side| Some((side, unscored(side)?))) {
        lines.named("unscored", &side.name, width, &lost);
    }
    lines.text
}

/// Several strategies compared, as a report.
#[must_use]
pub(crate) fn strategies_answer(suite: &str, comparison: &BaselineComparison, advice: &Advice) -> Answer {
    let is = |findings: &[Finding]| {
        let found = |other: &AgainstBaseline| {
            other.verdict.is_some_and(|verdict| findings.contains(&verdict.finding))
        };
        comparison.others.iter().any(found)
    };
    let name = measure(comparison).map_or("quality", noun);
    Answer {
        about: format!("{suite}: strategies compared with {}", comparison.baseline.name),
        tone: if is(&[Finding::Better]) { Tone::Passed } else { Tone::Undecided },
        headline: headline(comparison),
        statement: comparison
            .others
            .iter()
            .map(|other| sentence(format!("{}: {}", other.side.name, gain(other))))
            .collect(),
        advice: advice.clone(),
        tables: vec![
            AnswerTable::new(
                "Quality",
                "Over the records of both, in points of a hundred. All intervals hold together at 95 %, and p-values are adjusted for the number of strategies.",
                &["strategy", name, "difference", "interval", "p", "n", "unscored"],
                std::iter::once(quality_of_baseline(comparison))
                    .chain(comparison.others.iter().map(quality))
                    .collect(),
            ),
            AnswerTable::new(
                "What it takes",
                "Multiples of the first. The time is the median of what a record's calls took, added up. A reply from the cache counts as it did when it was made.",
                &["strategy", "calls", "×", "tokens", "×", "time", "×", "cost", "×"],
                std::iter::once((&comparison.baseline, None))
                    .chain(comparison.others.iter().map(|other| (&other.side, other.multiples)))
                    .map(|(side, of)| {
                        effort(side, of.as_ref().map(|of| [Some(of.calls), of.tokens, of.time, of.cost]))
                    })
                    .collect(),
            ),
        ],
        records: RecordList::default(),
        ..Answer::default()
    }
}

fn measure(comparison: &BaselineComparison) -> Option<Measure> {
    comparison.others.iter().find_map(|other| other.verdict.map(|verdict| verdict.measure))
}

fn headline(comparison: &BaselineComparison) -> String {
    let baseline = &comparison.baseline.name;
    let those = |finding| {
        let found = comparison
            .others
            .iter()
            .filter(move |other| other.verdict.is_some_and(|verdict| verdict.finding == finding));
        found.map(|other| other.side.name.as_str()).collect::<Vec<_>>().join(" and ")
    };
    let said = [
        (Finding::Better, "better than"),
        (Finding::Worse, "worse than"),
        (Finding::Higher, "scored higher than"),
        (Finding::Lower, "scored lower than"),
    ];
    let said: Vec<String> = said
        .into_iter()
        .map(|(finding, how)| (those(finding), how))
        .filter(|(names, _)| !names.is_empty())
        .map(|(names, how)| format!("{how} {baseline}: {names}"))
        .collect();
    match (comparison.others.iter().any(|other| other.verdict.is_some()), said.is_empty()) {
        (false, _) => "nothing can be compared".to_owned(),
        (_, true) => format!("no strategy is shown to differ from {baseline}"),
        _ => said.join("; "),
    }
}

fn of_baseline(comparison: &BaselineComparison) -> String {
    let side = &comparison.baseline;
    let own = match measure(comparison) {
        Some(Measure::Accuracy) => side.accuracy.rate.map(percent),
        Some(Measure::Score) => side.mean.map(percent),
        Some(Measure::Closeness) | None => None,
    };
    let own = own.zip(measure(comparison)).map(|(own, measure)| format!("{} {own}, ", noun(measure)));
    format!(
        "{}{}; the others are compared with it",
        own.unwrap_or_default(),
        count_of(side.scored.n, "record")
    )
}

fn unscored(side: &SideSummary) -> Option<String> {
    let lost = side.scored.n - side.scored.count;
    (lost > 0).then(|| format!("{} of {}", count(lost), count_of(side.scored.n, "record")))
}

fn gain(other: &AgainstBaseline) -> String {
    let Some(verdict) = &other.verdict else { return "no record has a score on both sides".to_owned() };
    let difference = &verdict.difference;
    let interval =
        difference.interval.map_or_else(String::new, |interval| format!(" ({})", both_ends(interval)));
    let adjusted = other.adjusted_p_value.unwrap_or(1.0);
    format!(
        "{} {}, {}{interval}{}, adjusted {}, {}",
        noun(verdict.measure),
        percent(difference.new),
        points(difference.difference, None),
        chance(difference, adjusted),
        p(adjusted),
        count_of(difference.n, "record")
    )
}

/// `98.3 %: -4.1 to +40.0`.
fn both_ends(interval: Interval) -> String {
    format!("{}: {:+.1} to {:+.1}", level(interval), 100.0 * interval.low, 100.0 * interval.high)
}

fn taken(side: &SideSummary, of: Option<&Multiples>) -> String {
    let time = side.p50_ms.map_or_else(String::new, |ms| format!("; {} a record", duration(ms / 1000.0)));
    let of = of.map_or_else(String::new, |of| format!("; {}", in_words(of)));
    let cost = side.cost_usd.map_or_else(String::new, |usd| format!(", {}", dollars(usd)));
    let tokens = count(side.prompt_tokens + side.completion_tokens);
    format!("{}, {tokens} tokens{cost}{of}{time}", count_of(side.calls, "call"))
}

fn quality_of_baseline(comparison: &BaselineComparison) -> Vec<String> {
    let side = &comparison.baseline;
    let first = comparison.others.iter().find_map(|other| other.verdict);
    let own = first.map_or_else(String::new, |verdict| percent(verdict.difference.old));
    let nothing = String::new;
    let lost = count(side.scored.n - side.scored.count);
    vec![side.name.clone(), own, nothing(), nothing(), nothing(), count(side.scored.n), lost]
}

fn quality(other: &AgainstBaseline) -> Vec<String> {
    let lost = count(other.side.scored.n - other.side.scored.count);
    let Some(verdict) = &other.verdict else {
        let nothing = String::new;
        return vec![other.side.name.clone(), nothing(), nothing(), nothing(), nothing(), nothing(), lost];
    };
    let difference = &verdict.difference;
    vec![
        other.side.name.clone(),
        percent(difference.new),
        points(difference.difference, None),
        difference.interval.map(both_ends).unwrap_or_default(),
        p_value(other.adjusted_p_value.unwrap_or(1.0)),
        count(difference.n),
        lost,
    ]
}

fn effort(side: &SideSummary, multiples: Option<[Option<f64>; 4]>) -> Vec<String> {
    let own = [
        count(side.calls),
        count(side.prompt_tokens + side.completion_tokens),
        side.p50_ms.map(|ms| duration(ms / 1000.0)).unwrap_or_default(),
        side.cost_usd.map(dollars).unwrap_or_default(),
    ];
    let multiples = multiples.unwrap_or_default().map(|of| of.map(factor).unwrap_or_default());
    let pairs = own.into_iter().zip(multiples).flat_map(|(own, of)| [own, of]);
    std::iter::once(side.name.clone()).chain(pairs).collect()
}
