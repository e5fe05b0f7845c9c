//! Where a value stands.

use serde_json::{Map, Value};

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) enum StringRole<'m> {
    /// The value of a member; the members before it.
    Member(&'m Map<String, Value>),
    /// An element of a list.
    Element,
}
