//! Asking: a question put to a model until its answer is valid, with every attempt kept.

mod asking;
mod attempt;
mod cut;
mod elsewhere;
mod mapping;
mod question;
mod reading;
mod unscored;

pub(crate) use self::asking::{Asked, Replied, ask, ask_request};
pub use self::attempt::{Attempt, Purpose};
pub use self::mapping::Mapping;
pub use self::question::Question;
pub(crate) use self::question::Weighed;
pub use self::reading::Reading;
pub use self::unscored::{Reason, Unscored};
