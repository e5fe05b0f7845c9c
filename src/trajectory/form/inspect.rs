//! Samples of Inspect.

use super::{Form, Is};
use crate::trajectory::step::Format;

pub(super) const FORM: Form = Form {
    format: Format::Inspect,
    types: &[("data", Is::Inert)],
    keys: &[],
    inert: &[
        "target",
        "choices_text",
        "sandbox",
        "files",
        "setup",
        "store",
        "scores",
        "error_retries",
        "limit",
        "working_start",
        "working_time",
        "total_time",
        "epoch",
        "redacted",
        "completion",
    ],
};
