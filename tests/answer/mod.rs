//! What models really send, and what a careful reader makes of it.

mod corpus;
mod docs;
mod faults;
mod properties;
mod worst;
