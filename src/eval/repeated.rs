//! One outcome from the times a record was taken.

use super::outcome::{Produced, Repeat, Settled};
use crate::check::Examined;
use crate::judge::{OrderVerdict, Part, Reason, Routed, Score, Unscored};
use crate::stats;
use crate::trajectory::Cut;

/// What an outcome has of all times together.
pub(super) struct AllRepeats {
    pub(super) result: Settled,
    /// The number of the repeat that everything but the result is of.
    pub(super) shown: Option<u32>,
    pub(super) repeats: Vec<Repeat>,
    pub(super) subject: Option<Produced>,
    pub(super) cut: Option<Cut>,
    pub(super) checks: Vec<Examined>,
    pub(super) orders: Vec<OrderVerdict>,
    pub(super) routes: Vec<Routed>,
    pub(super) elapsed_ms: f64,
}

/// Whether taking the record again is of no use.
pub(super) fn ends(result: &Settled) -> bool {
    match result {
        Settled::Scored(_) => false,
        Settled::Unscored(unscored) => unscored.ends(),
    }
}

/// A record that was to be taken once is as it came. Otherwise the score is the mean of its repeats, and
/// everything else is what the first repeat with the verdict of most says.
pub(super) fn whole(mut taken: Vec<Repeat>, wished: usize) -> AllRepeats {
    if wished == 1
        && let Some(only) = taken.pop()
    {
        let Repeat { number, result, subject, cut, checks, orders, routes, elapsed_ms } = only;
        let shown = Some(number);
        return AllRepeats {
            result,
            shown,
            repeats: Vec::new(),
            subject,
            cut,
            checks,
            orders,
            routes,
            elapsed_ms,
        };
    }
    let shown = shown(&taken).or_else(|| taken.last());
    AllRepeats {
        result: result(&taken, wished),
        shown: shown.map(|shown| shown.number),
        subject: shown.and_then(|shown| shown.subject.clone()),
        cut: shown.and_then(|shown| shown.cut.clone()),
        checks: shown.map(|shown| shown.checks.clone()).unwrap_or_default(),
        orders: shown.map(|shown| shown.orders.clone()).unwrap_or_default(),
        routes: shown.map(|shown| shown.routes.clone()).unwrap_or_default(),
        elapsed_ms: taken.iter().map(|repeat| repeat.elapsed_ms).sum(),
        repeats: taken,
    }
}

/// Half of the repeats must have a score; and what would end a run leaves the record to be gone on with.
fn result(taken: &[Repeat], wished: usize) -> Settled {
    let unscored: Vec<(u32, &Unscored)> = taken
        .iter()
        .filter_map(|repeat| match &repeat.result {
            Settled::Unscored(unscored) => Some((repeat.number, unscored)),
            Settled::Scored(_) => None,
        })
        .collect();
    if let Some((number, over)) = unscored.last()
        && taken.last().is_some_and(|last| ends(&last.result))
    {
        let detail = format!("repeat {number}: {}", over.detail);
        return Settled::Unscored(Unscored { detail, ..(*over).clone() });
    }
    if let Some((_, last)) = unscored.last()
        && 2 * unscored.len() > wished
    {
        let detail = format!(
            "{} of {wished} repeats have no score, and at least half must; the last: {}",
            unscored.len(),
            last.detail
        );
        return Settled::Unscored(Unscored { detail, ..(*last).clone() });
    }
    match score(taken) {
        Some(score) => Settled::Scored(score),
        None => Settled::Unscored(Unscored::new(Reason::InvalidAnswer, "no repeat was taken")),
    }
}

fn score(taken: &[Repeat]) -> Option<Score> {
    let first = shown(taken)?.score()?;
    let scores: Vec<&Score> = taken.iter().filter_map(Repeat::score).collect();
    let same = scores.iter().filter(|score| score.label == first.label).count();
    let values: Vec<f64> = scores.iter().filter_map(|score| score.value).collect();
    Some(Score {
        value: first.value.and(stats::mean(&values)),
        confidence: stats::Proportion::new(same as u64, scores.len() as u64).rate(),
        distribution: Vec::new(),
        coverage: None,
        parts: first.parts.iter().map(|part| mean_part(part, &scores)).collect(),
        ..first.clone()
    })
}

fn mean_part(part: &Part, scores: &[&Score]) -> Part {
    let same = scores.iter().flat_map(|score| &score.parts).filter(|other| other.name == part.name);
    let values: Vec<f64> = same.filter_map(|part| part.value).collect();
    Part { value: stats::mean(&values), ..part.clone() }
}

/// The repeat that stands for all: the first with the verdict of most, one with a judge's reasons before one without.
fn shown(taken: &[Repeat]) -> Option<&Repeat> {
    let label = majority(taken)?;
    let mut same = taken.iter().filter(|repeat| repeat.score().is_some_and(|score| score.label == label));
    let first = same.clone().next();
    same.find(|repeat| has_reasons(repeat)).or(first)
}

