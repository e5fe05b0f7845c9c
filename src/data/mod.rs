//! Records: what a dataset holds, read one after another.

mod clusters;
mod csv;
mod dataset;
mod delimiter;
mod encoding;
mod fault;
mod filter;
mod id_set;
mod json;
mod jsonl;
mod lines;
mod record;
mod row;

pub use self::clusters::merged_clusters;
pub use self::dataset::{Dataset, Layout};
pub use self::fault::DataFault;
pub use self::filter::Filter;
pub use self::id_set::{IdLines, IdSet};
pub use self::json::{JsonFault, parse_json};
pub use self::record::{Record, id_hash};
