//! Records: what a dataset holds, read one after another.

mod csv;
mod dataset;
mod json;
mod record;

pub use self::dataset::{Dataset, IdLines, IdSet, Layout};
pub use self::json::{JsonFault, parse_json};
pub use self::record::{DataFault, Filter, Record, id_hash, merged_clusters};
