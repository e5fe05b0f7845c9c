//! What the tests share.

pub mod requests;
pub mod server;
