//! A report as one HTML page that needs nothing else: no network, no framework, no file beside it.
//!
//! What a record or a model wrote reaches the page as JSON in a script that is not run, and from there as text: it is
//! never HTML. The page's own script and style are named by their hashes, so that nothing else would run.
//!
//! A tuning's page ([`tune_html`]) needs no script at all: what others wrote is escaped where it stands.

mod data;
mod page;
mod tuning;

pub(crate) use self::data::ShownPrompt;
pub use self::data::SuitePrompts;
pub use self::page::html;
pub use self::tuning::tune_html;
