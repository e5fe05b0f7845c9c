//! A jury of runs in numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::votes::{Ballot, JuryRun, JuryVoting, PARTS, Verdict, ballots, decided, rightness};
use crate::eval::{Outcome, Settled};
use crate::imported::People;
use crate::judge::{JuryRule, Reading, Score, TIE};
use crate::signature::{Label, Scale, ScaleKind};
use crate::stats::{Interval, Paired, holm, mean};
use crate::summary::{Agreement, NEAR_TIES, PeopleAgreement, Rate, Tally, TallyHead};

/// The level of the intervals.
const LEVEL: f64 = 0.95;

/// A jury of runs of the same records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JuryPage {
    /// What it is of: the suite, or what was judged elsewhere.
    pub(crate) suite: String,
    /// How votes become a verdict.
    pub(crate) rule: JuryRule,
    /// The fewest votes that make a verdict.
    pub(crate) quorum: usize,
    /// Of rule `weighted`: into how many parts the records were divided. The votes on each part are weighed by the
    /// members' accuracies on the others.
    pub(crate) parts: Option<usize>,
    /// Whether verdicts are numbers: then what is called right is 1 less the distance of verdict and label.
    pub(crate) is_graded: bool,
    /// Records on which the jury has a verdict, of all that some member judged.
    pub(crate) decided: Rate,
    /// Verdicts on which no verdict has most votes; they are never right.
    pub(crate) ties: Rate,
    /// The jury against the labels; `None` without labels.
    pub(crate) jury: Option<JurySide>,
    /// Each member.
    pub(crate) members: Vec<JuryMemberPage>,
    /// What these labels say.
    pub(crate) finding: JuryFinding,
    /// The member that is right most often.
    pub(crate) best: Option<String>,
    /// What the jury gains over it.
    pub(crate) gain: Option<JuryGain>,
    /// How far the members agree: Krippendorff's α, and every two of them.
    pub(crate) among: Option<PeopleAgreement>,
}

impl JuryPage {
    /// The jury's verdicts that are the label; `None` without labels.
    #[must_use]
    pub fn accuracy(&self) -> Option<Rate> {
        self.jury.as_ref().map(|side| side.accuracy)
    }

    /// The member that is right most often, and how often; `None` without labels.
    #[must_use]
    pub fn best(&self) -> Option<(&str, Rate)> {
        let best = self.best.as_deref()?;
        let member = self.members.iter().find(|member| member.member == best)?;
        Some((best, member.side.as_ref()?.accuracy))
    }

    /// How much more often the jury is right than its best member, with its interval, on the records that both have a
    /// verdict on.
    #[must_use]
    pub fn gain(&self) -> Option<(f64, Option<Interval>)> {
        self.gain.map(|gain| (gain.difference, gain.interval))
    }
}

/// What labels say of a jury beside its best member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JuryFinding {
    /// It is right more often.
    Gains,
    /// It is right less often.
    Loses,
    /// No difference can be told from chance.
    NotShown,
    /// There are no labels.
    NoLabels,
}

/// One side against the labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JurySide {
    /// Verdicts that are the label.
    pub(crate) accuracy: Rate,
    /// How right they are, in `0..=1`, in the mean.
    pub(crate) right: Option<f64>,
    /// Cohen's κ, with quadratic weights on a numeric scale.
    pub(crate) kappa: Option<f64>,
    /// Its interval.
    pub(crate) kappa_interval: Option<Interval>,
}

/// A member of a jury of runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JuryMemberPage {
    /// Its name.
    pub(crate) member: String,
    /// The model that judged.
    pub(crate) model: String,
    /// Records that it has a verdict on, of all; the others are missing votes.
    pub(crate) voted: Rate,
    /// It against the labels; `None` without labels.
    pub(crate) side: Option<JurySide>,
    /// What the jury gains over it.
    pub(crate) gain: Option<JuryGain>,
    /// Records whose verdict would be the same without it, of those that it voted on.
    pub(crate) same_without: Rate,
}

