//! How long an output is.

use super::choices::LengthUnit;
use super::examined::{CheckResult, Finding};
use super::expected::{Material, unusable};
use super::file::LengthFile;
use crate::error::Result;

/// The output is at least and at most so long.
#[derive(Debug)]
pub(super) struct Length {
    min: usize,
    max: Option<usize>,
    unit: LengthUnit,
}

impl Length {
    pub(super) fn new(name: &str, file: &LengthFile) -> Result<Self> {
        if file.min.is_none() && file.max.is_none() {
            return Err(unusable(name, "neither `min` nor `max` is set").help("set one of them, or both"));
        }
        let min = file.min.unwrap_or(0);
        if let Some(max) = file.max.filter(|max| *max < min) {
            return Err(unusable(name, &format!("no output is at least {min} and at most {max} long")));
        }
        Ok(Self { min, max: file.max, unit: file.unit })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let text = material.text()?;
        let (length, noun) = match self.unit {
            LengthUnit::Characters => (text.chars().count(), "characters"),
            LengthUnit::Words => (text.split_whitespace().count(), "words"),
            LengthUnit::Lines => (text.lines().count(), "lines"),
            LengthUnit::Utf16 => (text.encode_utf16().count(), "UTF-16 units"),
        };
        let wanted = match (self.min, self.max) {
            (0, Some(max)) => format!("at most {max}"),
            (min, None) => format!("at least {min}"),
            (min, Some(max)) => format!("{min} to {max}"),
        };
        let holds = length >= self.min && self.max.is_none_or(|max| length <= max);
        Ok(CheckResult::of(holds, format!("{noun}: {length}, {wanted} allowed")))
    }
}
