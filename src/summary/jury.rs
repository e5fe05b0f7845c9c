//! Juries: how their members vote, how far they agree, and what each is worth.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::counts::{LEVEL, NEAR_TIES, Rate};
use super::people::PeopleAgreement;
use crate::eval::{Outcome, Panel};
use crate::imported::People;
use crate::judge::{JuryRule, Score, TIE, Vote};
use crate::signature::Scale;
use crate::stats::{Interval, Paired};

/// How a jury voted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JurySummary {
    /// The judge that it is.
    pub judge: String,
    /// How its votes become one verdict.
    pub rule: JuryRule,
    /// Each member.
    pub members: Vec<MemberSummary>,
    /// How far the members agree: Krippendorff's α, and every two of them.
    pub among: Option<PeopleAgreement>,
    /// Records on which no verdict had most votes.
    pub ties: Rate,
    /// Votes that were not asked for, since they could not have changed the verdict.
    pub saved_votes: u64,
}

/// One member of a jury.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemberSummary {
    /// Its name.
    pub member: String,
    /// Records on which it voted, of those with a verdict.
    pub voted: Rate,
    /// Its verdicts that are the label, of labelled records.
    pub accuracy: Rate,
    /// The jury's accuracy less its own, over the labelled records that it voted on; above 0 the jury is better.
    pub jury_gains: Option<f64>,
    /// The interval of that, 95 %.
    pub interval: Option<Interval>,
    /// Whether there is a difference at all, two-sided.
    pub p_value: Option<f64>,
    /// Records whose verdict would be the same without it, of those that it voted on.
    pub same_without: Rate,
}

/// Takes what a jury's members say, in any order.
#[derive(Clone, Debug)]
pub(super) struct JuryTally {
    judge: String,
    rule: JuryRule,
    scale: Scale,
    /// The members, and how their votes are named among a score's parts.
    members: Vec<Member>,
    ballots: BTreeMap<u64, Ballot>,
    saved: u64,
}

#[derive(Clone, Debug)]
struct Member {
    name: String,
    part: String,
    accuracy: Option<f64>,
}

/// One record's votes, in the members' order.
#[derive(Clone, Debug)]
struct Ballot {
    votes: Vec<Option<(String, Option<f64>)>>,
    verdict: String,
    expected: Option<String>,
}

/// A tally for each jury of a panel.
pub(super) fn tallies(panel: &Panel) -> Vec<JuryTally> {
    let is_alone = panel.alone().is_some();
    let juries = panel.judges.iter().filter_map(|seat| {
        let (rule, scale) = (seat.judge.rule()?, seat.judge.spec().scale.clone()?);
        let part = |name: &str| if is_alone { name.to_owned() } else { format!("{}/{name}", seat.name) };
        let members = seat.judge.members().iter().map(|member| Member {
            name: member.name.clone(),
            part: part(&member.name),
            accuracy: member.accuracy,
        });
        let members = members.collect();
        Some(JuryTally { judge: seat.name.clone(), rule, scale, members, ballots: BTreeMap::new(), saved: 0 })
    });
    juries.collect()
}

impl JuryTally {
    /// Counts a record: the votes are parts of its score.
    pub(super) fn add(&mut self, outcome: &Outcome, score: &Score) {
        let votes: Vec<_> = self
            .members
            .iter()
            .map(|member| {
                let part = score.parts.iter().find(|part| part.name == member.part)?;
                Some((part.label.clone(), part.value))
            })
            .collect();
        if votes.iter().all(Option::is_none) {
            return;
        }
        let was_asked = |member: &Member| {
            let of_member =
                |part: &str| part == member.part || part.starts_with(&format!("{}/", member.part));
            outcome.attempts.iter().any(|attempt| attempt.part.as_deref().is_some_and(of_member))
        };
        // Imported and repeated judgments tell no calls of their own.
        if !outcome.attempts.is_empty() {
            let out =
                self.members.iter().zip(&votes).filter(|(member, vote)| vote.is_none() && !was_asked(member));
            self.saved += out.count() as u64;
        }
        let own = score.parts.iter().find(|part| part.name == self.judge);
        let verdict = own.map_or(&score.label, |part| &part.label).clone();
        let expected =
            outcome.expected.as_ref().filter(|_| own.is_none()).map(|expected| expected.label.clone());
        self.ballots.insert(outcome.index, Ballot { votes, verdict, expected });
    }

    /// Whether a part of a score is the vote of one of its members.
    pub(super) fn has_vote(&self, part: &str) -> bool {
        self.members.iter().any(|member| member.part == part)
    }

    /// What the votes come to; `None` without any.
    pub(super) fn summary(&self) -> Option<JurySummary> {
        if self.ballots.is_empty() {
            return None;
        }
        let ties = self.ballots.values().filter(|ballot| ballot.verdict == TIE).count();
        let items = self.ballots.values().map(|ballot| {
            ballot.votes.iter().map(|vote| vote.as_ref().map(|(label, _)| label.clone())).collect()
        });
        let people = People {
            scale: self.scale.clone(),
            names: self.members.iter().map(|member| member.name.clone()).collect(),
            items: items.collect(),
            tied: 0,
        };
        Some(JurySummary {
            judge: self.judge.clone(),
            rule: self.rule,
            members: (0..self.members.len()).filter_map(|place| self.member(place)).collect(),
            among: PeopleAgreement::of(&people, NEAR_TIES),
            ties: Rate::of(ties as u64, self.ballots.len() as u64),
            saved_votes: self.saved,
        })
    }

    fn member(&self, place: usize) -> Option<MemberSummary> {
        let name = self.members.get(place)?.name.clone();
        let voted: Vec<(&Ballot, &str)> = self
            .ballots
            .values()
            .filter_map(|ballot| Some((ballot, ballot.votes.get(place)?.as_ref()?.0.as_str())))
            .collect();
        let right = |label: &str, expected: &str| if label == expected { 1.0 } else { 0.0 };
        let labelled =
            voted.iter().filter_map(|(ballot, label)| Some((ballot, *label, ballot.expected.as_ref()?)));
        let both: Vec<(f64, f64)> = labelled
            .map(|(ballot, label, expected)| (right(&ballot.verdict, expected), right(label, expected)))
            .collect();
        let (jury, own): (Vec<f64>, Vec<f64>) = both.iter().copied().unzip();
        let hits = own.iter().filter(|right| **right > 0.5).count() as u64;
        let paired = Paired::new(jury, own).filter(|paired| paired.n() > 0);
        let same =
            voted.iter().filter(|(ballot, _)| self.without(ballot, place).as_ref() == Some(&ballot.verdict));
        Some(MemberSummary {
            member: name,
            voted: Rate::of(voted.len() as u64, self.ballots.len() as u64),
            accuracy: Rate::of(hits, both.len() as u64),
            jury_gains: paired.as_ref().and_then(Paired::difference),
            interval: paired.as_ref().and_then(|paired| paired.interval(LEVEL)),
            p_value: paired.as_ref().and_then(Paired::p_no_difference),
            same_without: Rate::of(same.count() as u64, voted.len() as u64),
        })
    }

    /// The verdict of the others.
    fn without(&self, ballot: &Ballot, place: usize) -> Option<String> {
        let others = ballot.votes.iter().zip(&self.members).enumerate().filter(|(other, _)| *other != place);
        let votes: Vec<Vote<'_>> = others
            .filter_map(|(_, (vote, member))| {
                let (label, value) = vote.as_ref()?;
                Some(Vote { label, value: *value, accuracy: member.accuracy })
            })
            .collect();
        self.rule.decide(&votes, &self.scale).map(|decision| decision.label)
    }
}
