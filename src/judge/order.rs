//! The orders in which a pair is shown, and what was said in each.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::score::Score;
use crate::ask::Unscored;
use crate::signature::Pair;

/// The verdict on a pair in one order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderVerdict {
    /// The order's name; of a judge's own pairs `own` or `exchanged`.
    pub order: String,
    /// Whether the pair's second answer was shown first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub swapped: bool,
    /// The verdict, in the pair's own order: what was said of a swapped pair is turned around already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Why there is no verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unscored: Option<Unscored>,
}

/// Why a pair has no verdict, with the order that has none.
pub(crate) fn in_order(order: &str, unscored: &Unscored) -> Unscored {
    Unscored { detail: format!("order {order}: {}", unscored.detail), ..unscored.clone() }
}

/// The two orders in which a judge is asked about a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the record has it.
    Own,
    /// With the two inputs in each other's place.
    Exchanged,
}

impl Order {
    /// Both, in the order in which they are asked.
    pub const BOTH: [Self; 2] = [Self::Own, Self::Exchanged];

    /// Its name: `own`, `exchanged`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Exchanged => "exchanged",
        }
    }

    /// The inputs as they are shown.
    pub(super) fn shown<'a>(
        self,
        pair: &Pair,
        inputs: &'a Map<String, Value>,
    ) -> Cow<'a, Map<String, Value>> {
        match self {
            Self::Own => Cow::Borrowed(inputs),
            Self::Exchanged => Cow::Owned(pair.exchanged(inputs)),
        }
    }

    /// What was said in this order, as if it had been said in the pair's own.
    pub(super) fn turned(self, pair: &Pair, score: Score) -> Score {
        if self == Self::Own {
            return score;
        }
        // Shares stay in the scale's order, so that those of both orders can be put side by side.
        let share = |label: &str| {
            let said = score.distribution.iter().find(|(said, _)| said == pair.turned(label));
            said.map_or(0.0, |(_, share)| *share)
        };
        let distribution =
            score.distribution.iter().map(|(label, _)| (label.clone(), share(label))).collect();
        Score { label: pair.turned(&score.label).to_owned(), distribution, ..score }
    }

    /// The verdict, or why there is none.
    pub(super) fn verdict(self, said: Result<&Score, &Unscored>) -> OrderVerdict {
        OrderVerdict {
            order: self.name().to_owned(),
            swapped: self == Self::Exchanged,
            label: said.ok().map(|score| score.label.clone()),
            unscored: said.err().cloned(),
        }
    }
}
