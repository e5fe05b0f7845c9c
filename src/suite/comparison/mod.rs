//! Two sides are compared: runs, scores that are locked, or a suite judged in two ways.

mod comparable;
mod two_ways;

pub(crate) use self::comparable::{Comparable, comparison, named};
pub(crate) use self::two_ways::{TwoWays, Ways, is_file};
