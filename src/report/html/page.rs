//! The page, put together: its title escaped, its scripts and styles named by their hashes.

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::report::words::WORDS;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");

/// The scripts of a page: those of every page, then its own.
macro_rules! scripts {
    ($($own:literal),+) => {
        concat!(
            include_str!("dom.js"),
            include_str!("words.js"),
            include_str!("plots.js"),
            include_str!("frame.js"),
            $(include_str!($own)),+
        )
    };
}
pub(super) use scripts;

/// What differs from page to page.
pub(super) struct Page<'a> {
    /// What the browser's tab says, before the name of the command.
    pub(super) title: &'a str,
    /// The page's scripts: [`scripts!`].
    pub(super) script: &'static str,
    /// What the script reads at once, as JSON without a `<`.
    pub(super) report: String,
    /// What it reads when it is needed, as lines of JSON without a `<`.
    pub(super) details: String,
}

impl<'a> Page<'a> {
    /// A page whose script reads all of its data at once.
    pub(super) fn whole(title: &'a str, script: &'static str, data: &impl Serialize) -> Result<String> {
        Ok(Page { title, script, report: inert(data)?, details: String::new() }.html())
    }

    /// The page as one file that loads nothing.
    pub(super) fn html(&self) -> String {
        let (script_hash, style_hash) = (source(self.script), source(STYLE));
        let words = words();
        let title = escaped(&format!("{} - evenhand", self.title));
        filled(PAGE, |name| match name {
            "script-hash" => script_hash.as_str(),
            "style-hash" => style_hash.as_str(),
            "title" => title.as_str(),
            "style" => STYLE,
            "words" => words.as_str(),
            "report" => self.report.as_str(),
            "details" => self.details.as_str(),
            "script" => self.script,
            "written-by" => concat!("evenhand ", env!("CARGO_PKG_VERSION")),
            _ => "",
        })
    }
}

/// The words that a page explains, as JSON without a `<`.
fn words() -> String {
    let words: Vec<Value> = WORDS
        .iter()
        .map(|word| json!({"name": word.name, "shown": word.shown, "other": word.other, "meaning": word.meaning}))
        .collect();
    Value::from(words).to_string().replace('<', "\\u003c")
}

/// JSON that ends no script: every `<` stands inside a string, where it may be written as an escape.
pub(super) fn inert(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(value).map_err(|source| {
        Error::new(ErrorKind::Internal, "the page's data cannot be written as JSON").caused_by(source)
    })?;
    Ok(text.replace('<', "\\u003c"))
}

/// The template with its places filled, once and in their order: what is put in is not looked at again.
fn filled<'a>(template: &str, fill: impl Fn(&str) -> &'a str) -> String {
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

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A source as a Content Security Policy names it: `sha256-…`.
fn source(text: &str) -> String {
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

/// A text as HTML shows it in an element.
fn escaped(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect::<String>().replace('&', "&amp;").replace('<', "&lt;")
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
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, encoded) in vectors {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn a_title_is_text() {
        let page =
            Page { title: "</title><b>&\0", script: "", report: String::new(), details: String::new() };
        assert!(page.html().contains("<title>&lt;/title>&lt;b>&amp; - evenhand</title>"));
    }
}
