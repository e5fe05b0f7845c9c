//! A server's rate limits: how long it asks to wait before the next request, and what it says is left.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use crate::number::to_u64;

/// The wait in milliseconds, from whichever header has one: `retry-after-ms`,
/// `retry-after` (RFC 9110, section 10.2.3), `x-ratelimit-reset-*`, or
/// `anthropic-ratelimit-*-reset`.
pub(super) fn retry_after_ms(headers: &HeaderMap, now: SystemTime) -> Option<u64> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let precise = text("retry-after-ms").and_then(|value| value.parse::<f64>().ok()).and_then(millis);
    precise
        .or_else(|| text("retry-after").and_then(|value| seconds_or_date(value, now)))
        .or_else(|| reset_ms(&text))
        .or_else(|| used_up_ms(&text, now))
}

/// Anthropic tells of every limit when it is whole again; only one that is used
/// up is worth waiting for.
fn used_up_ms<'a>(text: &impl Fn(&str) -> Option<&'a str>, now: SystemTime) -> Option<u64> {
    let limits = ["requests", "tokens", "input-tokens", "output-tokens"].into_iter().filter_map(|what| {
        let header = |end: &str| text(&format!("anthropic-ratelimit-{what}-{end}"));
        let reset = internet_date(header("reset")?).filter(|_| header("remaining") == Some("0"))?;
        u64::try_from(reset.duration_since(now).unwrap_or_default().as_millis()).ok()
    });
    limits.max()
}

fn seconds_or_date(value: &str, now: SystemTime) -> Option<u64> {
    if let Ok(seconds) = value.parse::<f64>() {
        return millis(seconds * 1000.0);
    }
    let wait = http_date(value)?.duration_since(now).unwrap_or_default();
    u64::try_from(wait.as_millis()).ok()
}

/// Of the limits that are used up the one that opens last; where none is
/// marked as used up, the one that opens first.
fn reset_ms<'a>(text: &impl Fn(&str) -> Option<&'a str>) -> Option<u64> {
    let limits = ["requests", "tokens"].into_iter().filter_map(|what| {
        let reset = duration_ms(text(&format!("x-ratelimit-reset-{what}"))?)?;
        let used_up = text(&format!("x-ratelimit-remaining-{what}")) == Some("0");
        Some((used_up, reset))
    });
    let limits: Vec<(bool, u64)> = limits.collect();
    let used_up = limits.iter().filter(|limit| limit.0).map(|limit| limit.1).max();
    used_up.or_else(|| limits.iter().map(|limit| limit.1).min())
}

/// Reads `1s`, `6m0s`, `20ms`, `1h2m3.5s`; a bare number is seconds.
pub(super) fn duration_ms(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return millis(seconds * 1000.0);
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit_end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let factor = match unit {
            "ms" => 1.0,
            "s" => 1e3,
            "m" => 6e4,
            "h" => 3.6e6,
            "d" => 8.64e7,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    millis(total)
}

fn millis(value: f64) -> Option<u64> {
    (value.is_finite() && (0.0..1e12).contains(&value)).then_some(to_u64(value.ceil()))
}

/// An HTTP date in the form that RFC 9110 requires to be sent: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<SystemTime> {
    let (_, date) = text.split_once(", ")?;
    let [day, month, year, clock, "GMT"] = *date.split(' ').collect::<Vec<_>>() else {
        return None;
    };
    let month = 1 + MONTHS.iter().position(|name| *name == month)?;
    moment([year, &month.to_string(), day], clock)
}

/// A date as RFC 3339 writes it, in UTC: `1994-11-06T08:49:37Z`. Parts of a second are left out.
fn internet_date(text: &str) -> Option<SystemTime> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let clock = clock.split_once('.').map_or(clock, |(clock, _)| clock);
    let [year, month, day] = *date.split('-').collect::<Vec<_>>() else {
        return None;
    };
    moment([year, month, day], clock)
}

/// Year, month and day, all as numbers, and the time of day: `08:49:37`.
fn moment([year, month, day]: [&str; 3], clock: &str) -> Option<SystemTime> {
    let [hour, minute, second] = *clock.split(':').collect::<Vec<_>>() else {
        return None;
    };
    let number = |text: &str| text.parse::<u64>().ok();
    let days = days_since_epoch(number(year)?, number(month)?, number(day)?)?;
    let seconds = number(hour)? * 3600 + number(minute)? * 60 + number(second)?;
    UNIX_EPOCH.checked_add(Duration::from_secs(days.checked_mul(86_400)?.checked_add(seconds)?))
}

