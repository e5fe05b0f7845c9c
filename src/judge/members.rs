//! What judges that are made of others share: whether members fit, what they are asked, and how their calls are named.

use serde_json::{Map, Value};

use super::judging::{Judge, JuryMember};
use super::score::{Judged, Part};
use super::strategy::Asker;
use crate::ask::{Attempt, Reason, Unscored};
use crate::signature::{Scale, Spec};

/// Why a member cannot stand for a spec with this scale: other verdicts, or an input that the spec has not.
pub(super) fn misfit(spec: &Spec, scale: &Scale, member: &JuryMember) -> Option<(String, &'static str)> {
    let own = member.judge.spec();
    if own.scale.as_ref().map(|own| &own.kind) != Some(&scale.kind) {
        let detail = format!("{} gives other verdicts than `{}`", member.name, spec.name);
        return Some((detail, "all must have the same verdicts"));
    }
    let is_known = |name: &str| spec.inputs.iter().any(|known| known.name == name);
    let unknown = own.inputs.iter().find(|field| field.required && !is_known(&field.name))?;
    let detail = format!("{} needs the input `{}`", member.name, unknown.name);
    Some((detail, "all take the inputs of the suite's signature"))
}

/// A member, asked about what the whole is asked about.
pub(super) fn asked(member: &JuryMember, asker: &Asker) -> Judge {
    let judge = member.judge.repeat(asker.repeat);
    match asker.model.record() {
        Some(record) => judge.about(record),
        None => judge,
    }
}

/// The inputs that a member takes.
pub(super) fn own_inputs(judge: &Judge, inputs: &Map<String, Value>) -> Map<String, Value> {
    let is_own = |name: &String| judge.spec().inputs.iter().any(|field| field.name == *name);
    inputs
        .iter()
        .filter(|(name, _)| is_own(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// A failure after which the record is to be gone on with: no verdict that is missing.
pub(super) fn unfinished(judged: &Judged) -> Option<&Unscored> {
    let unscored = judged.result.as_ref().err()?;
    matches!(unscored.reason, Reason::Budget | Reason::Cancelled).then_some(unscored)
}

/// A member's part of something that has a name of its own.
pub(super) fn named(member: &JuryMember, part: Option<&str>) -> String {
    part.map_or_else(|| member.name.clone(), |part| format!("{}/{part}", member.name))
}

/// The calls of the members that were asked, in their order, each with its member and, where they ask several, its model.
pub(super) fn attempts(members: &[JuryMember], said: Vec<Judged>) -> Vec<Attempt> {
    let first = members.first().map(|member| member.judge.model().name());
    let several = members.iter().any(|member| Some(member.judge.model().name()) != first);
    let of_member = |(member, judged): (&JuryMember, Judged)| {
        let model = several.then(|| member.judge.model().name().to_owned());
        let part = |attempt: &Attempt| Some(named(member, attempt.part.as_deref()));
        let attempts = judged.attempts.into_iter();
        attempts
            .map(|attempt| Attempt { part: part(&attempt), model: model.clone(), ..attempt })
            .collect::<Vec<_>>()
    };
    members.iter().zip(said).flat_map(of_member).collect()
}

/// Each member that gave a verdict as a part of the score.
pub(super) fn parts(members: &[JuryMember], said: &[Judged]) -> Vec<Part> {
    let part = |(member, judged): (&JuryMember, &Judged)| {
        let score = judged.result.as_ref().ok()?;
        Some(Part {
            name: member.name.clone(),
            weight: 1.0,
            value: score.value,
            label: score.label.clone(),
            reasoning: score.reasoning.clone(),
            confidence: score.confidence,
            is_member: true,
            essential: false,
        })
    };
    members.iter().zip(said).filter_map(part).collect()
}
