//! The rules of a route, and what came of them for a record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ask::Reason;
use crate::data::{Filter, Record};

/// How a route chooses who judges a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RouteOptions {
    /// Its name, for messages.
    pub(crate) name: String,
    /// The rules, in order: the first that fits is taken.
    pub(crate) rules: Vec<RouteRule>,
    /// The kinds of failure after which the next of a rule's models is asked.
    pub(crate) fallback_on: Vec<FallbackOn>,
}

/// One rule of a route.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RouteRule {
    /// Its name in reports.
    pub(crate) name: String,
    /// What a record must be like; all must hold. Without any the rule fits every record.
    pub(crate) when: Vec<Filter>,
    /// Who is asked, by their places among the members: the next one only where the one before failed.
    pub(crate) to: Vec<usize>,
}

/// A kind of failure after which another model may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FallbackOn {
    /// No usable reply came over the wire, or the embedded engine failed.
    Transport,
    /// No reply came in time.
    Timeout,
    /// The server refused: key, credit, model, size, filter.
    Refused,
    /// Replies came, but no valid answer within the retries.
    InvalidAnswer,
}

impl FallbackOn {
    /// What is fallen back on where nobody says.
    pub(crate) const USUAL: [Self; 3] = [Self::Transport, Self::Timeout, Self::Refused];

    fn is(self, reason: Reason) -> bool {
        match self {
            Self::Transport => reason == Reason::Transport,
            Self::Timeout => reason == Reason::Timeout,
            Self::Refused => reason == Reason::Refused,
            Self::InvalidAnswer => reason == Reason::InvalidAnswer,
        }
    }
}

impl RouteOptions {
    /// The place of the first rule that fits a record.
    pub(crate) fn fitting(&self, record: &Record) -> Option<usize> {
        self.rules.iter().position(|rule| rule.when.iter().all(|filter| filter.takes(record)))
    }

    /// The place of the rule for a record that nobody knows more of: the first without conditions.
    pub(crate) fn usual(&self) -> Option<usize> {
        self.rules.iter().position(|rule| rule.when.is_empty())
    }

    /// Whether the next model is asked after this failure. A recording holds no failures: a reply that it has not
    /// is one that failed when it was made.
    pub(crate) fn falls_back(&self, reason: Reason) -> bool {
        reason == Reason::NotRecorded || self.fallback_on.iter().any(|kind| kind.is(reason))
    }
}

/// Where a route sent a record, and who answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Routed {
    /// The judge.
    pub judge: String,
    /// The rule; none where no rule fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The models that it names, in the order in which they are asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// The one whose verdict it is; none where all failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data::Record;

    fn record(tag: &str) -> Record {
        let fields = json!({"id": "r1", "tags": [tag]});
        Record { id: "r1".into(), line: 1, fields: fields.as_object().unwrap().clone() }
    }

    fn rule(name: &str, when: &[&str]) -> RouteRule {
        let when = when.iter().map(|filter| Filter::parse(filter).unwrap()).collect();
        RouteRule { name: name.into(), when, to: vec![0] }
    }

    fn route(rules: Vec<RouteRule>) -> RouteOptions {
        RouteOptions { name: "tiers".into(), rules, fallback_on: FallbackOn::USUAL.to_vec() }
    }

    #[test]
    fn the_first_rule_of_which_all_conditions_hold_is_taken() {
        let route = route(vec![
            rule("both", &["tag=critical", "id!=r1"]),
            rule("critical", &["tag=critical"]),
            rule("rest", &[]),
        ]);
        assert_eq!(route.fitting(&record("critical")), Some(1));
        assert_eq!(route.fitting(&record("plain")), Some(2));
        assert_eq!(route.usual(), Some(2));
    }

    #[test]
    fn a_record_may_fit_no_rule() {
        let route = route(vec![rule("critical", &["tag=critical"])]);
        assert_eq!((route.fitting(&record("plain")), route.usual()), (None, None));
    }

    #[test]
    fn a_spent_budget_and_an_end_are_never_fallen_back_on() {
        let route = route(Vec::new());
        for reason in [Reason::Transport, Reason::Timeout, Reason::Refused, Reason::NotRecorded] {
            assert!(route.falls_back(reason), "{reason}");
        }
        for reason in [Reason::InvalidAnswer, Reason::Budget, Reason::Cancelled, Reason::Subject] {
            assert!(!route.falls_back(reason), "{reason}");
        }
    }
}
