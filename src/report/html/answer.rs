//! A report with one answer as a page.

use super::page::{Page, scripts};
use crate::error::Result;
use crate::report::answer::Answer;

const SCRIPT: &str = scripts!("answer.js");

/// A report with one answer as one page that needs nothing else.
///
/// # Errors
/// A fault of evenhand's own.
pub(crate) fn answer_html(answer: &Answer) -> Result<String> {
    Page::whole(&answer.about, SCRIPT, answer)
}
