//! Reads a trajectory, whatever holds it.

use serde_json::Value;

use super::builder::Answer;
use super::fault::TrajectoryFault;
use super::fields::Fields;
use super::form::{self, langchain, langsmith};
use super::reader::Reader;
use super::step::{Format, Trajectory};
use super::{envelope, message, plain};

impl Trajectory {
    /// Reads a trajectory in whatever known form it is. What is not known is passed over only if
    /// it cannot carry an action of the agent's.
    ///
    /// # Errors
    /// It is none of the forms, or broken, or holds what could be an action and is not known:
    /// where, and what to do.
    pub fn read(value: &Value) -> Result<Self, TrajectoryFault> {
        Self::read_ignoring(value, &[])
    }

    /// Reads a trajectory, and takes these keys and types for inert where no form knows them.
    ///
    /// # Errors
    /// As for [`Trajectory::read`].
    pub fn read_ignoring(value: &Value, ignored: &[String]) -> Result<Self, TrajectoryFault> {
        let mut reader = Reader::new(Format::OpenAi, ignored, form::inert);
        let answer = match value {
            Value::String(text) => return read_text(text, ignored),
            Value::Array(items) if items.is_empty() => return Err(envelope::nothing("")),
            Value::Array(items) => {
                read_list(value, items, &mut reader)?;
                Answer::Last
            }
            Value::Object(_) => envelope::read(Fields::of(value, "a trajectory", "")?, &mut reader)?,
            other => return Err(TrajectoryFault::not("a trajectory", other, "")),
        };
        reader.finish(answer)
    }
}

/// A text is an answer whose steps are not known, or a trajectory as JSON, as in a CSV.
fn read_text(text: &str, ignored: &[String]) -> Result<Trajectory, TrajectoryFault> {
    let inside: Option<Value> =
        text.trim_start().starts_with(['{', '[']).then(|| serde_json::from_str(text).ok()).flatten();
    match inside {
        Some(value) => Trajectory::read_ignoring(&value, ignored),
        None => Ok(Trajectory::of_text(text)),
    }
}

fn read_list(value: &Value, items: &[Value], reader: &mut Reader<'_>) -> Result<(), TrajectoryFault> {
    if plain::is_plain(items) {
        plain::read(value, "", reader)
    } else if langchain::is_steps(items) {
        langchain::steps(items, "", reader)
    } else if langsmith::is_list(items) {
        langsmith::list(items, "", reader)
    } else {
        message::read(items, "", reader)
    }
}
