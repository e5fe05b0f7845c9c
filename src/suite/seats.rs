//! The judges of a suite before their models are there: what each asks, and what it says for itself.

use super::config::{CascadeTable, Config, JudgeTable, JuryTable, MemberTable, SuiteFile};
use super::signatures;
use crate::error::Result;
use crate::judge::{Aggregation, Judge, JuryMember, JuryOptions, JuryRule, Reading, StrategyChoice};
use crate::model::Parameters;
use crate::signature::{ScaleKind, Spec};

/// A judge's place on the panel, before its models are there.
pub(super) struct Seat {
    pub(super) name: String,
    pub(super) spec: Spec,
    pub(super) weight: f64,
    pub(super) required: bool,
    aggregation: Aggregation,
    /// What it says for itself, over what the suite says.
    own: OwnSettings,
    /// The judges that it is made of.
    made_of: Option<MadeOf>,
}

/// Judges in another's place.
struct MadeOf {
    how: How,
    members: Vec<MemberSeat>,
}

/// How several judges come to one verdict.
enum How {
    Jury(JuryOptions),
    Cascade,
}

struct MemberSeat {
    name: String,
    spec: Spec,
    own: OwnSettings,
    accuracy: Option<f64>,
    threshold: Option<f64>,
}

/// What a judge says for itself, over what its suite and its model say.
#[derive(Clone, Default)]
pub(super) struct OwnSettings {
    pub(super) model: Option<String>,
    pub(super) reading: Option<Reading>,
    pub(super) strategy: Option<StrategyChoice>,
    pub(super) samples: Option<u32>,
    pub(super) retries: Option<u32>,
    pub(super) temperature: Option<f64>,
    top_p: Option<f64>,
    seed: Option<u64>,
    max_tokens: Option<u32>,
}

/// Who is asked at a seat: its judge, or one that it is made of.
#[derive(Clone, Copy)]
pub(super) struct AskedSeat<'s> {
    pub(super) name: &'s str,
    pub(super) spec: &'s Spec,
    pub(super) aggregation: Aggregation,
    pub(super) own: &'s OwnSettings,
}

/// The seats of a suite: its own judge's first.
pub(super) fn seats(file: &SuiteFile, config: &Config) -> Result<Vec<Seat>> {
    let mut seats = Vec::new();
    if let Some(signature) = &file.signature {
        let spec = signatures::find(signature, config)?;
        seats.push(Seat {
            name: spec.name.clone(),
            weight: file.weight.unwrap_or(1.0),
            required: false,
            aggregation: file.aggregation,
            own: OwnSettings::default(),
            made_of: made_of(
                (file.jury.as_ref(), file.cascade.as_ref()),
                &spec,
                &OwnSettings::default(),
                config,
            )?,
            spec,
        });
    }
    for (name, judge) in &file.judges {
        let (spec, own) = (signatures::find(&judge.signature, config)?, OwnSettings::from(judge));
        seats.push(Seat {
            name: name.clone(),
            weight: judge.weight.unwrap_or(1.0),
            required: judge.required,
            aggregation: judge.aggregation,
            made_of: made_of((judge.jury.as_ref(), judge.cascade.as_ref()), &spec, &own, config)?,
            own,
            spec,
        });
    }
    Ok(seats)
}

fn made_of(
    (jury, cascade): (Option<&JuryTable>, Option<&CascadeTable>),
    spec: &Spec,
    own: &OwnSettings,
    config: &Config,
) -> Result<Option<MadeOf>> {
    let numbers = matches!(spec.scale.as_ref().map(|scale| &scale.kind), Some(ScaleKind::Numeric { .. }));
    let usual = if numbers { JuryRule::Median } else { JuryRule::Majority };
    let (how, members) = match (jury, cascade) {
        (Some(jury), _) => {
            let rule = jury.rule.unwrap_or(usual);
            let options = JuryOptions { rule, quorum: jury.quorum, stops_early: jury.early_stop };
            (How::Jury(options), &jury.members)
        }
        (None, Some(cascade)) => (How::Cascade, &cascade.stages),
        (None, None) => return Ok(None),
    };
    let member = |member: &MemberTable| {
        let spec = match &member.signature {
            Some(signature) => signatures::find(signature, config)?,
            None => spec.clone(),
        };
        let MemberTable { name, accuracy, threshold, .. } = member;
        let own = OwnSettings::from(member).or(own);
        Ok(MemberSeat { name: name.clone(), spec, own, accuracy: *accuracy, threshold: *threshold })
    };
    let members = members.iter().map(member).collect::<Result<Vec<MemberSeat>>>()?;
    Ok(Some(MadeOf { how, members }))
}

