//! A tolerant JSON parser: text to value, with every departure from JSON named.
//!
//! One pass with bounded look-ahead, nesting limited to 128 levels, no panic on any text. It knows the names of the contract's
//! fields, and uses them for one thing only: to tell where a string with unescaped or missing quotes ends.

mod encoded;
mod ending;
mod key;
mod lookahead;
mod members;
mod reader;
mod scalar;
mod text;

pub(crate) use self::encoded::decoded;
pub(crate) use self::reader::{Broken, Conflict, Cut, Quoting, Reading, Start, read};
