//! Records: what a dataset holds, read one after another.

mod csv;
mod dataset;
mod fault;
mod filter;
mod id_set;
mod jsonl;
mod record;

pub use self::dataset::{Dataset, Layout};
pub use self::fault::DataFault;
pub use self::filter::Filter;
pub use self::id_set::IdSet;
pub use self::record::{Record, id_hash};
