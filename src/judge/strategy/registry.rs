//! The strategies that a suite can name.

use super::kind::Registered;
use super::{direct, re_read};

/// The strategies for one question, by name. A new one is a file beside this one and a line here.
pub(super) const REGISTRY: &[Registered] = &[direct::REGISTERED, re_read::REGISTERED];
