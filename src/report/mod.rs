//! Reports: a summary as text or JSON. Nothing here computes, prints or reads a clock.

mod calibration;
mod json;
mod label_plan;
mod maps;
mod number;
mod people;
mod replies;
mod text;
mod tuning;

pub use self::calibration::{calibration_line, calibration_text};
pub use self::json::{JSON_FORMAT, outcome_line, summary_line};
pub use self::label_plan::{label_plan_line, label_plan_text};
pub use self::number::{count, duration, percent};
pub use self::text::summary_text;
pub use self::tuning::{line_difference, tune_line, tune_text};
