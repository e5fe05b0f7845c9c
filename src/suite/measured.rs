//! What earlier runs took, for an estimate of the next.

use std::fs;

use super::config::Config;
use crate::eval::Journal;
use crate::judge::Attempt;

/// So many of the last runs of a model are looked at.
const RUNS: usize = 3;

/// What calls to a model took on average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Measured {
    /// Calls that were measured.
    pub(crate) calls: u64,
    /// Seconds of a call.
    pub(crate) seconds: f64,
    /// Tokens of an answer, where the server counted them.
    pub(crate) completion_tokens: Option<f64>,
    /// Tokens of a prompt, where the server counted them; of this suite alone.
    pub(crate) prompt_tokens: Option<f64>,
}

/// Sums over calls.
#[derive(Default)]
struct Sums {
    calls: u32,
    seconds: f64,
    completion: (f64, u32),
    prompt: (f64, u32),
}

/// What the last runs of a model measured; `None` if there are none here.
pub(crate) fn measured(config: &Config, model: &str, suite: &str) -> Option<Measured> {
    let mut folders: Vec<_> =
        fs::read_dir(config.state_dir.join("runs")).ok()?.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let mut sums = Sums::default();
    let of_model = folders.iter().rev().filter_map(|folder| {
        let head = Journal::head(folder).ok()?;
        (head.model == model).then_some((folder, head.suite == suite))
    });
    for (folder, is_same_suite) in of_model.take(RUNS) {
        // A journal that cannot be read to its end is measured as far as it goes.
        let _ = Journal::each(folder, |outcome| {
            outcome.attempts.iter().for_each(|call| sums.add(call, is_same_suite));
        });
    }
    sums.mean()
}

impl Sums {
    fn add(&mut self, attempt: &Attempt, is_same_suite: bool) {
        let Some(response) = attempt.response.as_ref().filter(|response| !response.cached) else {
            return;
        };
        self.calls += 1;
        self.seconds += response.timing.total_ms / 1000.0;
        add(&mut self.completion, response.usage.completion_tokens);
        if is_same_suite {
            add(&mut self.prompt, response.usage.prompt_tokens);
        }
    }

    fn mean(&self) -> Option<Measured> {
        let mean = |(sum, n): (f64, u32)| (n > 0).then(|| sum / f64::from(n));
        Some(Measured {
            calls: u64::from(self.calls),
            seconds: mean((self.seconds, self.calls))?,
            completion_tokens: mean(self.completion),
            prompt_tokens: mean(self.prompt),
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "tokens of one call are few")]
fn add(sum: &mut (f64, u32), tokens: Option<u64>) {
    if let Some(tokens) = tokens {
        sum.0 += tokens as f64;
        sum.1 += 1;
    }
}
