//! A jury asks its members.

use std::ops::RangeInclusive;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::rule::{JuryRule, TIE, Vote};
use crate::ask::{Question, Reason, Unscored};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::judging::{Judge, JuryMember};
use crate::judge::members::{asked, attempts, misfit, named, own_inputs, parts, unfinished};
use crate::judge::score::{Judged, Score};
use crate::judge::strategy::{AskOptions, Asker, Planned, Strategy};
use crate::judge::together::side_by_side;
use crate::number::real;
use crate::prompt::RenderFault;
use crate::signature::{Scale, ScaleKind, Spec};

/// How a jury decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JuryOptions {
    /// How votes become one verdict.
    pub rule: JuryRule,
    /// The fewest votes that make a verdict; with fewer the record is unscored. More than half of the members by
    /// default.
    pub quorum: Option<usize>,
    /// Whether no more members are asked when the rest cannot change the verdict.
    pub stops_early: bool,
}

/// Several judges that vote.
#[derive(Debug)]
struct Jury {
    spec: Spec,
    scale: Scale,
    members: Arc<[JuryMember]>,
    options: JuryOptions,
}

impl Judge {
    /// A jury: judges that vote on the verdict of a spec.
    ///
    /// # Errors
    /// The members do not fit each other or the rule: which, and why.
    pub fn jury(spec: Spec, members: Vec<JuryMember>, options: JuryOptions) -> Result<Self> {
        let members: Arc<[JuryMember]> = members.into();
        let jury = Jury::new(&spec, Arc::clone(&members), options)?;
        Self::of_members(spec, members, Some(options.rule), Arc::new(jury))
    }
}

impl Jury {
    fn new(spec: &Spec, members: Arc<[JuryMember]>, options: JuryOptions) -> Result<Self> {
        let wrong = |detail: String, help: &str| {
            Err(Error::new(ErrorKind::Config, format!("the jury of `{}`: {detail}", spec.name)).help(help))
        };
        let Some(scale) = spec.scale.clone() else {
            return wrong("its signature gives no verdict".into(), "a jury's signature needs a [score]");
        };
        let quorum = options.quorum.unwrap_or(1);
        if members.len() < 2 || quorum > members.len() || quorum == 0 {
            let detail = format!("{} members, and {quorum} of them must vote", members.len());
            return wrong(detail, "give it two members or more, and a quorum that they can reach");
        }
        for member in members.iter() {
            if let Some((detail, help)) = misfit(spec, &scale, member) {
                return wrong(detail, help);
            }
            if options.rule == JuryRule::Weighted && member.accuracy.is_none() {
                let detail = format!("rule \"weighted\", and the accuracy of {} is not given", member.name);
                return wrong(detail, "set each member's `accuracy`, as a run on labels shows it");
            }
        }
        if options.stops_early && !options.rule.counts_votes() {
            let detail =
                format!("rule \"{}\" takes every vote, so it cannot stop early", options.rule.name());
            return wrong(detail, "remove `early_stop`, or take rule \"majority\"");
        }
        Ok(Self { spec: spec.clone(), scale, members, options })
    }

    /// The fewest votes that make a verdict.
    fn quorum(&self) -> usize {
        self.options.quorum.unwrap_or(self.members.len() / 2 + 1)
    }

    async fn vote(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let mut said: Vec<Judged> = Vec::new();
        while said.len() < self.members.len() && !self.is_over(&said) {
            let next = said.len()..said.len() + self.wave(&said);
            let wave = self.members.get(next).unwrap_or_default();
            let judges: Vec<Judge> = wave.iter().map(|member| asked(member, asker)).collect();
            let inputs: Vec<Map<String, Value>> =
                judges.iter().map(|judge| own_inputs(judge, inputs)).collect();
            said.extend(side_by_side(&judges, &inputs).await);
        }
        let result = self.result(&said);
        Judged::of(result, attempts(&self.members, said))
    }

    /// How many members are asked next: all, or, to stop early, as few as could decide.
    fn wave(&self, judged: &[Judged]) -> usize {
        let rest = self.members.len() - judged.len();
        if !self.options.stops_early {
            return rest;
        }
        if judged.is_empty() { self.quorum().max(self.members.len() / 2 + 1).min(rest) } else { 1 }
    }

    /// Whether no more members need to be asked.
    fn is_over(&self, judged: &[Judged]) -> bool {
        let votes = self.votes(judged);
        let out = self.members.get(judged.len()..).unwrap_or_default();
        let out: Vec<Option<f64>> = out.iter().map(|member| member.accuracy).collect();
        let ends = judged.iter().any(|judged| unfinished(judged).is_some());
        ends || (self.options.stops_early
            && votes.len() >= self.quorum()
            && self.options.rule.is_decided(&votes, &out))
    }

