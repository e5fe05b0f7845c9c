//! The page, put together.

use super::data::data;
use super::digest::source;
use super::escape::escaped;
use super::prompts::SuitePrompts;
use crate::error::Result;
use crate::report::view::Report;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = concat!(
    include_str!("dom.js"),
    include_str!("plots.js"),
    include_str!("detail.js"),
    include_str!("summary.js"),
    include_str!("page.js")
);

/// A report as a page. `prompts` are the suites', in the report's order.
///
/// # Errors
/// A fault of evenhand's own.
pub fn html(report: &Report, prompts: &[SuitePrompts]) -> Result<String> {
    let (head, details) = data(report, prompts)?;
    let (script_hash, style_hash) = (source(SCRIPT), source(STYLE));
    let title = title(report);
    let fill = |name: &str| match name {
        "script-hash" => script_hash.as_str(),
        "style-hash" => style_hash.as_str(),
        "title" => title.as_str(),
        "style" => STYLE,
        "report" => head.as_str(),
        "details" => details.as_str(),
        "script" => SCRIPT,
        _ => "",
    };
    Ok(filled(PAGE, fill))
}

/// The template with its places filled, once and in their order: what is put in is not looked at again.
pub(super) fn filled<'a>(template: &str, fill: impl Fn(&str) -> &'a str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else {
            break;
        };
        text += before;
        text += fill(name);
        rest = after;
    }
    text + rest
}

fn title(report: &Report) -> String {
    let names: Vec<&str> = report.suites.iter().map(|suite| suite.suite.as_str()).collect();
    escaped(&format!("{} - evenhand", names.join(", ")))
}
