//! What an agent did: its steps, read from the message formats in use, and
//! shown to a judge as short text.

mod builder;
mod call;
mod choice;
mod content;
mod cut;
mod fields;
mod form;
mod marks;
mod message;
mod plain;
mod read;
mod reader;
mod render;
mod returned;
mod spoken;
mod step;
mod suspicion;
#[cfg(test)]
mod tests;
mod words;
mod written;

pub use self::cut::{Cut, CutRule, Rendered};
pub use self::reader::TrajectoryFault;
pub use self::render::as_text;
pub(crate) use self::render::shows_step;
pub use self::step::{Call, Event, Format, Role, Step, Trajectory};
