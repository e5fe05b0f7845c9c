//! A route asks the models that its rules name for a record.

use std::ops::RangeInclusive;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::rules::{RouteOptions, RouteRule, Routed};
use crate::ask::{Attempt, Purpose, Question, Reason, Unscored};
use crate::error::Result;
use crate::judge::judging::{Judge, JuryMember};
use crate::judge::members::asked;
use crate::judge::score::{Judged, JudgedCriteria};
use crate::judge::strategy::{AskOptions, Asker, Planned, Strategy};
use crate::prompt::RenderFault;
use crate::signature::Spec;

/// Judges of one signature, of which rules choose one for each record.
#[derive(Debug)]
struct Route {
    members: Arc<[JuryMember]>,
    options: Arc<RouteOptions>,
}

impl Judge {
    /// A route: judges of one spec that differ in their models, of which rules choose for each record. They are
    /// members by their names, and the rules speak of their places.
    ///
    /// # Errors
    /// There are no members.
    pub(crate) fn route(spec: Spec, members: Vec<JuryMember>, options: RouteOptions) -> Result<Self> {
        let (members, options): (Arc<[JuryMember]>, _) = (members.into(), Arc::new(options));
        let route = Route { members: Arc::clone(&members), options: Arc::clone(&options) };
        Ok(Self::of_members(spec, members, None, Arc::new(route))?.routed_by(options))
    }

    /// Where its route sends the record that it is asked about, and who answered; `None` without a route.
    pub(crate) fn routed(&self, judge: &str, judged: Option<&Judged>) -> Option<Routed> {
        self.route_rules()?;
        let rule = self.rule_taken();
        let name = |place: &usize| Some(self.members().get(*place)?.name.clone());
        let answered = judged.filter(|judged| judged.result.is_ok()).and_then(|judged| {
            let mut verdicts = judged.attempts.iter().filter(|attempt| attempt.purpose != Purpose::Reasons);
            verdicts.next_back()?.role.clone()
        });
        Some(Routed {
            judge: judge.to_owned(),
            rule: rule.map(|rule| rule.name.clone()),
            to: rule.map(|rule| rule.to.iter().filter_map(name).collect()).unwrap_or_default(),
            answered,
        })
    }
}

impl Route {
    fn rule(&self, asker: &Asker) -> Option<&RouteRule> {
        self.options.rules.get(asker.rule?)
    }

    /// Asks the models of the record's rule in turn, until one does not fail.
    async fn ask(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let Some(rule) = self.rule(asker) else {
            return Judged::of(Err(self.no_rule()), Vec::new());
        };
        let (mut attempts, mut failed) = (Vec::new(), Vec::new());
        for member in rule.to.iter().filter_map(|place| self.members.get(*place)) {
            let judged = asked(member, asker).judge(inputs).await;
            attempts.extend(judged.attempts.into_iter().map(|attempt| self.of_member(attempt, member)));
            match judged.result {
                Err(unscored) if self.options.falls_back(unscored.reason) => failed.push((member, unscored)),
                Err(unscored) => return Judged::of(Err(named(member, &unscored)), attempts),
                result => return Judged { result, attempts, orders: judged.orders },
            }
        }
        Judged::of(Err(self.all_failed(&failed)), attempts)
    }

    /// Asks the same models about some criteria, until one fails at none of them.
    async fn some(&self, asker: &Asker, inputs: &Map<String, Value>, wanted: &[usize]) -> JudgedCriteria {
        let members = self.rule(asker).map(|rule| rule.to.as_slice()).unwrap_or_default();
        let (mut attempts, mut results) = (Vec::new(), None);
        for member in members.iter().filter_map(|place| self.members.get(*place)) {
            let Some(came) = asked(member, asker).judge_criteria(inputs, wanted).await else { break };
            attempts.extend(came.attempts.into_iter().map(|attempt| self.of_member(attempt, member)));
            let is_over = |result: &Result<_, Unscored>| {
                result.as_ref().err().is_none_or(|unscored| !self.options.falls_back(unscored.reason))
            };
            let goes_on = !came.results.iter().all(is_over);
            let named = |result: Result<_, Unscored>| result.map_err(|unscored| named(member, &unscored));
            results = Some(came.results.into_iter().map(named).collect());
            if !goes_on {
                break;
            }
        }
        let none = || vec![Err(self.no_rule()); wanted.len()];
        JudgedCriteria { results: results.unwrap_or_else(none), attempts }
    }

    fn no_rule(&self) -> Unscored {
        let detail = format!("no rule of route `{}` fits", self.options.name);
        let remedy = "add a rule without conditions to the end of the route".to_owned();
        Unscored { remedy: Some(remedy), ..Unscored::new(Reason::Refused, detail) }
    }

    /// Why nobody answered: the last failure. It lasts only where every record would meet these failures.
    fn all_failed(&self, failed: &[(&JuryMember, Unscored)]) -> Unscored {
        let Some((member, last)) = failed.last() else {
            return Unscored::new(Reason::Refused, "nobody was asked");
        };
        let details: Vec<String> =
            failed.iter().map(|(member, unscored)| format!("{}: {}", member.name, unscored.detail)).collect();
        let all_last = failed.iter().all(|(_, unscored)| unscored.lasting);
        Unscored {
            detail: details.join("; then "),
            lasting: all_last && failed.len() == self.members.len(),
            ..named(member, last)
        }
    }

    fn of_member(&self, attempt: Attempt, member: &JuryMember) -> Attempt {
        let several =
            self.members.iter().any(|other| other.judge.model().name() != member.judge.model().name());
        let model = several.then(|| member.judge.model().name().to_owned());
        Attempt { role: Some(member.name.clone()), model, ..attempt }
    }
}

fn named(member: &JuryMember, unscored: &Unscored) -> Unscored {
    Unscored { detail: format!("{}: {}", member.name, unscored.detail), ..unscored.clone() }
}

impl Strategy for Route {
    fn questions(&self) -> Vec<&Question> {
        self.members.first().map(|member| member.judge.questions()).unwrap_or_default()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let first = self.rule(asker).and_then(|rule| rule.to.first());
        let Some((place, member)) = first.and_then(|place| Some((*place, self.members.get(*place)?))) else {
            return Ok(Vec::new());
        };
        let planned = asked(member, asker).plan(inputs)?;
        Ok(planned.into_iter().map(|planned| Planned { member: place, ..planned }).collect())
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let each: Vec<RangeInclusive<u64>> = self.members.iter().map(|member| member.judge.calls()).collect();
        let most = |rule: &RouteRule| {
            rule.to.iter().filter_map(|place| each.get(*place)).map(|calls| *calls.end()).sum()
        };
        let least = each.iter().map(|calls| *calls.start()).min().unwrap_or(0);
        least..=self.options.rules.iter().map(most).max().unwrap_or(least)
    }

    fn rule(&self) -> Option<String> {
        let rules: Vec<_> = self.options.rules.iter().map(|rule| (&rule.when, &rule.to)).collect();
        Some(format!("route {rules:?} {:?}", self.options.fallback_on))
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.ask(asker, inputs).boxed()
    }

    fn criteria<'a>(
        &'a self,
        asker: &'a Asker,
        inputs: &'a Map<String, Value>,
        wanted: &'a [usize],
    ) -> Option<BoxFuture<'a, JudgedCriteria>> {
        Some(self.some(asker, inputs, wanted).boxed())
    }
}
