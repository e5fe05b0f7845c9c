//! Outcomes in, summary out.

use std::collections::{BTreeMap, BTreeSet};

use super::agreement::{Agreement, Draws, GroupAgreement, TagAgreement};
use super::cascade::CascadeTally;
use super::counts::{Calls, LEVEL, Latency, NEAR_TIES, Rate, SubjectTally, Tokens, UnscoredTally};
use super::judges::JudgesTally;
use super::jury::JuryTally;
use super::models::{ModelTally, Prices};
use super::numbers::{Compared, Differing, Failing, ScoreSummary, Summary, compared};
use super::pairs::{PairAgreement, Paired};
use super::parts::{PartKind, PartsTally};
use super::people::PeopleAgreement;
use super::ranking::{Ranking, RankingTally};
use super::repeats::RepeatsTally;
use super::roles::RolesTally;
use super::rows::{Labelled, LabelledRecord, Names};
use super::{agreement, cascade, jury, models, pairs, repeats};
use crate::eval::{Outcome, Panel, Settled};
use crate::imported::ReplyCounts;
use crate::judge::{Attempt, Reading, Score};
use crate::signature::{Scale, ScaleKind};
use crate::stats::{Moments, QuantileSketch};

/// The fewest labelled records of a tag that are worth a line.
const FEWEST_OF_A_TAG: usize = 20;

/// The score from which on a record or a repeat passes, where no panel says.
const PASS_AT: f64 = 0.5;

/// Whose outcomes are counted, and what their verdicts mean.
#[derive(Clone, Debug, PartialEq)]
pub struct TallyHead {
    /// The suite.
    pub suite: String,
    /// The signature, or how verdicts were found.
    pub signature: String,
    /// The model that judged.
    pub model: String,
    /// How verdicts were read.
    pub reading: Reading,
    /// What verdicts are worth.
    pub scale: Option<Scale>,
    /// Fields whose values, as tags `FIELD=VALUE`, are reported whatever their number of records.
    pub by: Vec<String>,
    /// The verdicts for a pair's first and second answer.
    pub pair: Option<(String, String)>,
    /// The share of the scale within which two scores are a tie.
    pub near_ties: f64,
}

/// Takes outcomes in any order.
#[derive(Clone, Debug)]
pub struct Tally {
    head: TallyHead,
    scored: u64,
    undecided: u64,
    unscored: UnscoredTally,
    skipped: u64,
    values: Moments,
    binary: bool,
    /// Records worth 1.
    ones: u64,
    /// Records that pass.
    passed: u64,
    pass_at: f64,
    verdicts: BTreeMap<String, u64>,
    names: Names,
    /// Labelled, scored records.
    rows: Vec<LabelledRecord>,
    /// The judges beside checks.
    judges: JudgesTally,
    /// By tag, the places of its records in `rows`.
    tags: BTreeMap<String, Vec<u32>>,
    paired: Vec<Paired>,
    people: Option<PeopleAgreement>,
    replies: Option<ReplyCounts>,
    quotes: (u64, u64),
    calls: Calls,
    tokens: Tokens,
    latency: Option<QuantileSketch>,
    differing: Differing,
    failing: Failing,
    prices: Prices,
    /// The cascades among the judges.
    cascades: Vec<CascadeTally>,
    /// The juries among the judges.
    juries: Vec<JuryTally>,
    /// The roles of the judges' routes.
    roles: RolesTally,
    /// Where several models judge, what each took.
    models: BTreeMap<String, ModelTally>,
    wanted: BTreeSet<String>,
    shown: Vec<(u64, Compared)>,
    subject: SubjectTally,
    parts: PartsTally,
    repeats: RepeatsTally,
    /// The order within groups, where it is asked for.
    ranking: Option<RankingTally>,
    /// What the parts of a score are.
    part_kind: PartKind,
}

