//! From verdicts on changed questions to what the probes found.

use std::collections::BTreeMap;

use super::finding::{Flips, ProbeExample, ProbeFinding, ProbeReport, ScoreShift, VersionFinding};
use super::name::ProbeName;
use super::pass::{Passes, Verdict};
use super::trial::{Trial, compared, references};
use super::version::{Against, Version};
use crate::number::real;
use crate::signature::Pair;
use crate::stats::{Interval, Paired, Proportion, holm, mcnemar_exact, mean};

/// The level of intervals.
const LEVEL: f64 = 0.95;

/// From here down a p-value is no chance.
const ALPHA: f64 = 0.05;

/// The most examples of a probe.
const MOST_EXAMPLES: usize = 5;

/// By record, whether each repetition of the unchanged question flips its verdict.
type Control = BTreeMap<String, Vec<f64>>;

/// What the probes found; `wanted` is in the order of the report, each with its versions.
pub(crate) fn measure(
    wanted: &[(ProbeName, Vec<Version>)],
    passes: &Passes,
    pair: Option<&Pair>,
) -> ProbeReport {
    let control = control(passes);
    let mut probes: Vec<ProbeFinding> = wanted
        .iter()
        .filter_map(|(probe, versions)| match probe {
            ProbeName::Place => place(passes, pair?),
            _ => finding(*probe, versions, passes, &control, pair),
        })
        .collect();
    adjust(&mut probes);
    let scored = passes.unchanged.seen.values().filter(|seen| seen.verdict.is_some()).count() as u64;
    ProbeReport {
        is_pair: pair.is_some(),
        records: scored,
        unscored: passes.unchanged.seen.len() as u64 - scored,
        control: flips(&control),
        probes,
        ..ProbeReport::default()
    }
}

fn control(passes: &Passes) -> Control {
    let each = passes.unchanged.seen.iter().filter_map(|(id, seen)| {
        let was = seen.verdict.as_ref()?;
        let again = passes.controls.iter().filter_map(|pass| pass.verdict(id));
        Some((id.clone(), again.map(|now| flip(now.label != was.label)).collect()))
    });
    each.filter(|(_, flips): &(String, Vec<f64>)| !flips.is_empty()).collect()
}

fn flip(is_flip: bool) -> f64 {
    if is_flip { 1.0 } else { 0.0 }
}

/// Each record's share of flips counts once, however often it was asked about.
fn flips(by_record: &Control) -> Flips {
    let shares: Vec<f64> = by_record.values().filter_map(|flips| mean(flips)).collect();
    let all = || by_record.values().flatten();
    Flips {
        flips: all().filter(|flip| **flip > 0.5).count() as u64,
        n: all().count() as u64,
        rate: mean(&shares),
        interval: interval(&shares),
    }
}

/// The interval of a mean of shares: Wilson's where each is none or all.
fn interval(shares: &[f64]) -> Option<Interval> {
    if shares.iter().all(|share| *share <= 0.0 || *share >= 1.0) {
        return Proportion::of(&shares.iter().map(|share| *share >= 1.0).collect::<Vec<bool>>())
            .wilson(LEVEL);
    }
    Some(against_none(shares)?.interval(LEVEL)?.within(0.0, 1.0))
}

fn against_none(values: &[f64]) -> Option<Paired> {
    Paired::new(values.to_vec(), vec![0.0; values.len()])
}

fn finding(
    probe: ProbeName,
    versions: &[Version],
    passes: &Passes,
    control: &Control,
    pair: Option<&Pair>,
) -> Option<ProbeFinding> {
    let (mut trials, mut lost) = (Vec::new(), 0);
    for (place, version) in versions.iter().enumerate() {
        let Some(pass) = passes.versions.get(&version.key()) else { continue };
        for reference in references(version, versions, passes) {
            let (found, without) = compared(place, version, reference, pass, pair);
            trials.extend(found);
            lost += without;
        }
    }
    if trials.is_empty() {
        return None;
    }
    let named = versions.iter().enumerate().filter(|(_, version)| version.against != Against::Nothing);
    let named = named.map(|(place, version)| (place, version.name.clone(), version.what.clone()));
    let named: Vec<(usize, String, String)> = named.collect();
    Some(ProbeFinding { lost, ..of_trials(probe, &trials, control, &named) })
}

