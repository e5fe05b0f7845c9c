//! The judges of a suite before their models are there: what each asks, and what it says for itself.

use super::config::{Config, JudgeTable, JuryMemberTable, JuryTable, SuiteFile};
use super::signatures;
use crate::error::Result;
use crate::judge::{Aggregation, Judge, JuryMember, JuryOptions, JuryRule, Reading, StrategyName};
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
    /// The judges that vote in its place.
    jury: Option<JurySeat>,
}

struct JurySeat {
    options: JuryOptions,
    members: Vec<MemberSeat>,
}

struct MemberSeat {
    name: String,
    spec: Spec,
    own: OwnSettings,
    accuracy: Option<f64>,
}

/// What a judge says for itself, over what its suite and its model say.
#[derive(Clone, Default)]
pub(super) struct OwnSettings {
    pub(super) model: Option<String>,
    pub(super) reading: Option<Reading>,
    pub(super) strategy: Option<StrategyName>,
    pub(super) samples: Option<u32>,
    pub(super) retries: Option<u32>,
    pub(super) temperature: Option<f64>,
    top_p: Option<f64>,
    seed: Option<u64>,
    max_tokens: Option<u32>,
}

/// Who is asked at a seat: its judge, or a member of its jury.
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
            jury: jury(file.jury.as_ref(), &spec, &OwnSettings::default(), config)?,
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
            jury: jury(judge.jury.as_ref(), &spec, &own, config)?,
            own,
            spec,
        });
    }
    Ok(seats)
}

fn jury(
    table: Option<&JuryTable>,
    spec: &Spec,
    own: &OwnSettings,
    config: &Config,
) -> Result<Option<JurySeat>> {
    let Some(table) = table else { return Ok(None) };
    let numbers = matches!(spec.scale.as_ref().map(|scale| &scale.kind), Some(ScaleKind::Numeric { .. }));
    let usual = if numbers { JuryRule::Median } else { JuryRule::Majority };
    let options = JuryOptions {
        rule: table.rule.unwrap_or(usual),
        quorum: table.quorum,
        stops_early: table.early_stop,
    };
    let member = |member: &JuryMemberTable| {
        let spec = match &member.signature {
            Some(signature) => signatures::find(signature, config)?,
            None => spec.clone(),
        };
        let own = OwnSettings::from(member).or(own);
        Ok(MemberSeat { name: member.name.clone(), spec, own, accuracy: member.accuracy })
    };
    let members = table.members.iter().map(member).collect::<Result<Vec<MemberSeat>>>()?;
    Ok(Some(JurySeat { options, members }))
}

impl Seat {
    /// Who is asked.
    pub(super) fn asked(&self) -> Vec<AskedSeat<'_>> {
        let Self { name, spec, aggregation, own, jury, .. } = self;
        let aggregation = *aggregation;
        match jury {
            None => vec![AskedSeat { name, spec, aggregation, own }],
            Some(jury) => jury
                .members
                .iter()
                .map(|MemberSeat { name, spec, own, .. }| AskedSeat { name, spec, aggregation, own })
                .collect(),
        }
    }

    /// The judge, of those who are asked.
    pub(super) fn judge(&self, mut judges: Vec<Judge>) -> Result<Option<Judge>> {
        let Some(jury) = &self.jury else { return Ok(judges.pop()) };
        let members = jury.members.iter().zip(judges).map(|(member, judge)| JuryMember {
            name: member.name.clone(),
            judge,
            accuracy: member.accuracy,
        });
        Judge::jury(self.spec.clone(), members.collect(), jury.options).map(Some)
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
            strategy: self.strategy.or(other.strategy),
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
            strategy: *strategy,
            samples: *samples,
            retries: *retries,
            temperature: *temperature,
            top_p: *top_p,
            seed: *seed,
            max_tokens: *max_tokens,
        }
    }
}

impl From<&JuryMemberTable> for OwnSettings {
    fn from(member: &JuryMemberTable) -> Self {
        let JuryMemberTable { model, reading, strategy, samples, retries, .. } = member;
        let JuryMemberTable { temperature, top_p, seed, max_tokens, .. } = member;
        Self {
            model: model.clone(),
            reading: *reading,
            strategy: *strategy,
            samples: *samples,
            retries: *retries,
            temperature: *temperature,
            top_p: *top_p,
            seed: *seed,
            max_tokens: *max_tokens,
        }
    }
}
