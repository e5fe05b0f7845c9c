//! The result of `vllm bench serve --save-result`, with or without `--save-detailed`: one object a bench. What a
//! version does not write is unknown.

use serde::Deserialize;
use serde_json::Value;

use crate::bench::cell::CellFigures;
use crate::bench::source::Source;
use crate::bench::speed::{Latency, Speed, Throughput, rate};
use crate::number::{real, rounded};
use crate::stats::median;

const TOOL: &str = "vllm bench serve";

#[derive(Deserialize)]
struct Served {
    model_id: String,
    num_prompts: Option<u64>,
    /// Requests a second, or `inf`: all at the same time.
    request_rate: Option<Value>,
    max_concurrency: Option<u64>,
    max_concurrent_requests: Option<f64>,
    /// Seconds.
    duration: f64,
    completed: u64,
    failed: Option<u64>,
    total_input_tokens: u64,
    total_output_tokens: u64,
    request_throughput: f64,
    output_throughput: f64,
    median_ttft_ms: Option<f64>,
    p99_ttft_ms: Option<f64>,
    median_e2el_ms: Option<f64>,
    // One of each request, in seconds, where they were kept.
    #[serde(default)]
    output_lens: Vec<u64>,
    #[serde(default)]
    ttfts: Vec<f64>,
    #[serde(default)]
    itls: Vec<Vec<f64>>,
    #[serde(default)]
    latencies: Vec<f64>,
    #[serde(default)]
    errors: Vec<String>,
}

pub(super) fn is_result(value: &Value) -> bool {
    ["model_id", "request_throughput", "total_input_tokens"].iter().all(|key| value.get(key).is_some())
}

pub(super) fn cell(value: Value, file: &str) -> Result<CellFigures, String> {
    let served: Served =
        serde_json::from_value(value).map_err(|fault| format!("as a result of {TOOL}: {fault}"))?;
    let source = Source { tool: TOOL, file: file.to_owned(), said: vec![served.words()] };
    let name = served.model_id.rsplit('/').next().unwrap_or(&served.model_id).to_owned();
    Ok(CellFigures::of_tool(&name, &served.model_id, source, served.speed()))
}

impl Served {
    /// How many requests were there at the same time, at most.
    fn at_once(&self) -> Option<u64> {
        let all = self.request_rate.as_ref().and_then(Value::as_str).and(self.num_prompts);
        let most = self.max_concurrent_requests.map(rounded);
        self.max_concurrency.or(most).or(all)
    }

    /// The requests that were answered, by their places.
    fn answered(&self, number: usize) -> impl Iterator<Item = usize> {
        (0..number).filter(|place| self.errors.get(*place).is_none_or(String::is_empty))
    }

    /// Milliseconds of each request that was answered, with its place.
    fn times(&self) -> Vec<(usize, f64)> {
        let by_tokens = |place: usize| {
            let between: f64 = self.itls.get(place)?.iter().sum();
            Some(self.ttfts.get(place)? + between)
        };
        let number = self.latencies.len().max(self.ttfts.len());
        let seconds = |place: usize| self.latencies.get(place).copied().or_else(|| by_tokens(place));
        let each = self.answered(number).filter_map(|place| Some((place, seconds(place)? * 1e3)));
        each.filter(|(_, ms)| *ms > 0.0).collect()
    }

    fn speed(&self) -> Speed {
        let times = self.times();
        let named = |(place, ms): &(usize, f64)| (format!("request {}", place + 1), *ms);
        let alone = self.at_once() == Some(1);
        let first =
            self.answered(self.ttfts.len()).filter_map(|place| Some((place, self.ttfts.get(place)? * 1e3)));
        let first: Vec<(usize, f64)> = first.collect();
        let written: Vec<(f64, f64)> = times
            .iter()
            .filter_map(|(place, ms)| Some((real(*self.output_lens.get(*place)?), *ms)))
            .collect();
        let middle = median(&times.iter().map(|(_, ms)| *ms).collect::<Vec<f64>>());
        let requests = real(self.completed);
        Speed {
            record: if alone { Latency::of(times.iter().map(named)) } else { None },
            first_token: Latency::of(first.iter().map(named)),
            clock_rate: if alone { rate(&written) } else { None },
            tokens: (requests > 0.0)
                .then(|| [self.total_input_tokens, self.total_output_tokens].map(|all| real(all) / requests)),
            throughput: vec![Throughput {
                at_once: self.at_once().and_then(|number| usize::try_from(number).ok()).unwrap_or(0),
                records: self.completed,
                records_a_second: self.request_throughput,
                tokens_a_second: Some(self.output_throughput),
                p50_ms: middle.or(self.median_e2el_ms),
            }],
            ..Speed::default()
        }
    }

    fn words(&self) -> String {
        let sent =
            self.failed.map_or(self.num_prompts.unwrap_or(self.completed), |failed| self.completed + failed);
        let at_once =
            self.at_once().map_or_else(String::new, |number| format!(", at most {number} at the same time"));
        let pace = self.request_rate.as_ref().and_then(Value::as_f64);
        let pace = pace.map_or_else(String::new, |rate| format!(", sent at {rate} a second"));
        let mut text = format!(
            "{} of {sent} requests in {:.1} s{at_once}{pace}: {:.0} output tokens a second",
            self.completed, self.duration, self.output_throughput
        );
        if let Some(first) = self.median_ttft_ms {
            let last = self.p99_ttft_ms.map_or_else(String::new, |ms| format!(", p99 {ms:.0} ms"));
            text += &format!("; first token {first:.0} ms at the median{last}");
        }
        text
    }
}
