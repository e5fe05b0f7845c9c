//! The page of a tuning, put together.

use super::candidates::candidates;
use super::over_calls::over_calls;
use super::pareto::pareto;
use super::prompt::prompt;
use super::verdict::verdict;
use crate::optimizer::TunePage;
use crate::report::html::digest::source;
use crate::report::html::escape::escaped;
use crate::report::html::page::filled;

const PAGE: &str = include_str!("tuning.html");
const STYLE: &str = concat!(include_str!("../page.css"), include_str!("tuning.css"));

/// A tuning as one page that needs nothing else, and no script. `difference` is the winner's prompt beside the
/// baseline's, as [`line_difference`](crate::report::line_difference) gives it.
#[must_use]
pub fn tune_html(page: &TunePage, difference: Option<&str>) -> String {
    let style_hash = source(STYLE);
    let title = escaped(&format!("{}, tuned - evenhand", page.suite));
    let verdict = verdict(page);
    let plots = over_calls(page) + &pareto(page);
    let candidates = candidates(page);
    let prompt = prompt(page, difference);
    let made = format!("Written by evenhand {}.", env!("CARGO_PKG_VERSION"));
    let fill = |name: &str| match name {
        "style-hash" => style_hash.as_str(),
        "style" => STYLE,
        "title" => title.as_str(),
        "verdict" => verdict.as_str(),
        "plots" => plots.as_str(),
        "candidates" => candidates.as_str(),
        "prompt" => prompt.as_str(),
        "made" => made.as_str(),
        _ => "",
    };
    filled(PAGE, fill)
}