impl Tally {
    /// An empty tally for a panel's outcomes.
    #[must_use]
    pub fn new(suite: &str, panel: &Panel) -> Self {
        let head = TallyHead {
            suite: suite.to_owned(),
            signature: panel.title(),
            model: panel.model().into_owned(),
            reading: panel.reading(),
            scale: panel.verdicts(),
            by: Vec::new(),
            pair: panel.pair().map(|pair| pair.verdicts.clone().into()),
            near_ties: NEAR_TIES,
        };
        let part_kind = if panel.alone().is_some() { PartKind::Criterion } else { PartKind::Judge };
        let judges = JudgesTally::of(panel);
        Self {
            part_kind,
            judges,
            cascades: cascade::tallies(panel),
            juries: jury::tallies(panel),
            pass_at: panel.pass_at,
            repeats: RepeatsTally::of(panel.pass_at),
            roles: RolesTally::of(panel.pass_at),
            ..Self::of(head)
        }
    }

    /// An empty tally for outcomes that come from anywhere.
    #[must_use]
    pub fn of(head: TallyHead) -> Self {
        Self {
            head,
            scored: 0,
            undecided: 0,
            unscored: UnscoredTally::default(),
            skipped: 0,
            values: Moments::default(),
            binary: true,
            ones: 0,
            passed: 0,
            pass_at: PASS_AT,
            verdicts: BTreeMap::new(),
            names: Names::default(),
            rows: Vec::new(),
            judges: JudgesTally::default(),
            tags: BTreeMap::new(),
            paired: Vec::new(),
            people: None,
            replies: None,
            quotes: (0, 0),
            calls: Calls::default(),
            tokens: Tokens::default(),
            latency: QuantileSketch::new(0.01),
            differing: Differing::default(),
            failing: Failing::default(),
            prices: Prices::default(),
            cascades: Vec::new(),
            juries: Vec::new(),
            roles: RolesTally::of(PASS_AT),
            models: BTreeMap::new(),
            wanted: BTreeSet::new(),
            shown: Vec::new(),
            subject: SubjectTally::default(),
            parts: PartsTally::default(),
            repeats: RepeatsTally::of(PASS_AT),
            ranking: None,
            part_kind: PartKind::Criterion,
        }
    }

    /// Reckons with these prices.
    #[must_use]
    pub fn priced(mut self, prices: impl Into<Prices>) -> Self {
        self.prices = prices.into();
        self
    }

    /// Keeps these records' verdicts for every report, by id.
    #[must_use]
    pub fn showing(mut self, ids: impl IntoIterator<Item = String>) -> Self {
        self.wanted.extend(ids);
        self
    }

    /// Tells how well scores rank the records of each group.
    #[must_use]
    pub(crate) fn ranking(mut self, ranking: Option<Ranking>) -> Self {
        self.ranking = ranking.map(RankingTally::of);
        self
    }

    /// Tells what became of the lines that judgments were read from.
    #[must_use]
    pub fn read_from(mut self, counts: ReplyCounts) -> Self {
        self.replies = Some(counts);
        self
    }

    /// Tells how far the people agree who gave the labels.
    #[must_use]
    pub fn among(mut self, people: Option<PeopleAgreement>) -> Self {
        self.people = people;
        self
    }

    /// Counts a line of the dataset that was left out.
    pub fn skip(&mut self) {
        self.skipped += 1;
    }

    /// Counts an outcome.
    pub fn add(&mut self, outcome: &Outcome) {
        match &outcome.result {
            Settled::Scored(score) => self.add_score(outcome, score),
            Settled::Unscored(unscored) => self.unscored.add(outcome.index, unscored),
        }
        self.cascades.iter_mut().for_each(|cascade| cascade.add(outcome, outcome.score()));
        self.paired.extend(Paired::of(outcome));
        if self.wanted.contains(&outcome.id) {
            self.shown.push((outcome.index, compared(outcome)));
        }
        outcome.subjects().for_each(|subject| self.subject.add(subject));
        self.add_checks(outcome);
        self.repeats.add(outcome);
        if let Some(ranking) = &mut self.ranking {
            ranking.add(outcome);
        }
        self.roles.add(outcome);
        for attempt in &outcome.attempts {
            self.calls.add(attempt);
            if let Some(model) = &attempt.model {
                models::tally(&mut self.models, model).add(attempt);
            }
            if let Some(response) = attempt.response.as_ref().filter(|response| !response.cached) {
                self.tokens.add(response);
            }
        }
        if let (Some(latency), true) = (&mut self.latency, self.replies.is_none() && is_timed(outcome)) {
            match outcome.repeats.as_slice() {
                [] => latency.add(outcome.elapsed_ms),
                repeats => repeats.iter().for_each(|repeat| latency.add(repeat.elapsed_ms)),
            }
        }
    }

