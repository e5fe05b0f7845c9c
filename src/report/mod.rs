//! Reports: a summary as text or JSON. Nothing here computes, prints or reads a clock.

mod json;
mod number;
mod people;
mod replies;
mod text;

pub use self::json::{JSON_FORMAT, outcome_line, summary_line};
pub use self::number::{count, duration, percent};
pub use self::text::summary_text;
