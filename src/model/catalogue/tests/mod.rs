//! Fetches from a server on the loopback address, and by a `pip` that only copies files.

mod by_wheel;
mod fixture;
mod folder;
mod over_http;
mod server;
