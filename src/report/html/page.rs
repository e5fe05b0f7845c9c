//! The page, put together: its texts escaped, its scripts and styles named by their hashes.

use sha2::{Digest as _, Sha256};

use super::data::{SuitePrompts, data};
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

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A source as a Content Security Policy names it: `sha256-…`.
pub(super) fn source(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text.as_bytes())))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS.get((group >> (18 - 6 * place) & 63) as usize);
            text.push(if place > chunk.len() { '=' } else { char::from(*letter.unwrap_or(&b'=')) });
        }
    }
    text
}

/// A text as HTML shows it, in an element or between the quotes of an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            // No page may hold them, escaped or not.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }
}