impl Seat {
    /// Who is asked.
    pub(super) fn asked(&self) -> Vec<AskedSeat<'_>> {
        let Self { name, spec, aggregation, own, made_of, .. } = self;
        let aggregation = *aggregation;
        match made_of {
            None => vec![AskedSeat { name, spec, aggregation, own }],
            Some(made_of) => made_of
                .members
                .iter()
                .map(|MemberSeat { name, spec, own, .. }| AskedSeat { name, spec, aggregation, own })
                .collect(),
        }
    }

    /// Leaves it to the suite how all that are asked here ask.
    pub(super) fn forget_strategy(&mut self) {
        self.own.strategy = None;
        for member in self.made_of.iter_mut().flat_map(|made_of| &mut made_of.members) {
            member.own.strategy = None;
        }
    }

    /// The judge, of those who are asked.
    pub(super) fn judge(&self, mut judges: Vec<Judge>) -> Result<Option<Judge>> {
        let Some(made_of) = &self.made_of else { return Ok(judges.pop()) };
        let members = made_of.members.iter().zip(judges).map(|(seat, judge)| {
            let MemberSeat { name, accuracy, threshold, .. } = seat;
            (JuryMember { name: name.clone(), judge, accuracy: *accuracy }, *threshold)
        });
        match made_of.how {
            How::Jury(options) => {
                Judge::jury(self.spec.clone(), members.map(|(member, _)| member).collect(), options)
            }
            How::Cascade => Judge::cascade(self.spec.clone(), members.collect()),
        }
        .map(Some)
    }
}

impl OwnSettings {
    /// A model's parameters, with what the judge says over them.
    pub(super) fn over(&self, model: &Parameters) -> Parameters {
        Parameters {
            temperature: self.temperature.or(model.temperature),
            top_p: self.top_p.or(model.top_p),
            seed: self.seed.or(model.seed),
            max_tokens: self.max_tokens.unwrap_or(model.max_tokens),
        }
    }

    /// The same, with another's settings where it has none.
    fn or(self, other: &Self) -> Self {
        Self {
            model: self.model.or_else(|| other.model.clone()),
            reading: self.reading.or(other.reading),
            strategy: self.strategy.or_else(|| other.strategy.clone()),
            samples: self.samples.or(other.samples),
            retries: self.retries.or(other.retries),
            temperature: self.temperature.or(other.temperature),
            top_p: self.top_p.or(other.top_p),
            seed: self.seed.or(other.seed),
            max_tokens: self.max_tokens.or(other.max_tokens),
        }
    }
}

impl From<&JudgeTable> for OwnSettings {
    fn from(judge: &JudgeTable) -> Self {
        let JudgeTable { model, reading, strategy, samples, retries, .. } = judge;
        let JudgeTable { temperature, top_p, seed, max_tokens, .. } = judge;
        Self {
            model: model.clone(),
            reading: *reading,
            strategy: strategy.clone(),
            samples: *samples,
            retries: *retries,
            temperature: *temperature,
            top_p: *top_p,
            seed: *seed,
            max_tokens: *max_tokens,
        }
    }
}

impl From<&MemberTable> for OwnSettings {
    fn from(member: &MemberTable) -> Self {
        let MemberTable { model, reading, strategy, samples, retries, .. } = member;
        let MemberTable { temperature, top_p, seed, max_tokens, .. } = member;
        Self {
            model: model.clone(),
            reading: *reading,
            strategy: strategy.clone(),
            samples: *samples,
            retries: *retries,
            temperature: *temperature,
            top_p: *top_p,
            seed: *seed,
            max_tokens: *max_tokens,
        }
    }
}
