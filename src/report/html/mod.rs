//! A report as one HTML page that needs nothing else: no network, no framework, no file beside it.
//!
//! What a record or a model wrote reaches the page as JSON in a script that is not run, and from there as text: it is
//! never HTML. The page's own script and style are named by their hashes, so that nothing else would run.

mod data;
mod digest;
mod page;
mod prompts;

pub use self::page::html;
pub use self::prompts::{ShownPrompt, SuitePrompts};