/// Whether a judge gave reasons. What checks say is none, so that the same repeat stands for all when checks are tried
/// again on what judges said before.
fn has_reasons(repeat: &Repeat) -> bool {
    let Some(score) = repeat.score() else { return false };
    let of_a_part = score.parts.iter().any(|part| part.reasoning.is_some());
    of_a_part || (repeat.checks.is_empty() && score.reasoning.is_some())
}

/// The verdict of most; among several such the one that is worth least, so that a tie is no pass.
fn majority(taken: &[Repeat]) -> Option<String> {
    let scores: Vec<&Score> = taken.iter().filter_map(Repeat::score).collect();
    let number = |label: &str| scores.iter().filter(|score| score.label == label).count();
    let worth = |score: &Score| score.value.unwrap_or(f64::NEG_INFINITY);
    let most = scores.iter().copied().reduce(|best, score| {
        let more = number(&score.label).cmp(&number(&best.label));
        if more.then(worth(best).total_cmp(&worth(score))).is_gt() { score } else { best }
    });
    most.map(|score| score.label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repeat(number: u32, result: Settled) -> Repeat {
        Repeat {
            number,
            result,
            subject: None,
            cut: None,
            checks: Vec::new(),
            orders: Vec::new(),
            routes: Vec::new(),
            elapsed_ms: 2.0,
        }
    }

    fn verdict(number: u32, label: &str, reasoning: Option<&str>) -> Repeat {
        let value = match label {
            "pass" => Some(1.0),
            "fail" => Some(0.0),
            _ => None,
        };
        let reasoning = reasoning.map(str::to_owned);
        repeat(number, Settled::Scored(Score { value, label: label.into(), reasoning, ..Score::default() }))
    }

    fn unscored(number: u32, reason: Reason) -> Repeat {
        repeat(number, Settled::Unscored(Unscored::new(reason, "why")))
    }

    fn scored(whole: &AllRepeats) -> &Score {
        match &whole.result {
            Settled::Scored(score) => score,
            Settled::Unscored(unscored) => panic!("{unscored}"),
        }
    }

    #[test]
    fn the_mean_the_verdict_of_most_and_its_reasons() {
        let taken = vec![
            verdict(0, "fail", Some("rude")),
            verdict(1, "pass", None),
            verdict(2, "pass", Some("polite")),
            unscored(3, Reason::InvalidAnswer),
        ];
        let whole = whole(taken, 4);
        let score = scored(&whole);
        assert_eq!((score.label.as_str(), score.reasoning.as_deref()), ("pass", Some("polite")));
        assert_eq!((score.value, score.confidence), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
        assert_eq!((whole.repeats.len(), whole.elapsed_ms), (4, 8.0));
    }

    #[test]
    fn what_a_check_says_does_not_choose_the_repeat_that_is_shown() {
        let failed = Examined {
            name: "short".into(),
            weight: 1.0,
            required: false,
            verdict: crate::check::Verdict::Fail,
            detail: "too long".into(),
            measured: None,
        };
        let taken = |reasons| {
            let told = Repeat { checks: vec![failed.clone()], ..verdict(1, "pass", reasons) };
            vec![Repeat { checks: vec![failed.clone()], ..verdict(0, "pass", None) }, told]
        };
        assert_eq!(whole(taken(Some("short: too long.")), 2).shown, Some(0));
        let mut by_judge = taken(None);
        let part = Part {
            name: "judge".into(),
            weight: 1.0,
            value: Some(1.0),
            label: "pass".into(),
            reasoning: Some("polite".into()),
            confidence: None,
            is_member: false,
            essential: false,
        };
        by_judge[1].result = Settled::Scored(Score {
            value: Some(1.0),
            label: "pass".into(),
            parts: vec![part],
            ..Score::default()
        });
        assert_eq!(whole(by_judge, 2).shown, Some(1));
    }

    #[test]
    fn a_tie_is_no_pass() {
        let whole = whole(vec![verdict(0, "pass", None), verdict(1, "fail", None)], 2);
        assert_eq!(scored(&whole).label, "fail");
    }

    #[test]
    fn a_verdict_that_decides_nothing_has_no_mean() {
        let taken = vec![verdict(0, "unclear", None), verdict(1, "unclear", None), verdict(2, "pass", None)];
        assert_eq!(scored(&whole(taken, 3)).value, None);
    }

    #[test]
    fn most_repeats_need_a_score_and_a_spent_budget_leaves_the_record_open() {
        let taken =
            vec![verdict(0, "pass", None), unscored(1, Reason::Refused), unscored(2, Reason::InvalidAnswer)];
        let Settled::Unscored(few) = whole(taken, 3).result else { panic!("scored") };
        assert_eq!(few.reason, Reason::InvalidAnswer);
        let taken = vec![verdict(0, "pass", None), verdict(1, "pass", None), unscored(2, Reason::Budget)];
        let Settled::Unscored(over) = whole(taken, 5).result else { panic!("scored") };
        assert_eq!((over.reason, over.detail.as_str()), (Reason::Budget, "repeat 2: why"));
    }

    #[test]
    fn once_is_as_it_came() {
        let whole = whole(vec![verdict(0, "pass", None)], 1);
        assert!(whole.repeats.is_empty());
        assert_eq!(scored(&whole).confidence, None);
    }
}