    fn add_checks(&mut self, outcome: &Outcome) {
        for examined in &outcome.checks {
            if outcome.repeats.is_empty() {
                self.parts.add_check(examined);
            } else {
                self.parts.add_repeated_check(examined, &repeats::checked(&outcome.repeats, examined));
            }
        }
    }

    fn add_score(&mut self, outcome: &Outcome, score: &Score) {
        self.scored += 1;
        match self.verdicts.get_mut(&score.label) {
            Some(count) => *count += 1,
            None => drop(self.verdicts.insert(score.label.clone(), 1)),
        }
        match score.value {
            Some(value) => {
                self.values.add(value);
                let whole = value >= 1.0;
                self.binary &= whole || value <= 0.0;
                self.ones += u64::from(whole);
                let passes = value >= self.pass_at;
                self.passed += u64::from(passes);
                if !passes && outcome.expected.is_none() && self.head.pair.is_none() {
                    self.failing.add(outcome);
                }
            }
            None => self.undecided += 1,
        }
        let is_of_member = |name: &str| {
            self.juries.iter().any(|jury| jury.has_vote(name))
                || self.cascades.iter().any(|cascade| cascade.has_verdict(name))
        };
        for part in score.parts.iter().filter(|part| !is_of_member(&part.name)) {
            self.parts.add_part(part, self.part_kind);
        }
        self.quotes.0 += score.evidence.iter().filter(|quote| quote.found).count() as u64;
        self.quotes.1 += score.evidence.len() as u64;
        self.judges.add(outcome, score);
        self.juries.iter_mut().for_each(|jury| jury.add(outcome, score));
        self.compare(outcome, score);
    }

    fn compare(&mut self, outcome: &Outcome, score: &Score) {
        let Some(expected) = &outcome.expected else {
            return;
        };
        let place = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        for tag in &outcome.tags {
            match self.tags.get_mut(tag) {
                Some(places) => places.push(place),
                None => drop(self.tags.insert(tag.clone(), vec![place])),
            }
        }
        let expected = (self.names.code(&expected.label), expected.value);
        let given = (self.names.code(&score.label), score.value);
        self.rows.push(LabelledRecord::new(outcome.index, expected, given));
        if outcome.differs() {
            self.differing.add(outcome);
        }
    }

    /// The numbers.
    #[must_use]
    pub fn summary(&self, wall_s: f64) -> Summary {
        let mut shown = self.shown.clone();
        shown.sort_by_key(|(index, _)| *index);
        let mut paired: Vec<&Paired> = self.paired.iter().collect();
        paired.sort_by_key(|paired| paired.index);
        let unscored = self.unscored.count();
        Summary {
            suite: self.head.suite.clone(),
            signature: self.head.signature.clone(),
            model: self.head.model.clone(),
            reading: self.head.reading,
            records: self.scored + unscored,
            scored: Rate::of(self.scored, self.scored + unscored),
            passed: Rate::of(self.passed, self.values.n()),
            undecided: self.undecided,
            unscored: self.unscored.counts(),
            unscored_examples: self.unscored.examples(),
            pending: 0,
            skipped: self.skipped,
            score: self.score(),
            verdicts: self.verdicts.clone(),
            agreement: self.whole_agreement(),
            judges: self.judges.summary(self.scored),
            by_tag: self.by_tag(),
            by_group: self.by_group(),
            pairs: self.pairs(&paired),
            people: self.people.clone(),
            replies: self.replies.clone(),
            evidence_found: Rate::of(self.quotes.0, self.quotes.1),
            calls: self.calls,
            tokens: self.tokens,
            cost_usd: self.prices.cost(&self.tokens, &self.models),
            cascades: self.cascades.iter().filter_map(|cascade| cascade.summary(&self.prices)).collect(),
            juries: self.juries.iter().filter_map(JuryTally::summary).collect(),
            roles: self.roles.summary(&self.prices),
            models: models::summary(&self.models, &self.prices),
            latency: self.latency.as_ref().and_then(Latency::read),
            subject: self.subject.summary(),
            parts: self.parts.summary(),
            repeats: self.repeats.summary(),
            ranking: self.ranking.as_ref().map(RankingTally::summary),
            wall_s,
            shown: shown.into_iter().map(|(_, shown)| shown).collect(),
            differing: self.differing.farthest(),
            differing_count: self.differing.count(),
            failing: self.failing.first(),
            failing_count: self.failing.count,
        }
    }