/// A difference in how right two sides are, on the labelled records that both have a verdict on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JuryGain {
    /// How many records.
    pub(crate) n: u64,
    /// The jury's less the member's, in `-1..=1`.
    pub(crate) difference: f64,
    /// Its interval, 95 %.
    pub(crate) interval: Option<Interval>,
    /// Whether there is a difference at all, two-sided.
    pub(crate) p_value: Option<f64>,
    /// The same, adjusted for the number of members (Holm).
    pub(crate) p_adjusted: Option<f64>,
}

/// The jury that these runs make.
#[must_use]
pub(crate) fn jury_page(suite: &str, runs: &[JuryRun], voting: JuryVoting, scale: &Scale) -> JuryPage {
    let ballots = ballots(runs, voting, scale);
    let quorum = voting.quorum.unwrap_or(runs.len() / 2 + 1);
    let all: Vec<&Ballot> = ballots.values().collect();
    let given: Vec<&Ballot> = all.iter().copied().filter(|ballot| ballot.verdict.is_some()).collect();
    let tied = given.iter().filter(|ballot| ballot.verdict.as_ref().is_some_and(|(label, _)| label == TIE));
    let mut members: Vec<JuryMemberPage> = (0..runs.len())
        .filter_map(|place| {
            let run = runs.get(place)?;
            Some(JuryMemberPage {
                member: run.name.clone(),
                model: run.model.clone(),
                voted: Rate::of(
                    all.iter().filter(|ballot| vote(ballot, place).is_some()).count() as u64,
                    all.len() as u64,
                ),
                side: side(&ballots, runs, scale, |ballot| vote(ballot, place)),
                gain: gain(&given, place, scale),
                same_without: same_without(&given, place, voting.rule, quorum, scale),
            })
        })
        .collect();
    adjust(&mut members);
    let best = best(&members);
    let gain = best.and_then(|best| best.gain);
    JuryPage {
        suite: suite.to_owned(),
        rule: voting.rule,
        quorum,
        parts: (voting.rule == JuryRule::Weighted).then_some(PARTS),
        is_graded: matches!(scale.kind, ScaleKind::Numeric { .. }),
        decided: Rate::of(given.len() as u64, all.len() as u64),
        ties: Rate::of(tied.count() as u64, given.len() as u64),
        jury: side(&ballots, runs, scale, |ballot| ballot.verdict.as_ref()),
        finding: finding(gain),
        best: best.map(|best| best.member.clone()),
        gain,
        among: among(&all, runs, scale),
        members,
    }
}

fn vote(ballot: &Ballot, place: usize) -> Option<&Verdict> {
    ballot.votes.get(place)?.as_ref()
}

fn best(members: &[JuryMemberPage]) -> Option<&JuryMemberPage> {
    let right = |member: &JuryMemberPage| member.side.as_ref().and_then(|side| side.right);
    let known = members.iter().filter_map(|member| Some((right(member)?, member)));
    // Of two that are as good, the first.
    known.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, member)| member)
}

fn finding(gain: Option<JuryGain>) -> JuryFinding {
    match gain.map(|gain| (gain.difference, gain.interval)) {
        None => JuryFinding::NoLabels,
        Some((_, Some(interval))) if interval.low > 0.0 => JuryFinding::Gains,
        Some((_, Some(interval))) if interval.high < 0.0 => JuryFinding::Loses,
        Some(_) => JuryFinding::NotShown,
    }
}

/// The jury beside a member, record by record.
fn gain(given: &[&Ballot], place: usize, scale: &Scale) -> Option<JuryGain> {
    let both = given.iter().filter_map(|ballot| {
        let expected = ballot.expected.as_ref()?;
        let jury = rightness(ballot.verdict.as_ref()?, expected, scale);
        Some((jury, rightness(vote(ballot, place)?, expected, scale)))
    });
    let (jury, own): (Vec<f64>, Vec<f64>) = both.unzip();
    let paired = Paired::new(jury, own).filter(|paired| paired.n() > 0)?;
    Some(JuryGain {
        n: paired.n(),
        difference: paired.difference()?,
        interval: paired.interval(LEVEL),
        p_value: paired.p_no_difference(),
        p_adjusted: None,
    })
}

