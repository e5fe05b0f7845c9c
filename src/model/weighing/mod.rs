//! The distribution over given answers, read from the log-probabilities of a decoded one.
//!
//! Servers tell, for each token that was decoded, the likeliest tokens at its place, with the
//! probabilities from before a grammar was applied. So the answer is decoded, the verdict's place is
//! found in it by scanning its tokens, and there the probability of each token is credited to the
//! answer that it begins.

mod answers;
mod apply;
mod candidate;

#[cfg(test)]
mod tests;

pub(super) use self::apply::{FEWER_TOP, MOST_TOP, apply};
