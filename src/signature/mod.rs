//! What is asked of a judge: typed inputs, typed outputs and an instruction.
//!
//! A [`Signature`] is a plain struct whose doc comment is the instruction; a
//! signature file says the same in TOML. Both become one [`Spec`], and nothing
//! below this layer knows which of the two a spec came from.

mod bundled;
mod field;
mod file;
mod pair_faults;
mod reordered;
mod rubric;
mod scale;
mod schema;
mod spec;
mod typed;

pub use self::bundled::{all_bundled, bundled};
pub(crate) use self::bundled::{named, unknown};
pub use self::field::Field;
pub(crate) use self::file::{SignatureFile, TunedFile, write as write_file};
pub use self::rubric::{Criterion, Level, Rubric, RubricVerdict};
pub use self::scale::{Label, Scale, ScaleKind};
pub(crate) use self::scale::{ScaleAnswer, whole_number};
pub(crate) use self::schema::Dialect;
pub(crate) use self::spec::UNDECIDED;
pub use self::spec::{Demo, NearestDemos, Pair, Spec};
pub(crate) use self::spec::{Mix, TemplateText};
pub use self::typed::Signature;
