//! Routes: how many records each role answered, how well, and what its calls took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::{Latency, Rate};
use super::models::{ModelTally, Prices};
use crate::eval::Outcome;

/// What one of a route's roles did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleSummary {
    /// The role, or PROVIDER/NAME.
    pub role: String,
    /// Records that it answered, of those that a rule was looked for.
    pub answered: Rate,
    /// Records on which it was asked and somebody else answered, or nobody.
    pub failed: u64,
    /// Verdicts that are the label, of the labelled records that it answered; where a suite has several routed
    /// judges, of none.
    pub accuracy: Rate,
    /// How long a call took; `None` where none was made.
    pub call: Option<Latency>,
    /// What its calls cost, in US dollars; `None` where its model's price is not known.
    pub cost_usd: Option<f64>,
}

/// Takes outcomes that routes had a say in, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct RolesTally {
    records: u64,
    roles: BTreeMap<String, RoleTally>,
}

#[derive(Clone, Debug, Default)]
struct RoleTally {
    answered: u64,
    failed: u64,
    right: u64,
    labelled: u64,
    calls: ModelTally,
    /// The model that was asked, where there are several.
    model: Option<String>,
}

impl RolesTally {
    /// Counts a record.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        if outcome.routes.is_empty() {
            return;
        }
        self.records += 1;
        for role in outcome.routes.iter().flat_map(|route| &route.to) {
            self.role(role);
        }
        let mut asked: Vec<&str> = Vec::new();
        for attempt in &outcome.attempts {
            let Some(role) = attempt.role.as_deref() else { continue };
            let tally = self.role(role);
            tally.calls.add(attempt);
            tally.model.clone_from(&attempt.model);
            if !asked.contains(&role) {
                asked.push(role);
            }
        }
        let has_answered =
            |role: &str| outcome.routes.iter().any(|route| route.answered.as_deref() == Some(role));
        for role in asked {
            let tally = self.role(role);
            if has_answered(role) {
                tally.answered += 1;
            } else {
                tally.failed += 1;
            }
        }
        if let ([route], true, Some(_)) =
            (outcome.routes.as_slice(), outcome.expected.is_some(), outcome.score())
            && let Some(role) = &route.answered
        {
            let tally = self.role(role);
            tally.labelled += 1;
            tally.right += u64::from(!outcome.differs());
        }
    }

    fn role(&mut self, role: &str) -> &mut RoleTally {
        self.roles.entry(role.to_owned()).or_default()
    }

    /// What each did.
    pub(super) fn summary(&self, prices: &Prices) -> Vec<RoleSummary> {
        let each = self.roles.iter().map(|(role, tally)| RoleSummary {
            role: role.clone(),
            answered: Rate::of(tally.answered, self.records),
            failed: tally.failed,
            accuracy: Rate::of(tally.right, tally.labelled),
            call: tally.calls.latency(),
            cost_usd: prices.of_calls(tally.model.as_deref(), &tally.calls),
        });
        each.collect()
    }
}
