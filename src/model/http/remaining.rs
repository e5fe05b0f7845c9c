//! What a server says is left of its limits.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

use super::wait::{duration_ms, internet_time};

/// What is left of a server's limits, as its last reply said: the headers
/// `x-ratelimit-remaining-*` and `-reset-*` of OpenAI's, `anthropic-ratelimit-*-remaining`
/// and `-reset` of Anthropic's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Remaining {
    requests: Option<Left>,
    tokens: Option<Left>,
}

/// So much is left, and after so long there is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
    amount: u64,
    reset_ms: u64,
}

/// The headers of one limit: what is left, and when there is more. OpenAI says after how long, Anthropic at
/// what time.
struct Names {
    openai: [&'static str; 2],
    anthropic: [&'static str; 2],
}

const REQUESTS: Names = Names {
    openai: ["x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"],
    anthropic: ["anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"],
};

const TOKENS: Names = Names {
    openai: ["x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"],
    anthropic: ["anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"],
};

impl Remaining {
    pub(super) fn read(headers: &HeaderMap, now: SystemTime) -> Self {
        Self { requests: REQUESTS.read(headers, now), tokens: TOKENS.read(headers, now) }
    }

    /// How long to wait before a next call of about so many tokens.
    pub(in crate::model) fn wait(&self, tokens: u64) -> Option<Duration> {
        let short = |left: Option<Left>, needed: u64| left.filter(|left| left.amount < needed);
        let waits = [short(self.requests, 1), short(self.tokens, tokens)];
        waits.into_iter().flatten().map(|left| Duration::from_millis(left.reset_ms)).max()
    }
}

impl Names {
    fn read(&self, headers: &HeaderMap, now: SystemTime) -> Option<Left> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
        let openai = |[amount, reset]: [&str; 2]| {
            let amount = text(amount)?.parse().ok()?;
            Some(Left { amount, reset_ms: duration_ms(text(reset)?)? })
        };
        let anthropic = |[amount, reset]: [&str; 2]| {
            let amount = text(amount)?.parse().ok()?;
            let wait = internet_time(text(reset)?)?.duration_since(now).unwrap_or_default();
            Some(Left { amount, reset_ms: u64::try_from(wait.as_millis()).ok()? })
        };
        openai(self.openai).or_else(|| anthropic(self.anthropic))
    }
}

/// The last word of a server's, until it is taken.
#[derive(Debug, Default)]
pub(super) struct LastRemaining(Mutex<Remaining>);

impl LastRemaining {
    pub(super) fn put(&self, remaining: Remaining) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = remaining;
    }

    pub(super) fn take(&self) -> Remaining {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn wait_ms(headers: &[(&'static str, &'static str)], tokens: u64) -> Option<u128> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let now = UNIX_EPOCH + Duration::from_secs(1_750_000_000);
        Remaining::read(&headers, now).wait(tokens).map(|wait| wait.as_millis())
    }

    #[test]
    fn a_limit_that_is_nearly_used_up_is_waited_for() {
        let openai = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s200ms")];
        assert_eq!(wait_ms(&openai, 100), Some(1200));
        let tokens = [("x-ratelimit-remaining-tokens", "900"), ("x-ratelimit-reset-tokens", "6m0s")];
        assert_eq!((wait_ms(&tokens, 900), wait_ms(&tokens, 901)), (None, Some(360_000)));
        let anthropic = [
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2025-06-15T15:06:45Z"),
        ];
        assert_eq!(wait_ms(&anthropic, 1), Some(5_000));
        assert_eq!(wait_ms(&[("x-ratelimit-remaining-requests", "0")], 1), None, "nobody says until when");
    }
}
