//! How fast a cell is: latency, tokens a second, throughput, and what evenhand itself takes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::line::{Call, Line, Phase};
use crate::number::real;
use crate::stats::{Bootstrap, Interval, QuantileEstimate, median, outliers, quantile_estimate, sum};

/// The level of every interval.
pub(super) const LEVEL: f64 = 0.95;

/// Draws for intervals: seeded, so the same lines give the same figures.
pub(super) const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 1000, seed: 20 };

/// Above this many values no intervals are drawn.
pub(super) const MOST_DRAWN: usize = 20_000;

/// The median of fewer records than this is no figure of its block.
const FEWEST_OF_A_BLOCK: usize = 5;

/// Blocks of which one takes this many times as long as another were not measured under the same conditions.
const UNSTEADY: f64 = 1.25;

/// How fast a cell is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Speed {
    /// Judging a record, alone and warm, with everything that is asked again.
    pub(crate) record: Option<Latency>,
    /// The median of each block, in milliseconds, in the order of the blocks. All blocks judge the same records, so
    /// they differ only as the machine or the server does.
    pub(crate) blocks_ms: Vec<f64>,
    /// One call of those.
    pub(crate) call: Option<Latency>,
    /// Until the first token of an answer, where the server streams.
    pub(crate) first_token: Option<Latency>,
    /// An answer of 20 tokens.
    pub(crate) fixed: Option<Latency>,
    /// The first record after the model was loaded anew; with the loading.
    pub(crate) cold: Option<Latency>,
    /// Loading alone.
    pub(crate) load: Option<Latency>,
    /// Prompt tokens a second by the server's own durations.
    pub(crate) prompt_rate: Option<Rated>,
    /// Output tokens a second by the server's own durations.
    pub(crate) output_rate: Option<Rated>,
    /// Output tokens a second by the clock: a call's whole time counts.
    pub(crate) clock_rate: Option<Rated>,
    /// Characters of answers a second by the clock: the length of answers confounds their time.
    pub(crate) character_rate: Option<Rated>,
    /// Mean tokens of a record's prompts and answers.
    pub(crate) tokens: Option<[f64; 2]>,
    /// What evenhand itself takes of a record's time, in milliseconds, at the median.
    pub(crate) overhead_ms: Option<f64>,
    /// Records a second, by how many are judged at the same time.
    pub(crate) throughput: Vec<Throughput>,
    /// From how many on more at the same time no longer helps: less than a tenth more for twice as many.
    pub(crate) knee: Option<usize>,
    /// The memory that the model takes, in bytes, and how much of it lies on a graphics processor.
    pub(crate) bytes: Option<u64>,
    pub(crate) gpu_bytes: Option<u64>,
}

/// The distribution of a time, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Latency {
    pub(crate) n: u64,
    pub(crate) p50: Quantile,
    pub(crate) p90: Quantile,
    pub(crate) p95: Quantile,
    pub(crate) p99: Quantile,
    pub(crate) longest_ms: f64,
    /// Outliers that differ from the median by more than half of it, the farthest first: the record and its time.
    pub(crate) outliers: Vec<(String, f64)>,
    /// Every time, in order of size, for plots.
    #[serde(skip)]
    pub(crate) sorted: Vec<f64>,
}

/// A quantile in milliseconds with its interval at 95 %. Few values have no upper end for a high one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Quantile {
    pub(crate) ms: f64,
    pub(crate) low: Option<f64>,
    pub(crate) high: Option<f64>,
}

impl From<QuantileEstimate> for Quantile {
    fn from(estimate: QuantileEstimate) -> Self {
        Self { ms: estimate.value, low: estimate.low, high: estimate.high }
    }
}

/// A rate a second, with its interval at 95 % by drawing calls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Rated {
    pub(crate) a_second: f64,
    pub(crate) interval: Option<Interval>,
}

/// How much is done when so many records are judged at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Throughput {
    pub(crate) at_once: usize,
    pub(crate) records: u64,
    pub(crate) records_a_second: f64,
    /// Output tokens a second, where they are counted.
    pub(crate) tokens_a_second: Option<f64>,
    /// The median time of a record, where it is known.
    pub(crate) p50_ms: Option<f64>,
}

