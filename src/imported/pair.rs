//! Pairs: the same two answers shown in one order or both.

use crate::eval::{OrderVerdict, Settled};
use crate::judge::{Reason, Score, Unscored, in_order};
use crate::signature::{Label, Scale, ScaleKind, UNDECIDED};

/// Two answers that are compared, and the orders in which they were shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The verdict for the pair's first answer.
    pub first: String,
    /// The verdict for its second answer.
    pub second: String,
    /// The verdict that neither is better, if there is one.
    pub tie: Option<String>,
    /// The orders' names: the pair's own order, then the swapped one, if it was shown in both.
    /// Empty where nothing is said of orders.
    pub orders: Vec<String>,
    /// The field that tells a line's order; `None` where one line holds all orders, and paths name
    /// theirs with `{order}`.
    pub order_field: Option<String>,
    /// What a verdict on the swapped pair names.
    pub swapped: Swapped,
    /// How the verdicts of both orders become one.
    pub combine: Combine,
}

/// What a verdict on a swapped pair names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Swapped {
    /// A place in the order shown: it is turned around.
    #[default]
    Flip,
    /// The answer itself: it is taken as it is.
    Mapped,
}

/// How the verdicts of both orders become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Combine {
    /// What both orders say; undecided where they differ, unscored where one cannot be read.
    #[default]
    Agree,
    /// +1 for each order that prefers the first answer, −1 for the second, 0 for a tie or a verdict
    /// that cannot be read: the sum's sign decides, 0 is undecided (`JudgeBench`, Tan et al. 2025).
    Sum,
}

/// What two equal scores mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Equal {
    /// A tie; unscored where the pair has no verdict for one.
    #[default]
    Tie,
    /// The answer shown first in that order: never right in both orders.
    First,
    /// The answer shown last in that order: never right in both orders.
    Second,
}

/// What a comparison is worth in which a score cannot be read as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unreadable {
    /// Nothing: it is unscored.
    #[default]
    Unscored,
    /// As a verdict for the answer shown first, and counted: only to reproduce tables that were made so.
    First,
    /// As a verdict for the answer shown last, and counted: only to reproduce tables that were made so.
    Second,
}

/// One of the two places in which an answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    First,
    Second,
}

impl Pair {
    /// What can be said of a pair: 1 for the first answer, 0 for the second, half for a tie.
    #[must_use]
    pub(crate) fn scale(&self) -> Scale {
        Scale { field: "verdict".into(), kind: ScaleKind::Labels(self.labels()) }
    }

