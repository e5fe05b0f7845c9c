//! What an agent did: its steps, read from the message formats in use, and
//! shown to a judge as short text.

mod builder;
mod content;
mod cut;
mod fault;
mod messages;
mod plain;
mod read;
mod render;
mod step;
#[cfg(test)]
mod tests;

pub use self::cut::{Cut, CutRule, Rendered};
pub use self::fault::TrajectoryFault;
pub use self::render::{as_text, shows_step};
pub use self::step::{Call, Event, Format, Role, Step, Trajectory};
