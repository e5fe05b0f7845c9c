//! Sides are compared: runs, scores that are locked, or a suite judged in several ways.

mod comparable;
mod ways;

pub(crate) use self::comparable::{Comparable, comparison, named, with_the_first};
pub(crate) use self::ways::{JudgedWays, Ways, is_file};
