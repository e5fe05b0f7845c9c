//! What the tests share.

#[cfg(feature = "cli")]
pub mod mock;
#[cfg(feature = "cli")]
pub mod project;
pub mod requests;
pub mod server;
