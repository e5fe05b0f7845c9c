//! The page on which people label. Unlike reports it speaks with the server that it came from, and with no other.

use serde::Serialize;

use super::page::{Page, scripts};
use crate::error::Result;

const SCRIPT: &str = scripts!("transcript.js", "label.js");

/// The page; `data` is the suite, the person, what the person does, and the rubric.
///
/// # Errors
/// A fault of evenhand's own.
pub(crate) fn label_html(suite: &str, data: &impl Serialize) -> Result<String> {
    let page = Page::whole(&format!("label {suite}"), SCRIPT, data)?;
    Ok(page.replacen("default-src 'none';", "default-src 'none'; connect-src 'self';", 1).replacen(
        "This page is whole in itself and loads nothing.",
        "Your labels are kept on this machine.",
        1,
    ))
}