/// A time in the form of RFC 3339, in UTC: `2025-06-15T15:06:45Z`.
pub(super) fn internet_time(text: &str) -> Option<SystemTime> {
    let stamp: jiff::Timestamp = text.parse().ok()?;
    UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(stamp.as_millisecond()).ok()?))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Days from 1970-01-01 in the Gregorian calendar: whole years from March on,
/// so that the leap day is the last of its year.
fn days_since_epoch(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..10_000).contains(&year) || !(1..13).contains(&month) || !(1..32).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let months_from_march = (month + 9) % 12;
    let leap_days = year / 4 - year / 100 + year / 400;
    let day_of_year = (153 * months_from_march + 2) / 5 + day - 1;
    (365 * year + leap_days + day_of_year).checked_sub(DAYS_BEFORE_EPOCH)
}

/// Days from 1 March of year 0 to 1 January 1970.
const DAYS_BEFORE_EPOCH: u64 = 719_468;

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

    fn wait(headers: &[(&'static str, &'static str)]) -> Option<u64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        retry_after_ms(&headers, UNIX_EPOCH + Duration::from_secs(784_111_770))
    }

    #[test]
    fn seconds_dates_and_milliseconds() {
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&[("retry-after", "7")]), Some(7_000));
        assert_eq!(wait(&[("retry-after", "0.25")]), Some(250));
        assert_eq!(wait(&[("retry-after", "7"), ("retry-after-ms", "15")]), Some(15));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]), Some(7_000));
        assert_eq!(wait(&[("retry-after", "Sun, 06 Nov 1993 08:49:37 GMT")]), Some(0));
        assert_eq!(
            wait(&[("retry-after", "Thu, 29 Feb 2024 00:00:00 GMT")]),
            Some((1_709_164_800 - 784_111_770) * 1000)
        );
        for unusable in ["soon", "-3", "NaN", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"] {
            assert_eq!(wait(&[("retry-after", unusable)]), None, "{unusable}");
        }
    }

    #[test]
    fn the_limit_that_is_used_up_decides() {
        let both = [("x-ratelimit-reset-requests", "120ms"), ("x-ratelimit-reset-tokens", "6m0s")];
        assert_eq!(wait(&both), Some(120));
        assert_eq!(wait(&[both[0], both[1], ("x-ratelimit-remaining-tokens", "0")]), Some(360_000));
        let none_left = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-remaining-tokens", "0")];
        assert_eq!(wait(&[both[0], both[1], none_left[0], none_left[1]]), Some(360_000));
        let swapped = [("x-ratelimit-reset-requests", "90s"), ("x-ratelimit-reset-tokens", "2s")];
        assert_eq!(wait(&[swapped[0], swapped[1], none_left[0], none_left[1]]), Some(90_000));
        assert_eq!(wait(&[("x-ratelimit-reset-tokens", "1h2m3.5s")]), Some(3_723_500));
        assert_eq!(wait(&[("x-ratelimit-reset-tokens", "1 fortnight")]), None);
    }

    #[test]
    fn anthropics_limits_are_dates() {
        let requests = ("anthropic-ratelimit-requests-reset", "1994-11-06T08:49:31Z");
        let tokens = ("anthropic-ratelimit-input-tokens-reset", "1994-11-06T08:50:00.250Z");
        let no_requests = ("anthropic-ratelimit-requests-remaining", "0");
        let no_tokens = ("anthropic-ratelimit-input-tokens-remaining", "0");
        assert_eq!(wait(&[requests, tokens]), None);
        assert_eq!(wait(&[requests, tokens, no_requests]), Some(1_000));
        assert_eq!(wait(&[requests, tokens, no_requests, no_tokens]), Some(30_000));
        assert_eq!(wait(&[requests, no_requests, ("retry-after", "7")]), Some(7_000));
        for unusable in ["1994-13-06T08:49:31Z", "1994-11-06", "1994-11-06T08:49:31+01:00", "soon"] {
            assert_eq!(wait(&[("anthropic-ratelimit-requests-reset", unusable), no_requests]), None);
        }
    }

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
