//! Strategies: which requests a verdict takes, how many calls that is, and how the replies become one score.
//!
//! A strategy for one question stands in `registry.rs` under a name, and a suite chooses it by that name. Two
//! others are made around it by the signature: `Criteria` asks about each criterion of a rubric, `BothOrders`
//! shows a pair in both orders.

mod both_orders;
mod choose;
mod criteria;
mod direct;
mod kind;
mod re_read;
mod registry;
mod sampled;

pub(super) use self::both_orders::named;
pub(super) use self::choose::choose;
pub(crate) use self::kind::Planned;
pub(super) use self::kind::{AskOptions, Asker, Strategy};
pub use self::registry::StrategyName;
pub(super) use self::sampled::DEFAULT as DEFAULT_SAMPLES;
