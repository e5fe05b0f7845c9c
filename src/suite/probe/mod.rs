//! A suite's judge is probed: `evenhand probe`. Its verdicts on changed questions are held against those on the unchanged one.

mod gates;
mod judge;
mod options;
mod paraphrased;
mod prober;
mod rewriting;
mod work;

pub use self::options::{ProbeEvent, ProbeOptions, Probed};
pub(crate) use self::prober::Prober;
