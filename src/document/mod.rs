//! The user's TOML files, with the place of everything in them.
//!
//! A file is read into a JSON value beside a table of places, validated
//! against the JSON Schema of the type it should become, and only then
//! deserialized. So every fault is found, not only the first, each with its
//! line, and the schema that editors get is the one that is enforced.

mod places;
mod suggest;
mod toml_file;

pub(crate) use self::places::Places;
pub(crate) use self::suggest::closest;
pub use self::toml_file::Document;
pub(crate) use self::toml_file::faulty;
pub(crate) use self::toml_file::read_text;
#[cfg(feature = "cli")]
pub(crate) use self::toml_file::schema_of;
