//! A number with its standard error.

use serde::{Deserialize, Serialize};

use super::interval::Interval;

/// An estimate with its standard error, where one is defined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimated number.
    pub value: f64,
    /// Its standard error, never negative; `None` where it is undefined.
    pub standard_error: Option<f64>,
}

impl Estimate {
    /// The normal interval at `level`; for a few hundred items or more.
    #[must_use]
    pub fn interval(&self, level: f64) -> Option<Interval> {
        Interval::normal(self.value, self.standard_error?, level)
    }
}
