//! The cells' figures as rows of words, for every form.

use crate::bench::{CellFigures, Latency, Quantile, Rated};
use crate::number::rounded;
use crate::report::formatting::count;
use crate::summary::Rate;

/// Milliseconds with three digits that count, from a second on as seconds.
pub(super) fn milliseconds(ms: f64) -> String {
    match ms {
        ms if ms < 9.95 => format!("{ms:.1} ms"),
        ms if ms < 999.5 => format!("{ms:.0} ms"),
        ms if ms < 99_950.0 => format!("{:.1} s", ms / 1e3),
        ms => format!("{:.0} s", ms / 1e3),
    }
}

/// What was not measured.
pub(super) const NONE: &str = "-";

pub(super) fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| NONE.to_owned())
}

pub(super) fn quantile(latency: Option<&Latency>, of: fn(&Latency) -> Quantile) -> String {
    or_none(latency.map(|latency| milliseconds(of(latency).ms)))
}

/// A quantile with the ends of its interval, as far as there are any.
pub(super) fn with_ends(quantile: Quantile) -> String {
    let Quantile { ms, low, high } = quantile;
    let ends = match (low, high) {
        (Some(low), Some(high)) => format!(" ({} to {})", milliseconds(low), milliseconds(high)),
        (Some(low), None) => format!(" ({} or more)", milliseconds(low)),
        (None, Some(high)) => format!(" ({} or less)", milliseconds(high)),
        (None, None) => String::new(),
    };
    milliseconds(ms) + &ends
}

pub(super) fn a_second(rate: Option<Rated>) -> String {
    or_none(rate.map(|rate| number(rate.a_second)))
}

/// A number with about three digits.
pub(super) fn number(number: f64) -> String {
    if number >= 99.5 {
        count(rounded(number))
    } else if number >= 9.95 {
        format!("{number:.1}")
    } else {
        format!("{number:.2}")
    }
}

pub(super) fn percent(rate: &Rate) -> String {
    or_none(rate.rate.map(|rate| format!("{:.0} %", rate * 100.0)))
}

/// The ends of κ's interval.
pub(super) fn kappa_ends(cell: &CellFigures) -> String {
    let ends = cell.quality.kappa.and_then(|kappa| kappa.interval);
    or_none(ends.map(|ends| format!("{:.2} to {:.2}", ends.low, ends.high)))
}

pub(super) fn gigabytes(bytes: Option<u64>) -> String {
    or_none(bytes.map(|bytes| format!("{:.1} GB", crate::number::real(bytes) / 1e9)))
}

/// A bar of at most `width` characters, in eighths.
pub(super) fn bar(share: f64, width: u32) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = rounded(share.clamp(0.0, 1.0) * f64::from(width) * 8.0).max(u64::from(share > 0.0));
    let whole = "█".repeat(usize::try_from(eighths / 8).unwrap_or(0));
    let rest = usize::try_from(eighths % 8).ok().and_then(|rest| EIGHTHS.get(rest)).unwrap_or(&"");
    whole + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_bars_and_numbers_read_well() {
        assert_eq!(
            [0.42, 76.4, 412.6, 2258.0, 123_456.0].map(milliseconds),
            ["0.4 ms", "76 ms", "413 ms", "2.3 s", "123 s"]
        );
        assert_eq!([0.0, 0.001, 0.5, 1.0].map(|share| bar(share, 4)), ["", "▏", "██", "████"]);
        assert_eq!([2511.4, 31.06, 0.42].map(number), ["2,511", "31.1", "0.42"]);
    }
}
