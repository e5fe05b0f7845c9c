//! Which models fit a machine's memory and a stated time for a record, by sizes and by earlier benches. Every figure
//! says whether it was measured or is a guess.

use std::collections::BTreeMap;

use serde::Serialize;

use super::meta::MachineFacts;
use crate::number::{real, rounded};

/// An embedded model in memory takes at most about so many times its file, and so many bytes more. Measured with 8,192
/// tokens of context: 0.32 GB for a file of 0.10, 0.70 for 0.49, 2.07 for 1.12.
const MEMORY_OF_FILE: f64 = 1.75;
const MEMORY_BESIDE: f64 = 150e6;

/// A model that may be used.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// PROVIDER/NAME.
    pub(crate) model: String,
    /// Its size on disk.
    pub(crate) file_bytes: u64,
    pub(crate) state: CandidateState,
    /// What a user should know before choosing it.
    pub(crate) note: Option<String>,
}

/// Where a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CandidateState {
    Here,
    NotFetched,
    AtServer,
}

/// What an earlier bench on this machine measured of a model.
#[derive(Clone, Debug)]
pub(crate) struct FromBench {
    /// PROVIDER/NAME.
    pub(crate) model: String,
    pub(crate) bench: String,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) p50_ms: Option<f64>,
    pub(crate) kappa: Option<f64>,
}

/// What a model must keep to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Wishes {
    pub(crate) memory_bytes: Option<u64>,
    /// Whether the user said so; else it is what is free now.
    pub(crate) is_memory_stated: bool,
    pub(crate) time_ms: Option<f64>,
    pub(crate) suite: Option<String>,
}

/// A figure, and whether it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Known {
    pub(crate) value: f64,
    pub(crate) is_measured: bool,
}

/// A model held against the wishes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Held {
    pub(crate) model: String,
    pub(crate) state: CandidateState,
    pub(crate) file_bytes: u64,
    pub(crate) memory_bytes: Known,
    /// The time of a record, in milliseconds; none where nothing was measured that it could be guessed from.
    pub(crate) time_ms: Option<Known>,
    /// κ with the labels, where it was measured.
    pub(crate) kappa: Option<f64>,
    /// The bench that the measured figures are from.
    pub(crate) bench: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) fits_memory: bool,
    /// None where its time is not known or none was stated.
    pub(crate) fits_time: Option<bool>,
}

/// What fits.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Recommendation {
    pub(crate) machine: MachineFacts,
    pub(crate) free_bytes: Option<u64>,
    pub(crate) wishes: Wishes,
    /// The one to use or to try first; none where none fits.
    pub(crate) use_first: Option<String>,
    /// All, the largest file last.
    pub(crate) models: Vec<Held>,
}

impl Recommendation {
    pub(crate) fn new(
        machine: MachineFacts,
        free_bytes: Option<u64>,
        wishes: Wishes,
        candidates: Vec<Candidate>,
        measured: &BTreeMap<String, FromBench>,
    ) -> Self {
        let sizes: Vec<(String, u64)> =
            candidates.iter().map(|one| (one.model.clone(), one.file_bytes)).collect();
        let hold = |candidate| held(candidate, &wishes, &sizes, measured);
        let mut models: Vec<Held> = candidates.into_iter().map(hold).collect();
        models.sort_by(|a, b| a.file_bytes.cmp(&b.file_bytes).then_with(|| a.model.cmp(&b.model)));
        let use_first = first(&models).map(|held| held.model.clone());
        Self { machine, free_bytes, wishes, use_first, models }
    }

    /// The one to use or to try first.
    pub(crate) fn chosen(&self) -> Option<&Held> {
        self.models.iter().find(|held| Some(&held.model) == self.use_first.as_ref())
    }
}

impl Held {
    /// Whether nothing speaks against it.
    pub(crate) fn fits(&self) -> bool {
        self.fits_memory && self.fits_time != Some(false)
    }
}

fn held(
    candidate: Candidate,
    wishes: &Wishes,
    sizes: &[(String, u64)],
    measured: &BTreeMap<String, FromBench>,
) -> Held {
    let own = measured.get(&candidate.model);
    let measured_memory = own.and_then(|own| own.memory_bytes).map(real);
    let guessed_memory = real(candidate.file_bytes) * MEMORY_OF_FILE + MEMORY_BESIDE;
    let memory_bytes =
        Known { value: measured_memory.unwrap_or(guessed_memory), is_measured: measured_memory.is_some() };
    let measured_time = own.and_then(|own| own.p50_ms).map(|value| Known { value, is_measured: true });
    let guessed_time =
        || by_size(&candidate, sizes, measured).map(|value| Known { value, is_measured: false });
    let time_ms = measured_time.or_else(guessed_time);
    Held {
        fits_memory: wishes.memory_bytes.is_none_or(|most| rounded(memory_bytes.value) <= most),
        fits_time: wishes.time_ms.and_then(|most| time_ms.map(|time| time.value <= most)),
        memory_bytes,
        time_ms,
        kappa: own.and_then(|own| own.kappa),
        bench: own.map(|own| own.bench.clone()),
        model: candidate.model,
        state: candidate.state,
        file_bytes: candidate.file_bytes,
        note: candidate.note,
    }
}

/// The time of the model of the same provider that is nearest in size and was measured, by the sizes of both.
fn by_size(
    candidate: &Candidate,
    sizes: &[(String, u64)],
    measured: &BTreeMap<String, FromBench>,
) -> Option<f64> {
    let provider = |model: &str| model.split('/').next().map(str::to_owned);
    let known =
        sizes.iter().filter(|(model, bytes)| *bytes > 0 && provider(model) == provider(&candidate.model));
    let timed = known.filter_map(|(model, bytes)| Some((real(*bytes), measured.get(model)?.p50_ms?)));
    let own = real(candidate.file_bytes);
    let nearest = timed.min_by(|a, b| (a.0 / own).ln().abs().total_cmp(&(b.0 / own).ln().abs()));
    nearest.filter(|_| own > 0.0).map(|(bytes, ms)| ms * own / bytes)
}

/// Of those that fit the best by measured κ, or else the largest. One that was measured at chance is not recommended.
fn first(models: &[Held]) -> Option<&Held> {
    let is_chance = |held: &Held| held.kappa.is_some_and(|kappa| kappa <= 0.0);
    let fit = || models.iter().filter(|held| held.fits() && !is_chance(held));
    let by_kappa = fit().filter_map(|held| Some((held, held.kappa?))).max_by(|a, b| a.1.total_cmp(&b.1));
    by_kappa.map(|(held, _)| held).or_else(|| fit().max_by_key(|held| held.file_bytes))
}
