//! Small, named coercions of a value towards its contract, and what stays wrong after them.
//!
//! Nothing is invented: numbers keep their value, labels their letters, and what is missing stays missing.

mod envelope;
mod fit;
mod leaf;
mod length;

pub(crate) use self::fit::{Fitted, fit};
