//! The compiled part of the Python package: what crosses the border is text, JSON and paths. The classes that users
//! see are Python, in `python/evenhand`.

mod command;
mod engine;
mod error;
mod golden;
mod judge;
mod project;
mod signature;

use pyo3::prelude::*;

#[pymodule]
mod _evenhand {
    #[pymodule_export]
    use crate::command::command;
    #[pymodule_export]
    use crate::golden::hold;
    #[pymodule_export]
    use crate::judge::OpenedJudge;
    #[pymodule_export]
    use crate::project::{CheckedRun, OpenedProject, OpenedRun, sum_up};
    #[pymodule_export]
    use crate::signature::{signature_fingerprint, signature_toml};
}
