//! What the tests share.

#[cfg(all(feature = "cli", unix))]
pub mod advice;
#[cfg(feature = "cli")]
pub mod client;
#[cfg(feature = "cli")]
pub mod decision;
#[cfg(feature = "cli")]
pub mod mock;
#[cfg(feature = "cli")]
pub mod ollama;
#[cfg(feature = "cli")]
pub mod project;
pub mod requests;
#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "tests of the command need more of it"))]
pub mod server;
#[cfg(feature = "cli")]
pub mod width;
