//! Reads a model's reply: finds the JSON, repairs its spelling, validates it against the contract.
//!
//! Lenient in form, strict in substance. Every departure from JSON is a named [`Repair`]; nothing is ever filled in:
//! a number out of range, an unknown label, a missing field or a value cut off in the middle stays a [`Fault`].
//!
//! What counts, when a reply holds more than one object: the last one that looks like an answer (it holds at least half of
//! the required fields). If that one is faulty the reply is invalid; an earlier object, perhaps an example, never replaces it.
//! A key given twice with different values is a fault, because the judge contradicted itself; free text is the exception, there the last one stands.

mod coerce;
mod contract;
mod fault;
mod find;
mod lenient;
mod outside;
mod parse;
mod shape;
mod spelling;
mod thinking;

pub use self::contract::Contract;
pub use self::fault::{Fault, Invalid, Repair};
pub use self::parse::{Answer, deserialize, parse};