impl Latency {
    /// Of times with what they belong to.
    pub(super) fn of(named: impl IntoIterator<Item = (String, f64)>) -> Option<Self> {
        let (whose, values): (Vec<String>, Vec<f64>) = named.into_iter().unzip();
        let at = |probability| quantile_estimate(&values, probability, LEVEL).map(Quantile::from);
        let (p50, p90, p95, p99) = (at(0.5)?, at(0.9)?, at(0.95)?, at(0.99)?);
        // Times that are nearly all alike have outliers that matter to nobody.
        let is_far = |ms: f64| (ms - p50.ms).abs() > p50.ms / 2.0;
        let far = outliers(&values).into_iter();
        let mut far: Vec<(String, f64)> = far
            .filter_map(|place| Some((whose.get(place)?.clone(), *values.get(place)?)))
            .filter(|(_, ms)| is_far(*ms))
            .collect();
        far.sort_by(|a, b| (b.1 - p50.ms).abs().total_cmp(&(a.1 - p50.ms).abs()));
        let n = values.len() as u64;
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        let longest_ms = sorted.last().copied()?;
        Some(Self { n, p50, p90, p95, p99, longest_ms, outliers: far, sorted })
    }

    fn unnamed(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        Self::of(values.into_iter().map(|value| (String::new(), value)))
    }
}

impl Speed {
    /// Whether its blocks differ so much that machine or server were not equally fast all the time.
    pub(crate) fn is_unsteady(&self) -> bool {
        let shortest = self.blocks_ms.iter().copied().min_by(f64::total_cmp);
        let longest = self.blocks_ms.iter().copied().max_by(f64::total_cmp);
        shortest.zip(longest).is_some_and(|(shortest, longest)| longest > UNSTEADY * shortest)
    }

    /// Of the lines of one cell.
    pub(crate) fn of(lines: &[&Line]) -> Self {
        let phase = |phase| lines.iter().copied().filter(move |line| line.phase == phase);
        // What was never answered took a time that says nothing.
        let measured: Vec<&Line> =
            phase(Phase::Measured).filter(|line| line.replies().next().is_some()).collect();
        let calls: Vec<&Call> = measured.iter().flat_map(|line| line.replies()).collect();
        // Where answers are weighed, none is written.
        let written: Vec<&Call> = calls.iter().copied().filter(|call| !call.weighed).collect();
        let name = |line: &Line| line.record.clone().unwrap_or_default();
        let cold = phase(Phase::Cold).filter(|line| line.replies().next().is_some());
        let loads = |line: &&Line| line.calls.iter().find_map(|call| call.timing.load_ms);
        let in_process = phase(Phase::Load).map(|line| line.elapsed_ms);
        let by_server = phase(Phase::Cold).filter_map(|line| loads(&line));
        let throughput = throughput(phase(Phase::Parallel));
        let memory = lines.iter().filter_map(|line| line.loaded.as_ref());
        let most = |bytes: fn(&super::line::Loaded) -> Option<u64>| memory.clone().filter_map(bytes).max();
        Self {
            record: Latency::of(measured.iter().map(|line| (name(line), line.elapsed_ms))),
            blocks_ms: block_medians(&measured),
            call: Latency::unnamed(calls.iter().map(|call| call.timing.total_ms)),
            first_token: Latency::unnamed(calls.iter().filter_map(|call| call.timing.first_token_ms)),
            fixed: Latency::unnamed(
                phase(Phase::Fixed).flat_map(Line::replies).map(|call| call.timing.total_ms),
            ),
            cold: Latency::of(cold.map(|line| (name(line), line.elapsed_ms + loading(line, lines)))),
            load: Latency::unnamed(in_process.chain(by_server)),
            prompt_rate: rated(&calls, |call| Some((evaluated(call)?, call.timing.prompt_ms?))),
            output_rate: rated(&written, |call| {
                Some((real(call.usage.completion_tokens?), call.timing.decode_ms?))
            }),
            clock_rate: rated(&written, |call| {
                Some((real(call.usage.completion_tokens?), call.timing.total_ms))
            }),
            character_rate: rated(&written, |call| Some((real(call.characters), call.timing.total_ms))),
            tokens: tokens(&measured),
            overhead_ms: overhead(&measured),
            knee: knee(&throughput),
            throughput,
            bytes: most(|loaded| loaded.bytes),
            gpu_bytes: most(|loaded| loaded.gpu_bytes),
        }
    }
}

/// The median time of a record in each block; a block that has too few says nothing.
fn block_medians(measured: &[&Line]) -> Vec<f64> {
    let mut blocks: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for line in measured {
        blocks.entry(line.block).or_default().push(line.elapsed_ms);
    }
    blocks.retain(|_, times| times.len() >= FEWEST_OF_A_BLOCK);
    blocks.values().filter_map(|times| median(times)).collect()
}

/// What loading took before a cold call in the same block, where it was this process that loaded.
fn loading(cold: &Line, lines: &[&Line]) -> f64 {
    let own = lines.iter().find(|line| line.phase == Phase::Load && line.block == cold.block);
    own.map_or(0.0, |line| line.elapsed_ms)
}

