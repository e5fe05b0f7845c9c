//! One judgment as text and as JSON.

use serde_json::{Value, json};

use super::export::JSON_FORMAT;
use super::formatting::{Lines, WIDTH, printable, wrapped};
use crate::eval::{Outcome, Settled};
use crate::judge::{Score, Unscored};

/// What a judge said of one thing: the verdict and the score first, then the reasons.
#[must_use]
pub(crate) fn judgment_text(outcome: &Outcome) -> String {
    let mut lines = Lines::default();
    match &outcome.result {
        Settled::Scored(score) => scored(&mut lines, score),
        Settled::Unscored(unscored) => without(&mut lines, unscored),
    }
    for order in &outcome.orders {
        let said = order.label.as_deref().unwrap_or("no verdict");
        lines.under("orders", &format!("{}: {said}", order.order));
    }
    lines.under("judge", &format!("{}, read {}", outcome.model, outcome.reading.name()));
    printable(&lines.text)
}

/// The same as a line: `{"type": "judgment", "format": 1, "signature": …, "outcome": …}`.
#[must_use]
pub(crate) fn judgment_line(signature: &str, outcome: &Outcome) -> Value {
    json!({"type": "judgment", "format": JSON_FORMAT, "signature": signature, "outcome": outcome})
}

fn scored(lines: &mut Lines, score: &Score) {
    let value = score.value.map_or_else(|| "no score".to_owned(), |value| format!("score {value:.2}"));
    let sure = score.confidence.map_or_else(String::new, |sure| format!(", confidence {sure:.2}"));
    lines.whole(&format!("{}, {value}{sure}", score.label));
    let reasons = if score.post_hoc { "after it" } else { "reasons" };
    texts(lines, reasons, score.reasoning.as_deref().into_iter());
    for part in &score.parts {
        let value = part.value.map_or_else(String::new, |value| format!(", score {value:.2}"));
        lines.under("criteria", &format!("{}: {}{value}", part.name, part.label));
        texts(lines, "criteria", part.reasoning.as_deref().into_iter());
    }
    for evidence in &score.evidence {
        let missing = if evidence.found { "" } else { " (not in the material)" };
        texts(lines, "evidence", [format!("{}{missing}", evidence.quote).as_str()].into_iter());
    }
    texts(lines, "to improve", score.suggestions.iter().map(String::as_str));
}

fn without(lines: &mut Lines, unscored: &Unscored) {
    lines.whole(&format!("no score: {unscored}"));
    texts(lines, "what helps", unscored.remedy.as_deref().into_iter());
}

fn texts<'a>(lines: &mut Lines, heading: &'static str, texts: impl Iterator<Item = &'a str>) {
    for line in texts.flat_map(|text| wrapped(text, WIDTH - 14)) {
        lines.under(heading, &line);
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::judge::{Evidence, Reading, Reason};

    fn outcome(result: Settled) -> Outcome {
        Outcome {
            id: String::new(),
            index: 0,
            tags: Vec::new(),
            model: "openai/mock-1".into(),
            reading: Reading::Text,
            calibration: None,
            expected: None,
            group: None,
            subject: None,
            cut: None,
            checks: Vec::new(),
            orders: Vec::new(),
            routes: Vec::new(),
            result,
            repeats: Vec::new(),
            attempts: Vec::new(),
            elapsed_ms: 1.0,
        }
    }

    #[test]
    fn the_answer_comes_first_then_why() {
        let quote = |quote: &str, found| Evidence { quote: quote.into(), found };
        let score = Score {
            value: Some(0.75),
            label: "4".into(),
            confidence: Some(0.9),
            reasoning: Some(
                "Polite and clear, but the date on which the goods arrive is not in it. ".repeat(2),
            ),
            evidence: vec![quote("soon", true), quote("tomorrow", false)],
            suggestions: vec!["Name the day.".into()],
            ..Score::default()
        };
        assert_snapshot!(judgment_text(&outcome(Settled::Scored(score))));
    }

    #[test]
    fn without_a_score_it_says_why_and_what_helps() {
        let unscored = Unscored {
            remedy: Some("start the server".into()),
            ..Unscored::new(Reason::Transport, "nobody answers")
        };
        assert_snapshot!(judgment_text(&outcome(Settled::Unscored(unscored))));
    }
}
