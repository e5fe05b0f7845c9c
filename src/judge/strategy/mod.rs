//! Strategies: which requests a verdict takes, how many calls that is, and how the replies become one score.
//!
//! A strategy for one question stands in `registry.rs` under a name, with its options, and a suite chooses it by
//! that name. Three
//! others are made around it: `AveragedOrders` asks with the answers in several orders, where the suite says so;
//! `Criteria` asks about each criterion of a rubric, and `BothOrders` shows a pair in both orders, where the signature
//! does.

mod answer_orders;
mod best_of_n;
mod both_orders;
mod choice;
mod choose;
mod commit_first;
mod criteria;
mod decisions;
mod direct;
mod diverse_sampling;
mod draws;
mod kind;
mod majority;
mod option;
mod plan_search;
mod prepared;
mod prover_verifier;
mod re_read;
mod registry;
mod sampled;
mod self_aggregation;
mod self_consistency;

pub(super) use self::both_orders::named;
pub use self::choice::StrategyChoice;
pub(super) use self::choose::choose;
pub(crate) use self::kind::Planned;
pub(super) use self::kind::{AskOptions, Asker, Strategy};
#[cfg(test)]
pub(crate) use self::registry::StrategyName;
pub(super) use self::sampled::DEFAULT as DEFAULT_SAMPLES;

#[cfg(test)]
mod tests;
