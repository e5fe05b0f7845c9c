//! A tuning as one page: the verdict, what was tried over calls and tokens, every candidate, and the winner's prompt.

mod axis;
mod candidates;
mod models;
mod over_calls;
mod page;
mod pareto;
mod plot;
mod prompt;
mod spending;
mod verdict;

pub use self::page::tune_html;
