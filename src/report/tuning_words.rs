//! A tuning in words: what gains, on the records that nothing was chosen by.

use super::formatting::{count, plain};
use crate::optimizer::{Gain, NoGain, Outcome, TunePage};

/// The answer: `Prompt and threshold: κ 0.41 to 0.58 on the test part (42 records)`.
pub(super) fn headline(page: &TunePage) -> String {
    let objective = page.objective.name();
    match page.outcome() {
        Outcome::Prompt(gain) => format!("The new prompt gains: {}", gained(objective, &gain)),
        Outcome::PromptAndThreshold(gain) => format!("Prompt and threshold gain: {}", gained("κ", &gain)),
        Outcome::Threshold(gain) => format!("The threshold alone gains: {}", gained("κ", &gain)),
        Outcome::Nothing(why) => format!("Keep what you have: {}", nothing(page, why)),
    }
}

fn gained(what: &str, gain: &Gain) -> String {
    let (before, after) = (plain(gain.before), plain(gain.after));
    format!("{what} {before} to {after} on the test part ({} records)", count(gain.n as u64))
}

fn nothing(page: &TunePage, why: NoGain) -> String {
    let name = page.objective.name();
    let tested = page.test.as_ref().map_or_else(String::new, |test| {
        format!(" ({name} {} to {})", plain(test.baseline), plain(test.winner))
    });
    match why {
        NoGain::NoCandidate => "there was no candidate to try".to_owned(),
        NoGain::NoWinner => "no candidate beat the signature as it is".to_owned(),
        NoGain::NotTested => "the test part was not judged".to_owned(),
        NoGain::NoInterval => format!("the test part is too small to tell{tested}"),
        NoGain::Unsure => format!("the gain on the test part could be chance{tested}"),
        NoGain::NotSeen => format!("the test part shows no gain{tested}"),
        NoGain::Worse => format!("the new prompt is worse on the test part{tested}"),
    }
}

/// How the answer is to be taken, as the page colors it.
pub(super) fn tone(page: &TunePage) -> &'static str {
    match page.outcome() {
        Outcome::Prompt(_) | Outcome::PromptAndThreshold(_) | Outcome::Threshold(_) => "passed",
        Outcome::Nothing(NoGain::Worse) => "failed",
        Outcome::Nothing(NoGain::NotTested | NoGain::NoInterval) => "unscored",
        Outcome::Nothing(_) => "undecided",
    }
}
