//! `GET /metrics`, as Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use crate::model::Usage;

/// Seconds up to which requests are counted.
const BUCKETS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// What happened since the start.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// By form, model and status.
    requests: BTreeMap<(&'static str, String, u16), u64>,
    seconds: BTreeMap<&'static str, Seconds>,
    /// By model and reason.
    unscored: BTreeMap<(String, String), u64>,
    /// By model.
    calls: BTreeMap<String, u64>,
    tokens: BTreeMap<(String, &'static str), u64>,
}

#[derive(Debug, Default)]
struct Seconds {
    within: [u64; BUCKETS.len()],
    sum: f64,
    count: u64,
}

impl Metrics {
    fn change(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A request was answered.
    pub(super) fn answered(&self, form: &'static str, model: &str, status: u16, seconds: f64) {
        self.change(|counts| {
            *counts.requests.entry((form, model.to_owned(), status)).or_default() += 1;
            let own = counts.seconds.entry(form).or_default();
            for (within, bucket) in own.within.iter_mut().zip(BUCKETS) {
                *within += u64::from(seconds <= bucket);
            }
            own.sum += seconds;
            own.count += 1;
        });
    }

    /// A judge was asked; how many calls that took.
    pub(super) fn judged(&self, model: &str, usage: Usage, calls: u64) {
        self.change(|counts| {
            *counts.calls.entry(model.to_owned()).or_default() += calls;
            for (kind, tokens) in [("input", usage.prompt_tokens), ("output", usage.completion_tokens)] {
                *counts.tokens.entry((model.to_owned(), kind)).or_default() += tokens.unwrap_or(0);
            }
        });
    }

    /// A judge gave none.
    pub(super) fn unscored(&self, model: &str, reason: &str) {
        self.change(|counts| {
            *counts.unscored.entry((model.to_owned(), reason.to_owned())).or_default() += 1;
        });
    }

    /// The page.
    pub(super) fn text(&self, in_flight: usize) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut page = Page::default();
        page.head("evenhand_requests_total", "counter", "Requests by form, model and HTTP status.");
        for ((form, model, status), count) in &counts.requests {
            let labels = format!("form=\"{form}\",model=\"{}\",status=\"{status}\"", escaped(model));
            page.line("evenhand_requests_total", &labels, &count.to_string());
        }
        page.head("evenhand_request_seconds", "histogram", "Time from a request to its answer.");
        for (form, seconds) in &counts.seconds {
            page.histogram(form, seconds);
        }
        page.head("evenhand_requests_in_flight", "gauge", "Requests that are being answered.");
        page.line("evenhand_requests_in_flight", "", &in_flight.to_string());
        page.head("evenhand_unscored_total", "counter", "Questions without a verdict, by model and reason.");
        for ((model, reason), count) in &counts.unscored {
            let labels = format!("model=\"{}\",reason=\"{}\"", escaped(model), escaped(reason));
            page.line("evenhand_unscored_total", &labels, &count.to_string());
        }
        page.head(
            "evenhand_model_calls_total",
            "counter",
            "Calls of judges' models that the cache did not answer.",
        );
        for (model, count) in &counts.calls {
            page.line(
                "evenhand_model_calls_total",
                &format!("model=\"{}\"", escaped(model)),
                &count.to_string(),
            );
        }
        page.head("evenhand_model_tokens_total", "counter", "Tokens of these calls.");
        for ((model, kind), count) in &counts.tokens {
            let labels = format!("model=\"{}\",kind=\"{kind}\"", escaped(model));
            page.line("evenhand_model_tokens_total", &labels, &count.to_string());
        }
        page.text
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn line(&mut self, name: &str, labels: &str, value: &str) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.text, "{name}{labels} {value}");
    }

    fn histogram(&mut self, form: &str, seconds: &Seconds) {
        for (bucket, within) in BUCKETS.iter().zip(seconds.within) {
            let labels = format!("form=\"{form}\",le=\"{bucket}\"");
            self.line("evenhand_request_seconds_bucket", &labels, &within.to_string());
        }
        let labels = format!("form=\"{form}\",le=\"+Inf\"");
        self.line("evenhand_request_seconds_bucket", &labels, &seconds.count.to_string());
        let labels = format!("form=\"{form}\"");
        self.line("evenhand_request_seconds_sum", &labels, &seconds.sum.to_string());
        self.line("evenhand_request_seconds_count", &labels, &seconds.count.to_string());
    }
}

/// A label's value as Prometheus quotes it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
