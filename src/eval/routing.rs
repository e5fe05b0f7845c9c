//! Where routes would send a dataset's records, before anybody is asked.

use serde::Serialize;

use super::panel::Panel;
use crate::data::Record;
use crate::judge::Routed;

/// What a rule of a judge's route would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct RuleForecast {
    /// The judge.
    pub(crate) judge: String,
    /// The rule; none for the records that no rule fits.
    pub(crate) rule: Option<String>,
    /// Who is asked, in order.
    pub(crate) to: Vec<String>,
    /// Its records.
    pub(crate) records: u64,
    /// The calls that they take where nobody fails.
    pub(crate) calls: u64,
}

/// Counts the records of every rule of a panel's routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routing {
    /// The rules in their order, judge by judge.
    pub(crate) rules: Vec<RuleForecast>,
}

impl Routing {
    /// Every rule, with no records yet.
    pub(super) fn of(panel: &Panel) -> Self {
        let mut rules = Vec::new();
        for member in &panel.judges {
            let Some(route) = member.judge.route_rules() else { continue };
            let role = |place: &usize| Some(member.judge.members().get(*place)?.name.clone());
            rules.extend(route.rules.iter().map(|rule| RuleForecast {
                judge: member.name.clone(),
                rule: Some(rule.name.clone()),
                to: rule.to.iter().filter_map(role).collect(),
                records: 0,
                calls: 0,
            }));
        }
        Self { rules }
    }

    /// Counts a record that is asked about, with the calls that each judge would make.
    pub(super) fn add(&mut self, panel: &Panel, record: &Record, calls: &[u64]) {
        for (place, member) in panel.judges.iter().enumerate() {
            let routed = member.judge.for_record(record).routed(&member.name, None);
            if let Some(routed) = routed {
                self.count(routed, calls.get(place).copied().unwrap_or(0));
            }
        }
    }

    fn count(&mut self, Routed { judge, rule, to, .. }: Routed, calls: u64) {
        let known = self.rules.iter_mut().find(|known| known.judge == judge && known.rule == rule);
        match known {
            Some(known) => {
                known.records += 1;
                known.calls += calls;
            }
            None => self.rules.push(RuleForecast { judge, rule, to, records: 1, calls }),
        }
    }

    /// The judges with records that no rule of their route fits, and how many.
    pub(crate) fn unrouted(&self) -> impl Iterator<Item = (&str, u64)> {
        let none = self.rules.iter().filter(|rule| rule.rule.is_none());
        none.map(|rule| (rule.judge.as_str(), rule.records))
    }
}
