//! A store of bytes by their key, in one `SQLite` file that several processes share.
//!
//! It knows nothing of what it holds: a model's replies, a subject's outputs.
//! It is a cache: whatever is in it can be had again, at a price.

mod entry;
mod file;
mod room;
mod shelf;
mod upkeep;
mod writer;

pub use self::entry::{Entry, Kind, StoreKey, StoredEntry};
pub use self::shelf::{Store, StoreOptions};
pub use self::upkeep::{Holdings, Pruned};
