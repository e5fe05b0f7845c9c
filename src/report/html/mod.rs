//! Reports as HTML pages, each one file that needs nothing else: no network, no framework, no file beside it.
//!
//! What a record or a model wrote reaches a page as JSON in a script that is not run, and from there as text: it is
//! never HTML. A page's own script and style are named by their hashes, so that nothing else would run.

mod answer;
mod bench;
mod data;
#[cfg(feature = "cli")]
mod label;
mod page;
mod tuning;

pub(crate) use self::answer::answer_html;
pub(crate) use self::bench::bench_html;
#[cfg(feature = "cli")]
pub(crate) use self::label::label_html;
