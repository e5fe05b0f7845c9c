//! A store of bytes by their key, in one `SQLite` file that several processes share.
//!
//! It knows nothing of what it holds: a model's replies, a subject's outputs.
//! It is a cache: whatever is in it can be had again, at a price.

mod file;
mod shelf;
mod writer;

pub(crate) use self::shelf::{Holdings, Pruned};
pub use self::shelf::{Store, StoreOptions};
pub(crate) use self::writer::StoredEntry;
pub use self::writer::{Entry, Kind, StoreKey};
