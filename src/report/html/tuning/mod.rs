//! A tuning as one page: the verdict, what was tried over calls and tokens, every candidate, and the winner's prompt.

mod charts;
mod models;
mod page;
mod plot;
mod verdict;

pub use self::page::tune_html;
