//! Reports: a summary as text or JSON. Nothing here computes, prints or reads a clock.

mod calibration;
mod comparison;
mod confirmation;
mod gates;
mod golden;
mod golden_files;
mod json;
mod label_plan;
mod maps;
mod number;
mod people;
mod repeats;
mod replies;
mod text;

pub use self::calibration::{calibration_line, calibration_text};
pub use self::comparison::{comparison_line, comparison_text};
pub use self::confirmation::{confirmation_line, confirmation_text};
pub use self::gates::gates_text;
pub use self::golden::{checked_line, checked_text};
pub use self::golden_files::{locked_text, migration_text, pending_text};
pub use self::json::{JSON_FORMAT, outcome_line, summary_line};
pub use self::label_plan::{label_plan_line, label_plan_text};
pub use self::number::{count, duration, percent};
pub use self::text::summary_text;
