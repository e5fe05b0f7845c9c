//! The parts of one run that several workers judged: found in a folder, and summed up to the figures of one run.

mod found;
mod index;
mod line;
mod summed;

pub(crate) use self::found::has_parts;
pub(crate) use self::summed::Summed;
pub use self::summed::sum_up;