/// A pair is asked about in both orders: its place matters where the verdicts of both differ.
fn place(passes: &Passes, pair: &Pair) -> Option<ProbeFinding> {
    let (mut trials, mut control) = (Vec::new(), Control::new());
    let [first, second] = &pair.verdicts;
    for id in passes.unchanged.seen.keys() {
        let all = std::iter::once(&passes.unchanged).chain(&passes.controls);
        for (asked, pass) in all.enumerate() {
            let orders = [false, true].map(|swapped| pass.in_order(id, swapped));
            let [Some(own), Some(exchanged)] = orders else { continue };
            let direction = match (own, exchanged) {
                (own, exchanged) if own == first && exchanged == second => 1.0,
                (own, exchanged) if own == second && exchanged == first => -1.0,
                _ => 0.0,
            };
            let verdict = |label: &str| Verdict { label: label.to_owned(), value: None };
            trials.push(Trial {
                id: id.clone(),
                version: 0,
                is_flip: own != exchanged,
                direction,
                shift: None,
                was: verdict(own),
                now: verdict(exchanged),
            });
            if asked > 0 {
                let again = [false, true].into_iter().filter_map(|swapped| {
                    let was = passes.unchanged.in_order(id, swapped)?;
                    Some(flip(was != pass.in_order(id, swapped)?))
                });
                control.entry(id.clone()).or_default().extend(again);
            }
        }
    }
    let named = [(0, "exchanged".to_owned(), "each answer stands in the other's place".to_owned())];
    (!trials.is_empty()).then(|| of_trials(ProbeName::Place, &trials, &control, &named))
}

fn of_trials(
    probe: ProbeName,
    trials: &[Trial],
    control: &Control,
    named: &[(usize, String, String)],
) -> ProbeFinding {
    let by_record = by_record(trials.iter());
    let against = against(&by_record, control);
    let versions: Vec<VersionFinding> = named.iter().map(|named| version(named, trials, control)).collect();
    let of_kind = |up: bool| {
        let is_so = |trial: &&Trial| if up { trial.direction > 0.0 } else { trial.direction < 0.0 };
        trials.iter().filter(|trial| trial.is_flip).filter(is_so).count() as u64
    };
    ProbeFinding {
        probe,
        records: by_record.len() as u64,
        flips: flips(&by_record),
        control: against.as_ref().and_then(Paired::old_mean),
        beyond: against.as_ref().and_then(Paired::difference),
        beyond_interval: against.as_ref().and_then(|paired| paired.interval(LEVEL)),
        p: against.as_ref().map(|paired| together(paired.p_better().unwrap_or(1.0), &versions)),
        adjusted_p: None,
        up: of_kind(true),
        down: of_kind(false),
        direction_p: (!probe.is_aimed()).then(|| direction_p(trials)),
        shift: shift(trials),
        lost: 0,
        leads: false,
        examples: examples(named, trials),
        versions,
    }
}

fn by_record<'t>(trials: impl Iterator<Item = &'t Trial>) -> Control {
    let mut by_record = Control::new();
    for trial in trials {
        by_record.entry(trial.id.clone()).or_default().push(flip(trial.is_flip));
    }
    by_record
}

/// Each record's share of flips beside its share in the control.
fn against(by_record: &Control, control: &Control) -> Option<Paired> {
    let both = by_record.iter().filter_map(|(id, flips)| Some((mean(flips)?, mean(control.get(id)?)?)));
    let (now, again): (Vec<f64>, Vec<f64>) = both.unzip();
    Paired::new(now, again).filter(|paired| paired.n() > 0)
}

