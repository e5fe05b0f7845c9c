//! Verdicts on changed questions held against those on others, record by record.

use super::aim::side;
use super::pass::{Pass, Passes, Verdict};
use super::version::{Against, Version};
use crate::signature::Pair;

/// A verdict held against another on the same record.
pub(super) struct Trial {
    pub(super) id: String,
    pub(super) version: usize,
    pub(super) is_flip: bool,
    /// Above 0 for a flip to the better, or to the changed answer.
    pub(super) direction: f64,
    pub(super) shift: Option<f64>,
    pub(super) was: Verdict,
    pub(super) now: Verdict,
}

/// What a version's verdicts are held against.
pub(super) fn references<'p>(version: &Version, versions: &[Version], passes: &'p Passes) -> Vec<&'p Pass> {
    match &version.against {
        Against::Unchanged => vec![&passes.unchanged],
        Against::Nothing => Vec::new(),
        Against::Versions(names) => {
            let others = versions.iter().filter(|other| names.contains(&other.name));
            others.filter_map(|other| passes.versions.get(&other.key())).collect()
        }
    }
}

/// The verdicts of a pass held against those of another, and how many are lost. A record whose question is the same in
/// both does not count.
pub(super) fn compared(
    place: usize,
    version: &Version,
    reference: &Pass,
    pass: &Pass,
    pair: Option<&Pair>,
) -> (Vec<Trial>, u64) {
    let (mut trials, mut lost) = (Vec::new(), 0);
    for (id, seen) in &pass.seen {
        let Some(before) = reference.seen.get(id).filter(|before| before.key != seen.key) else { continue };
        let Some(was) = &before.verdict else { continue };
        let Some(now) = &seen.verdict else {
            lost += 1;
            continue;
        };
        let by = was.value.zip(now.value).map(|(was, now)| now - was);
        let is_flip = was.label != now.label;
        let direction = match pair.filter(|_| version.probe.changes_text()) {
            Some(pair) => {
                let is_first = was.label == pair.verdicts[0];
                let changed = if version.probe.is_aimed() { usize::from(is_first) } else { side(id) };
                toward(pair, changed, was, now)
            }
            None => by.unwrap_or(0.0),
        };
        let has_direction = pair.is_none() && !version.probe.is_aimed();
        trials.push(Trial {
            id: id.clone(),
            version: place,
            is_flip,
            direction,
            shift: by.filter(|_| has_direction),
            was: was.clone(),
            now: now.clone(),
        });
    }
    (trials, lost)
}

/// Whether the verdict on a pair moves to the answer that was changed, or away from it.
fn toward(pair: &Pair, changed: usize, was: &Verdict, now: &Verdict) -> f64 {
    let standing = |verdict: &Verdict| match pair.verdicts.iter().position(|name| *name == verdict.label) {
        Some(place) if place == changed => 1.0,
        Some(_) => -1.0,
        None => 0.0,
    };
    standing(now) - standing(was)
}