    /// The same, and `undecided` where two orders may differ.
    #[must_use]
    pub(crate) fn combined_scale(&self) -> Scale {
        let mut labels = self.labels();
        if self.orders.len() > 1 {
            labels.push(Label { name: UNDECIDED.to_owned(), value: None });
        }
        Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels) }
    }

    fn labels(&self) -> Vec<Label> {
        let label = |name: &str, value| Label { name: name.to_owned(), value: Some(value) };
        let mut labels = vec![label(&self.first, 1.0), label(&self.second, 0.0)];
        labels.extend(self.tie.as_deref().map(|tie| label(tie, 0.5)));
        labels
    }

    /// The label that means the answer shown at a place of an order.
    pub(super) fn shown_at(&self, place: Position, swapped: bool) -> String {
        let first = (place == Position::First) != swapped;
        if first { self.first.clone() } else { self.second.clone() }
    }

    /// A verdict as it stands in the file, in the pair's own order.
    pub(super) fn turned(&self, label: &str, swapped: bool) -> String {
        let flips = swapped && self.swapped == Swapped::Flip;
        match label {
            label if flips && label == self.first => self.second.clone(),
            label if flips && label == self.second => self.first.clone(),
            label => label.to_owned(),
        }
    }

    /// The verdicts of all orders as one.
    pub(super) fn combined(&self, orders: &[OrderVerdict]) -> Settled {
        match self.combine {
            Combine::Agree => self.agreed(orders),
            Combine::Sum => self.summed(orders),
        }
    }

    fn agreed(&self, orders: &[OrderVerdict]) -> Settled {
        let mut labels = Vec::new();
        for verdict in orders {
            match (&verdict.label, &verdict.unscored) {
                (Some(label), _) => labels.push(label.as_str()),
                (None, Some(unscored)) => return Settled::Unscored(in_order(&verdict.order, unscored)),
                (None, None) => {}
            }
        }
        match labels.split_first() {
            Some((first, rest)) if rest.iter().all(|label| label == first) => self.verdict(first),
            Some(_) => self.verdict(UNDECIDED),
            None => nothing(),
        }
    }

    fn summed(&self, orders: &[OrderVerdict]) -> Settled {
        let labels: Vec<&str> = orders.iter().filter_map(|verdict| verdict.label.as_deref()).collect();
        if labels.is_empty() {
            return match orders
                .iter()
                .find_map(|verdict| Some(in_order(&verdict.order, verdict.unscored.as_ref()?)))
            {
                Some(unscored) => Settled::Unscored(unscored),
                None => nothing(),
            };
        }
        let count = |name: &str| labels.iter().filter(|label| **label == name).count();
        let (first, second) = (count(&self.first), count(&self.second));
        match (first.cmp(&second), &self.tie) {
            (std::cmp::Ordering::Greater, _) => self.verdict(&self.first),
            (std::cmp::Ordering::Less, _) => self.verdict(&self.second),
            (std::cmp::Ordering::Equal, Some(tie)) if first == 0 => self.verdict(tie),
            (std::cmp::Ordering::Equal, _) => self.verdict(UNDECIDED),
        }
    }

    fn verdict(&self, label: &str) -> Settled {
        let value = self.scale().worth(label);
        Settled::Scored(Score { value, label: label.to_owned(), ..Score::default() })
    }
}

fn nothing() -> Settled {
    Settled::Unscored(Unscored::new(Reason::InvalidAnswer, "there is no verdict in any order"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(combine: Combine) -> Pair {
        Pair {
            first: "A>B".into(),
            second: "B>A".into(),
            tie: Some("A=B".into()),
            orders: vec!["ab".into(), "ba".into()],
            order_field: None,
            swapped: Swapped::Flip,
            combine,
        }
    }

    /// The combined verdict of two orders, `-` for one that cannot be read.
    fn combined(combine: Combine, said: [&str; 2]) -> String {
        let orders: Vec<OrderVerdict> = said
            .iter()
            .zip(["ab", "ba"])
            .map(|(label, order)| OrderVerdict {
                order: order.into(),
                swapped: order == "ba",
                label: (*label != "-").then(|| (*label).to_owned()),
                unscored: (*label == "-").then(|| Unscored::new(Reason::InvalidAnswer, "nothing said")),
            })
            .collect();
        match pair(combine).combined(&orders) {
            Settled::Scored(score) => score.label,
            Settled::Unscored(unscored) => format!("unscored: {}", unscored.detail),
        }
    }

    #[test]
    fn orders_must_agree_or_the_sum_decides() {
        let said = [["A>B", "A>B"], ["A>B", "B>A"], ["A>B", "A=B"], ["A=B", "A=B"], ["A>B", "-"], ["-", "-"]];
        let agreed = said.map(|said| combined(Combine::Agree, said));
        let nothing = "unscored: order ba: nothing said";
        assert_eq!(
            agreed,
            ["A>B", "undecided", "undecided", "A=B", nothing, "unscored: order ab: nothing said"]
        );
        let summed = said.map(|said| combined(Combine::Sum, said));
        assert_eq!(summed, ["A>B", "undecided", "A>B", "A=B", "A>B", "unscored: order ab: nothing said"]);
    }

    #[test]
    fn a_place_is_turned_around_and_an_answer_is_not() {
        let mut pair = pair(Combine::Agree);
        assert_eq!(pair.turned("A>B", true), "B>A");
        assert_eq!(pair.turned("A=B", true), "A=B");
        assert_eq!(pair.shown_at(Position::First, true), "B>A");
        pair.swapped = Swapped::Mapped;
        assert_eq!(pair.turned("A>B", true), "A>B");
    }
}
