//! A judge's route before its models are there: the rules that fit the judge, and the models that they name.

use super::config::{Config, RouteRuleTable, RouteTable};
use super::own_settings::{AskedSeat, OwnSettings};
use crate::data::Filter;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{
    Aggregation, FallbackOn, Judge, JudgeKind, JuryMember, RouteOptions, RouteRule, longest_answer,
};
use crate::signature::Spec;

/// A judge's route, before its models are there.
pub(super) struct RouteSeat {
    options: RouteOptions,
    /// The models that the rules name, each once, in the order in which they are named first.
    candidates: Vec<Candidate>,
}

struct Candidate {
    /// Its role, or PROVIDER/NAME.
    role: String,
    /// The judge and the role: who is asked, among a suite's judges.
    name: String,
    own: OwnSettings,
}

impl RouteSeat {
    /// The route that a judge names as its model; `None` where that is a model.
    ///
    /// # Errors
    /// None of its rules is for this judge.
    pub(super) fn of(
        judge: &str,
        spec: &Spec,
        own: &OwnSettings,
        model: Option<&str>,
        config: &Config,
    ) -> Result<Option<Self>> {
        let Some((name, table)) = model.and_then(|model| config.file.routes.get_key_value(model)) else {
            return Ok(None);
        };
        let mut seat = Self { options: empty(name, table), candidates: Vec::new() };
        for rule in table.rules.iter().filter(|rule| fits(rule, spec)) {
            let when = rule.when.iter().map(|filter| Filter::parse(filter)).collect::<Result<Vec<_>>>()?;
            let to = rule.to.iter().map(|role| seat.candidate(judge, role, own)).collect();
            seat.options.rules.push(RouteRule { name: rule.name.clone(), when, to });
        }
        if seat.options.rules.is_empty() {
            let detail = format!("no rule of route `{name}` is for judge `{judge}`");
            return Err(Error::new(ErrorKind::Config, detail).help(
                "add a rule whose `judge` and `max_answer_chars` fit its signature, or one without conditions",
            ));
        }
        Ok(Some(seat))
    }

    /// Its name in evenhand.toml.
    pub(super) fn name(&self) -> &str {
        &self.options.name
    }

    /// The place of a model among the candidates.
    fn candidate(&mut self, judge: &str, role: &str, own: &OwnSettings) -> usize {
        if let Some(place) = self.candidates.iter().position(|candidate| candidate.role == role) {
            return place;
        }
        let own = OwnSettings { model: Some(role.to_owned()), ..own.clone() };
        self.candidates.push(Candidate { role: role.to_owned(), name: format!("{judge}/{role}"), own });
        self.candidates.len() - 1
    }

    /// Who may be asked.
    pub(super) fn asked<'s>(&'s self, spec: &'s Spec, aggregation: Aggregation) -> Vec<AskedSeat<'s>> {
        let seat = |Candidate { name, own, .. }: &'s Candidate| AskedSeat { name, spec, aggregation, own };
        self.candidates.iter().map(seat).collect()
    }

    /// Leaves it to the suite how all that may be asked here ask.
    pub(super) fn forget_strategy(&mut self) {
        for candidate in &mut self.candidates {
            candidate.own.strategy = None;
        }
    }

    /// The judge, of those who may be asked.
    pub(super) fn judge(&self, spec: &Spec, judges: Vec<Judge>) -> Result<Judge> {
        let members = self.candidates.iter().zip(judges).map(|(candidate, judge)| JuryMember {
            name: candidate.role.clone(),
            judge,
            accuracy: None,
        });
        Judge::route(spec.clone(), members.collect(), self.options.clone())
    }
}

fn empty(name: &str, table: &RouteTable) -> RouteOptions {
    let fallback_on = table.fallback_on.clone().unwrap_or_else(|| FallbackOn::USUAL.to_vec());
    RouteOptions { name: name.to_owned(), rules: Vec::new(), fallback_on }
}

/// Whether a rule is for a judge of this signature.
fn fits(rule: &RouteRuleTable, spec: &Spec) -> bool {
    let is_kind = rule.judge.is_empty() || JudgeKind::of(spec).is_some_and(|kind| rule.judge.contains(&kind));
    let is_short = |most| longest_answer(spec).is_some_and(|longest| longest <= most);
    is_kind && rule.max_answer_chars.is_none_or(is_short)
}