/// Tokens of the prompt that were evaluated.
fn evaluated(call: &Call) -> Option<f64> {
    let all = call.usage.prompt_tokens?;
    Some(real(all.saturating_sub(call.usage.cached_tokens.unwrap_or(0))))
}

/// What is done a second over all calls, by sums; milliseconds come second.
fn rated(calls: &[&Call], of: impl Fn(&Call) -> Option<(f64, f64)>) -> Option<Rated> {
    rate(&calls.iter().filter_map(|call| of(call)).collect::<Vec<(f64, f64)>>())
}

/// The same of amounts with their milliseconds.
pub(super) fn rate(items: &[(f64, f64)]) -> Option<Rated> {
    let items: Vec<(f64, f64)> = items.iter().copied().filter(|(_, ms)| *ms > 0.0).collect();
    let rate = |items: &[(f64, f64)]| {
        let (amounts, times): (Vec<f64>, Vec<f64>) = items.iter().copied().unzip();
        let seconds = sum(&times)? / 1e3;
        sum(&amounts).filter(|_| seconds > 0.0).map(|amount| amount / seconds)
    };
    let a_second = rate(&items).filter(|rate| *rate > 0.0)?;
    let few = items.len() <= MOST_DRAWN;
    Some(Rated { a_second, interval: if few { BOOTSTRAP.percentile(&items, rate, LEVEL) } else { None } })
}

/// Mean tokens of a record, where every call counted them.
fn tokens(measured: &[&Line]) -> Option<[f64; 2]> {
    let mut sums = [0_u64; 2];
    for call in measured.iter().flat_map(|line| line.replies()) {
        sums[0] += call.usage.prompt_tokens?;
        sums[1] += call.usage.completion_tokens?;
    }
    let n = real(measured.len());
    (n > 0.0).then(|| sums.map(|sum| real(sum) / n))
}

/// A record's time less that of its calls. Calls that were made side by side have no such difference.
fn overhead(measured: &[&Line]) -> Option<f64> {
    let own = |line: &&&Line| line.calls.iter().all(|call| call.retries == 0 && call.failure.is_none());
    let each = measured.iter().filter(own).map(|line| {
        let calls: Vec<f64> = line.calls.iter().map(|call| call.timing.total_ms).collect();
        sum(&calls).map_or(-1.0, |calls| line.elapsed_ms - calls)
    });
    let each: Vec<f64> = each.filter(|rest| *rest >= 0.0).collect();
    median(&each)
}

fn throughput<'l>(lines: impl Iterator<Item = &'l Line>) -> Vec<Throughput> {
    let mut by_number: BTreeMap<usize, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        by_number.entry(line.at_once).or_default().push(line);
    }
    by_number.into_iter().filter_map(|(at_once, lines)| of_number(at_once, &lines)).collect()
}

/// The records of a number at the same time, over the time that each block of them took.
fn of_number(at_once: usize, lines: &[&Line]) -> Option<Throughput> {
    let blocks: BTreeSet<u32> = lines.iter().map(|line| line.block).collect();
    let seconds: f64 = blocks.iter().filter_map(|block| span(lines, *block)).sum::<f64>() / 1e3;
    let replied: Vec<&&Line> = lines.iter().filter(|line| line.replies().next().is_some()).collect();
    if seconds <= 0.0 || replied.is_empty() {
        return None;
    }
    let count = |call: &Call| call.usage.completion_tokens;
    let tokens: Option<u64> = replied.iter().flat_map(|line| line.replies()).map(count).sum();
    let times: Vec<f64> = replied.iter().map(|line| line.elapsed_ms).collect();
    Some(Throughput {
        at_once,
        records: replied.len() as u64,
        records_a_second: real(replied.len()) / seconds,
        tokens_a_second: tokens.map(|tokens| real(tokens) / seconds),
        p50_ms: median(&times),
    })
}

/// From the first start in a block to the last end.
fn span(lines: &[&Line], block: u32) -> Option<f64> {
    let own = || lines.iter().filter(|line| line.block == block);
    let start = own().map(|line| line.started_ms).min_by(f64::total_cmp)?;
    let end = own().map(|line| line.started_ms + line.elapsed_ms).max_by(f64::total_cmp)?;
    Some(end - start)
}

/// The number from which on the next one gains less than a tenth for each doubling.
fn knee(throughput: &[Throughput]) -> Option<usize> {
    let gains_little = |pair: &&[Throughput]| match pair {
        [one, next] => {
            let doublings = (real(next.at_once) / real(one.at_once)).log2();
            next.records_a_second / one.records_a_second < 1.1_f64.powf(doublings)
        }
        _ => false,
    };
    throughput.windows(2).find(gains_little).and_then(|pair| pair.first()).map(|one| one.at_once)
}