/// The p-value of a probe from that of all its versions together and from theirs. One version that leads the judge must
/// not be lost among others that do not.
fn together(of_all: f64, versions: &[VersionFinding]) -> f64 {
    let single = versions.iter().filter_map(|version| version.p).fold(1.0, f64::min);
    match versions.len() {
        0 | 1 => of_all,
        n => (2.0 * of_all.min(single * real(n))).min(1.0),
    }
}

/// The sign test of as many records that flip up as down.
fn direction_p(trials: &[Trial]) -> f64 {
    let mut net: BTreeMap<&str, f64> = BTreeMap::new();
    for trial in trials.iter().filter(|trial| trial.is_flip) {
        *net.entry(&trial.id).or_default() +=
            if trial.direction.abs() > 0.0 { trial.direction.signum() } else { 0.0 };
    }
    let of = |is_so: fn(f64) -> bool| net.values().filter(|by| is_so(**by)).count() as u64;
    mcnemar_exact(of(|by| by > 0.0), of(|by| by < 0.0))
}

fn shift(trials: &[Trial]) -> Option<ScoreShift> {
    let mut by_record: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for trial in trials {
        by_record.entry(&trial.id).or_default().extend(trial.shift);
    }
    let shifts: Vec<f64> = by_record.values().filter_map(|shifts| mean(shifts)).collect();
    let paired = against_none(&shifts)?;
    let interval: Option<Interval> = paired.interval(LEVEL);
    Some(ScoreShift { mean: paired.difference()?, interval, p: paired.p_no_difference(), adjusted_p: None })
}

fn version(
    (place, name, what): &(usize, String, String),
    trials: &[Trial],
    control: &Control,
) -> VersionFinding {
    let own = || trials.iter().filter(|trial| trial.version == *place);
    let against = against(&by_record(own()), control);
    VersionFinding {
        p: against.map(|paired| paired.p_better().unwrap_or(1.0)),
        leads: false,
        name: name.clone(),
        what: what.clone(),
        text: None,
        flips: own().filter(|trial| trial.is_flip).count() as u64,
        n: own().count() as u64,
    }
}

/// One flip of each version in turn.
fn examples(named: &[(usize, String, String)], trials: &[Trial]) -> Vec<ProbeExample> {
    let mut of_each: Vec<_> = named
        .iter()
        .map(|named| (named, trials.iter().filter(|trial| trial.is_flip && trial.version == named.0)))
        .collect();
    let mut examples: Vec<ProbeExample> = Vec::new();
    loop {
        let before = examples.len();
        for ((_, name, what), flips) in &mut of_each {
            if examples.len() < MOST_EXAMPLES
                && let Some(Trial { id, was, now, .. }) = flips.next()
            {
                examples.push(ProbeExample {
                    id: id.clone(),
                    version: name.clone(),
                    what: what.clone(),
                    was: was.label.clone(),
                    now: now.label.clone(),
                    was_value: was.value,
                    now_value: now.value,
                });
            }
        }
        if examples.len() == before {
            return examples;
        }
    }
}

/// Adjusts the p-values for the number of probes, and says which of them lead the judge.
fn adjust(probes: &mut [ProbeFinding]) {
    let p: Vec<f64> = probes.iter().map(|finding| finding.p.unwrap_or(1.0)).collect();
    for (finding, adjusted) in probes.iter_mut().zip(holm(&p).unwrap_or_default()) {
        finding.adjusted_p = finding.p.map(|_| adjusted);
        finding.leads = adjusted < ALPHA;
        let tests = 2.0 * real(finding.versions.len());
        for version in &mut finding.versions {
            version.leads = finding.leads && version.p.is_some_and(|p| p * tests < ALPHA);
        }
    }
    let mut shifts: Vec<&mut ScoreShift> =
        probes.iter_mut().filter_map(|finding| finding.shift.as_mut()).collect();
    let p: Vec<f64> = shifts.iter().map(|shift| shift.p.unwrap_or(1.0)).collect();
    for (shift, adjusted) in shifts.iter_mut().zip(holm(&p).unwrap_or_default()) {
        shift.adjusted_p = shift.p.map(|_| adjusted);
    }
}

#[cfg(test)]
mod tests;
