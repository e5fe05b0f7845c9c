//! The bundled signatures as Rust types. Each has a twin in `signatures/`; a
//! test holds the two against each other.

mod email;
mod relevance;

pub use self::email::ProfessionalEmail;
pub use self::relevance::{GradedRelevance, GradedVerdict, Relevance, RelevanceVerdict, Verdict};
