//! A jury of runs as a report with one answer: what it gains, and the figures.

use super::advice::Advice;
use super::answer::{Answer, AnswerTable, PlottedDifference, RecordList, Tone, named_once, sentence};
use super::formatting::{count, percent};
use super::jury_page::voted;
use super::jury_words::{gained, headline, remarks};
use crate::comparison::{JuryFinding, JuryPage, JurySide};
use crate::summary::Rate;

/// A jury of runs as a report.
#[must_use]
pub(crate) fn jury_answer(page: &JuryPage, advice: &Advice) -> Answer {
    let difference = page.gain.and_then(|gain| {
        Some(PlottedDifference {
            value: gain.difference,
            interval: gain.interval?,
            of: "the jury's share of right verdicts less its best member's",
        })
    });
    Answer {
        about: format!("{}: a jury of {} runs", page.suite, page.members.len()),
        tone: match page.finding {
            JuryFinding::Gains => Tone::Passed,
            JuryFinding::Loses => Tone::Failed,
            JuryFinding::NotShown => Tone::Undecided,
            JuryFinding::NoLabels => Tone::Unscored,
        },
        headline: headline(page),
        statement: remarks(page).into_iter().map(sentence).collect(),
        advice: advice.clone(),
        difference,
        facts: named_once([("jury", voted(page))]),
        tables: vec![sides(page), pairs(page)],
        records: RecordList::default(),
        ..Answer::default()
    }
}

fn share(rate: &Rate) -> String {
    let interval = rate.interval.map_or_else(String::new, |interval| {
        format!(", {:.1} to {:.1} %", 100.0 * interval.low, 100.0 * interval.high)
    });
    let share = rate.rate.map_or_else(|| "none".to_owned(), percent);
    format!("{share} ({} of {}{interval})", count(rate.count), count(rate.n))
}

fn sides(page: &JuryPage) -> AnswerTable {
    let kappa = |side: &JurySide| match (side.kappa, side.kappa_interval) {
        (Some(kappa), Some(interval)) => format!("{kappa:.2} ({interval:.2})"),
        (Some(kappa), None) => format!("{kappa:.2}"),
        (None, _) => "undefined".to_owned(),
    };
    let of = |side: &Option<JurySide>| match side {
        Some(side) => [share(&side.accuracy), kappa(side)],
        None => [String::new(), String::new()],
    };
    let [right, agreement] = of(&page.jury);
    let jury =
        vec!["the jury".to_owned(), share(&page.decided), right, agreement, String::new(), String::new()];
    let members = page.members.iter().map(|member| {
        let [right, agreement] = of(&member.side);
        let gain = member.gain.as_ref().map(gained).unwrap_or_default();
        vec![member.member.clone(), share(&member.voted), right, agreement, gain, share(&member.same_without)]
    });
    let columns = ["", "verdicts", "right", "κ", "the jury is right", "same verdict without it"];
    let note = "p is that of no difference, adjusted for the number of members (Holm).";
    AnswerTable::new(
        "The jury and its members",
        note,
        &columns,
        std::iter::once(jury).chain(members).collect(),
    )
}

fn pairs(page: &JuryPage) -> AnswerTable {
    let Some(among) = &page.among else { return AnswerTable::new("Agreement", "", &[], Vec::new()) };
    let rows = among.pairwise.iter().map(|pair| {
        let kappa = pair.kappa.map_or_else(|| "undefined".to_owned(), |kappa| format!("{kappa:.2}"));
        vec![format!("{} and {}", pair.first, pair.second), share(&pair.same), kappa]
    });
    let alpha = among.alpha.first().and_then(|alpha| alpha.value);
    let note =
        alpha.map_or_else(String::new, |alpha| format!("Krippendorff's α of all members is {alpha:.2}."));
    AnswerTable::new("Agreement of the members", &note, &["", "same", "κ"], rows.collect())
}
