//! From a spec and a record's inputs to the messages a judge is sent.
//!
//! A spec is compiled once: its system part and its demos are rendered then
//! and never again. Rendering a record adds one message at the end, so that
//! everything before it is the same bytes for every record, and a server or an
//! engine that caches prefixes evaluates it once. (Where each record is shown the demos most
//! like it, only the system part is stable.) Pure: the same record gives
//! the same bytes.

mod compiled;
mod fence;
mod nearest;
mod template;

pub use self::compiled::Compiled;
pub(crate) use self::compiled::RenderFault;
#[cfg(test)]
pub(crate) use self::nearest::Nearest;
pub use self::template::{Message, Role};
