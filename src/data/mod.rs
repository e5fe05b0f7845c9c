//! Records: what a dataset holds, read one after another.

mod csv;
mod dataset;
mod json;
mod record;

pub(crate) use self::dataset::IdLines;
pub(crate) use self::dataset::short_hash;
pub use self::dataset::{Dataset, IdSet, Layout};
pub(crate) use self::json::{JsonFault, parse_json};
pub use self::record::{DataFault, Record};
pub(crate) use self::record::{Filter, id_hash, merged_clusters};