    fn votes<'j>(&self, judged: &'j [Judged]) -> Vec<Vote<'j>> {
        let vote = |(member, judged): (&JuryMember, &'j Judged)| {
            let score = judged.result.as_ref().ok()?;
            Some(Vote { label: &score.label, value: score.value, accuracy: member.accuracy })
        };
        self.members.iter().zip(judged).filter_map(vote).collect()
    }

    fn result(&self, judged: &[Judged]) -> Result<Score, Unscored> {
        if let Some(unscored) = judged.iter().find_map(unfinished) {
            return Err(unscored.clone());
        }
        let votes = self.votes(judged);
        let failed = self
            .members
            .iter()
            .zip(judged)
            .find_map(|(member, judged)| Some((member, judged.result.as_ref().err()?)));
        if let (Some((member, unscored)), true) = (failed, votes.len() < self.quorum()) {
            let detail = format!(
                "{} of {} members voted, and {} must; {}: {}",
                votes.len(),
                self.members.len(),
                self.quorum(),
                member.name,
                unscored.detail
            );
            return Err(Unscored { detail, ..unscored.clone() });
        }
        let Some(decision) = self.options.rule.decide(&votes, &self.scale) else {
            // Every vote decides nothing.
            let undecided = votes.first().map(|vote| vote.label.to_owned());
            let none = || Unscored::new(Reason::InvalidAnswer, "nobody voted");
            let label = undecided.ok_or_else(none)?;
            return Ok(Score { label, parts: parts(&self.members, judged), ..Score::default() });
        };
        let scores = judged.iter().filter_map(|judged| judged.result.as_ref().ok());
        let agreeing = scores.filter(|score| score.label == decision.label);
        Ok(Score {
            value: decision.value,
            confidence: Some(decision.share),
            distribution: self.distribution(&votes),
            reasoning: self.reasons(judged, &decision.label),
            evidence: agreeing.clone().flat_map(|score| score.evidence.clone()).collect(),
            suggestions: agreeing.flat_map(|score| score.suggestions.clone()).collect(),
            parts: parts(&self.members, judged),
            label: decision.label,
            ..Score::default()
        })
    }

    /// The share of the votes that each verdict has, where verdicts can be counted off.
    fn distribution(&self, votes: &[Vote<'_>]) -> Vec<(String, f64)> {
        let ScaleKind::Labels(labels) = &self.scale.kind else { return Vec::new() };
        let share =
            |label: &str| real(votes.iter().filter(|vote| vote.label == label).count()) / real(votes.len());
        labels.iter().map(|label| (label.name.clone(), share(&label.name))).collect()
    }

    /// What the members say that agree with the verdict; where none does, what all say.
    fn reasons(&self, judged: &[Judged], label: &str) -> Option<String> {
        let scores = self.members.iter().zip(judged).filter_map(|(member, judged)| {
            let score = judged.result.as_ref().ok()?;
            Some((member, score, score.reasoning.as_ref()?))
        });
        let all: Vec<(&JuryMember, &Score, &String)> = scores.collect();
        let agrees = all.iter().any(|(_, score, _)| score.label == label);
        let told = all.iter().filter(|(_, score, _)| !agrees || score.label == label);
        let told: Vec<String> =
            told.map(|(member, _, reasons)| format!("{}: {reasons}", member.name)).collect();
        (!told.is_empty()).then(|| told.join(" "))
    }
}

impl Strategy for Jury {
    fn questions(&self) -> Vec<&Question> {
        self.members.iter().flat_map(|member| member.judge.questions()).collect()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let mut all = Vec::new();
        for (place, member) in self.members.iter().enumerate() {
            let judge = asked(member, asker);
            for planned in judge.plan(&own_inputs(&judge, inputs))? {
                let part = Some(named(member, planned.part.as_deref()));
                all.push(Planned { part, member: place, ..planned });
            }
        }
        Ok(all)
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let each = || self.members.iter().map(|member| member.judge.calls());
        let most = each().map(|calls| *calls.end()).sum();
        let mut least: u64 = each().map(|calls| *calls.start()).sum();
        if self.options.stops_early {
            least = each().take(self.wave(&[])).map(|calls| *calls.start()).sum();
        }
        least..=most
    }

    fn rule(&self) -> Option<String> {
        let members: Vec<_> = self.members.iter().map(|member| (&member.name, member.accuracy)).collect();
        Some(format!("jury {:?} {members:?} {}", self.options, self.spec.fingerprint()))
    }

    fn undecided(&self) -> Option<&'static str> {
        self.options.rule.counts_votes().then_some(TIE)
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.vote(asker, inputs).boxed()
    }
}
