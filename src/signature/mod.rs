//! What is asked of a judge: typed inputs, typed outputs and an instruction.
//!
//! A [`Signature`] is a plain struct whose doc comment is the instruction; a
//! signature file says the same in TOML. Both become one [`Spec`], and nothing
//! below this layer knows which of the two a spec came from.

mod demo;
mod dialect;
mod field;
mod file;
mod nearest_demos;
mod normal;
mod pair;
mod pair_faults;
mod rubric;
mod scale;
mod spec;
mod typed;

pub use self::demo::Demo;
pub use self::dialect::Dialect;
pub use self::field::Field;
pub use self::file::{SignatureFile, TunedFile, open as open_file, parse as parse_file, write as write_file};
pub use self::nearest_demos::{Mix, NearestDemos};
pub use self::pair::Pair;
pub(crate) use self::pair::UNDECIDED;
pub use self::rubric::{Criterion, Level, Rubric, RubricVerdict};
pub use self::scale::{Label, Scale, ScaleAnswer, ScaleKind, whole_number};
pub use self::spec::{Spec, TemplateText};
pub use self::typed::Signature;
