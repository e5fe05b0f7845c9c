//! Routes: how many records each role answered, how well, and what its calls took.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::{Latency, Rate};
use super::models::{ModelTally, Prices};
use crate::eval::Outcome;
use crate::judge::{Attempt, Routed};

/// What one of a route's roles did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleSummary {
    /// The judge whose route it is, where routes choose for several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub judge: Option<String>,
    /// The role, or PROVIDER/NAME.
    pub role: String,
    /// Records that it answered, of those that a rule was looked for.
    pub answered: Rate,
    /// Records on which it was asked and somebody else answered, or nobody.
    pub failed: u64,
    /// Verdicts that are the label, of the labelled records that it answered. Where routes choose for several judges: the
    /// judge's verdicts that pass where the label does, and fail where it does not.
    pub accuracy: Rate,
    /// How long a call took; `None` where none was made.
    pub call: Option<Latency>,
    /// What its calls cost, in US dollars; `None` where its model's price is not known.
    pub cost_usd: Option<f64>,
}

/// Takes outcomes that routes had a say in, in any order.
#[derive(Clone, Debug)]
pub(super) struct RolesTally {
    /// By judge, how many records its route had a say in.
    judges: BTreeMap<String, u64>,
    /// By judge and role.
    roles: BTreeMap<(String, String), RoleTally>,
    /// The score from which on a judge's verdict passes.
    pass_at: f64,
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
    /// Nothing yet; a judge's verdict passes from this score on.
    pub(super) fn of(pass_at: f64) -> Self {
        Self { judges: BTreeMap::new(), roles: BTreeMap::new(), pass_at }
    }

    /// Counts a record.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        for route in &outcome.routes {
            *self.judges.entry(route.judge.clone()).or_default() += 1;
            for role in &route.to {
                self.role(&route.judge, role);
            }
            self.add_calls(outcome, route);
            if let (Some(role), Some(right)) = (&route.answered, self.is_right(outcome, route)) {
                let tally = self.role(&route.judge, role);
                tally.labelled += 1;
                tally.right += u64::from(right);
            }
        }
    }

    fn add_calls(&mut self, outcome: &Outcome, route: &Routed) {
        let mut asked: Vec<&str> = Vec::new();
        for attempt in outcome.attempts.iter().filter(|attempt| is_of(attempt, outcome, route)) {
            let Some(role) = attempt.role.as_deref() else { continue };
            let tally = self.role(&route.judge, role);
            tally.calls.add(attempt);
            tally.model.clone_from(&attempt.model);
            if !asked.contains(&role) {
                asked.push(role);
            }
        }
        for role in asked {
            let tally = self.role(&route.judge, role);
            if route.answered.as_deref() == Some(role) {
                tally.answered += 1;
            } else {
                tally.failed += 1;
            }
        }
    }

    /// Whether the verdict is the label: of the only routed judge the suite's, and else the judge's own.
    fn is_right(&self, outcome: &Outcome, route: &Routed) -> Option<bool> {
        let expected = outcome.expected.as_ref()?;
        let score = outcome.score()?;
        if let [_] = outcome.routes.as_slice() {
            return Some(!outcome.differs());
        }
        let own = score.parts.iter().find(|part| part.name == route.judge)?.value?;
        Some((own >= self.pass_at) == (expected.value? >= self.pass_at))
    }

    fn role(&mut self, judge: &str, role: &str) -> &mut RoleTally {
        self.roles.entry((judge.to_owned(), role.to_owned())).or_default()
    }

    /// What each did.
    pub(super) fn summary(&self, prices: &Prices) -> Vec<RoleSummary> {
        let several = self.judges.len() > 1;
        let each = self.roles.iter().map(|((judge, role), tally)| RoleSummary {
            judge: several.then(|| judge.clone()),
            role: role.clone(),
            answered: Rate::of(tally.answered, self.judges.get(judge).copied().unwrap_or_default()),
            failed: tally.failed,
            accuracy: Rate::of(tally.right, tally.labelled),
            call: tally.calls.latency(),
            cost_usd: prices.of_calls(tally.model.as_deref(), &tally.calls),
        });
        each.collect()
    }
}

/// Whether a call was made for this route's judge: of several judges its part begins with the judge's name.
fn is_of(attempt: &Attempt, outcome: &Outcome, route: &Routed) -> bool {
    let Some(part) = attempt.part.as_deref() else { return true };
    let is_of =
        |judge: &str| part.strip_prefix(judge).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let others = || outcome.routes.iter().filter(|other| is_of(&other.judge));
    // A judge's name may begin with another's: the longest is meant.
    let meant = others().max_by_key(|other| other.judge.len());
    meant.map_or(outcome.routes.len() == 1, |meant| meant.judge == route.judge)
}