    fn score(&self) -> ScoreSummary {
        let interval = if self.binary {
            Rate::of(self.ones, self.values.n()).interval
        } else {
            self.values
                .estimate()
                .and_then(|mean| mean.interval(LEVEL))
                .map(|interval| interval.within(0.0, 1.0))
        };
        ScoreSummary { mean: self.values.mean(), n: self.values.n(), interval }
    }

    fn by_tag(&self) -> Vec<TagAgreement> {
        let large =
            self.tags.iter().filter(|(tag, places)| places.len() >= FEWEST_OF_A_TAG && !self.is_group(tag));
        large.map(|(tag, places)| agreement::of_tag(tag, &self.named(&self.rows_at(places)))).collect()
    }

    fn rows_at(&self, places: &[u32]) -> Vec<LabelledRecord> {
        places.iter().filter_map(|place| self.rows.get(*place as usize)).copied().collect()
    }

    fn named<'a>(&'a self, rows: &'a [LabelledRecord]) -> Labelled<'a> {
        Labelled { rows, names: &self.names }
    }

    /// Over all records, in their order: sums of the same numbers in another order differ in the last bit.
    fn whole_agreement(&self) -> Option<Agreement> {
        let mut rows = self.rows.clone();
        rows.sort_by_key(|row| row.index);
        self.agreement(&rows, Draws::Made)
    }

    fn is_group(&self, tag: &str) -> bool {
        tag.split_once('=').is_some_and(|(field, _)| self.head.by.iter().any(|by| by == field))
    }

    fn by_group(&self) -> Vec<GroupAgreement> {
        let mut groups: BTreeSet<&String> = self.tags.keys().filter(|tag| self.is_group(tag)).collect();
        groups.extend(self.paired.iter().flat_map(|paired| &paired.tags).filter(|tag| self.is_group(tag)));
        groups
            .into_iter()
            .map(|group| {
                let labelled = self.tags.get(group).map(|places| self.rows_at(places)).unwrap_or_default();
                let paired: Vec<&Paired> =
                    self.paired.iter().filter(|paired| paired.tags.contains(group)).collect();
                GroupAgreement {
                    group: group.clone(),
                    agreement: self.agreement(&labelled, Draws::Saved),
                    pairs: self.pairs(&paired),
                }
            })
            .collect()
    }

    fn pairs(&self, paired: &[&Paired]) -> Option<PairAgreement> {
        let (first, second) = self.head.pair.as_ref()?;
        pairs::pairs(paired, first, second)
    }

    fn agreement(&self, rows: &[LabelledRecord], draws: Draws) -> Option<Agreement> {
        let scale = self.head.scale.as_ref().filter(|_| !rows.is_empty())?;
        let labelled = self.named(rows);
        Some(match &scale.kind {
            ScaleKind::Labels(labels) => {
                let order: Vec<String> = labels.iter().map(|label| label.name.clone()).collect();
                Agreement::Labels(agreement::labels(&labelled, &order, draws))
            }
            ScaleKind::Numeric { min, max, .. } => {
                Agreement::Scale(agreement::scale(&labelled, (*min, *max), self.head.near_ties, draws))
            }
        })
    }
}

/// Whether its time is that of real calls, all of them.
fn is_timed(outcome: &Outcome) -> bool {
    let cached = |attempt: &Attempt| attempt.response.as_ref().is_some_and(|response| response.cached);
    !outcome.attempts.is_empty() && !outcome.attempts.iter().any(cached)
}