fn adjust(members: &mut [JuryMemberPage]) {
    let p: Vec<f64> = members.iter().filter_map(|member| member.gain?.p_value).collect();
    let mut adjusted = holm(&p).unwrap_or_default().into_iter();
    for gain in members.iter_mut().filter_map(|member| member.gain.as_mut()) {
        gain.p_adjusted = gain.p_value.and_then(|_| adjusted.next());
    }
}

fn same_without(given: &[&Ballot], place: usize, rule: JuryRule, quorum: usize, scale: &Scale) -> Rate {
    let voted: Vec<&&Ballot> = given.iter().filter(|ballot| vote(ballot, place).is_some()).collect();
    // Without it there is one vote less that could be missing.
    let quorum = quorum.saturating_sub(1);
    let label = |verdict: &Option<Verdict>| verdict.as_ref().map(|(label, _)| label.clone());
    let same = voted
        .iter()
        .filter(|ballot| label(&decided(ballot, Some(place), rule, quorum, scale)) == label(&ballot.verdict));
    Rate::of(same.count() as u64, voted.len() as u64)
}

/// How far the members agree with each other.
fn among(all: &[&Ballot], runs: &[JuryRun], scale: &Scale) -> Option<PeopleAgreement> {
    let items = all.iter().map(|ballot| {
        ballot.votes.iter().map(|vote| vote.as_ref().map(|(label, _)| label.clone())).collect()
    });
    let people = People {
        scale: scale.clone(),
        names: runs.iter().map(|run| run.name.clone()).collect(),
        items: items.collect(),
        tied: 0,
    };
    PeopleAgreement::of(&people, NEAR_TIES)
}

/// One side against the labels: its verdicts are counted as those of a run are.
fn side<'b>(
    ballots: &'b BTreeMap<String, Ballot>,
    runs: &[JuryRun],
    scale: &Scale,
    said: impl Fn(&'b Ballot) -> Option<&'b Verdict>,
) -> Option<JurySide> {
    let pattern = runs.iter().flat_map(|run| &run.outcomes).next()?;
    let mut tally = Tally::of(TallyHead {
        suite: String::new(),
        signature: String::new(),
        model: String::new(),
        reading: Reading::Text,
        scale: Some(with_tie(scale)),
        by: Vec::new(),
        pair: None,
        near_ties: NEAR_TIES,
    });
    let mut right = Vec::new();
    for (place, (id, ballot)) in ballots.iter().enumerate() {
        let (Some(expected), Some(verdict)) = (&ballot.expected, said(ballot)) else { continue };
        right.push(rightness(verdict, expected, scale));
        let score = Score { label: verdict.0.clone(), value: verdict.1, ..Score::default() };
        tally.add(&Outcome {
            id: id.clone(),
            index: place as u64,
            expected: Some(expected.clone()),
            result: Settled::Scored(score),
            ..bare(pattern)
        });
    }
    let summary = tally.summary(0.0);
    let (accuracy, kappa, kappa_interval) = match summary.agreement? {
        Agreement::Labels(labels) => (labels.accuracy, labels.kappa, labels.kappa_interval),
        Agreement::Scale(scale) => (scale.exact, scale.kappa_quadratic, scale.kappa_interval),
    };
    Some(JurySide { accuracy, right: mean(&right), kappa, kappa_interval })
}

/// An outcome of nothing.
fn bare(pattern: &Outcome) -> Outcome {
    Outcome {
        id: String::new(),
        index: 0,
        tags: Vec::new(),
        model: String::new(),
        reading: pattern.reading,
        calibration: None,
        expected: None,
        subject: None,
        cut: None,
        checks: Vec::new(),
        orders: Vec::new(),
        routes: Vec::new(),
        group: None,
        result: Settled::Scored(Score::default()),
        repeats: Vec::new(),
        attempts: Vec::new(),
        elapsed_ms: 0.0,
    }
}

/// The verdicts, and that no one has most votes.
fn with_tie(scale: &Scale) -> Scale {
    let mut scale = scale.clone();
    if let ScaleKind::Labels(labels) = &mut scale.kind
        && labels.iter().all(|label| label.name != TIE)
    {
        labels.push(Label { name: TIE.to_owned(), value: None });
    }
    scale
}
