//! The plan of who labels which records, as it is kept beside the labels.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::store::failed;
use crate::error::{Error, ErrorKind, Result};

const FILE: &str = "plan.json";

/// A plan as it is kept beside the labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PlanFile {
    pub(super) format: u32,
    pub(super) seed: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) strata: Option<String>,
    pub(crate) people: Vec<String>,
    /// How many records each part has that records are drawn from.
    pub(crate) parts: BTreeMap<String, u64>,
    pub(crate) records: BTreeMap<String, Planned>,
}

/// A record that is to be labelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Planned {
    /// Its place in the order of asking.
    pub(crate) place: u64,
    /// What it was drawn from: `uncertain`, `random`, or `random: VALUE` of a field's value.
    pub(crate) part: String,
    /// How many records it stands for.
    pub(crate) weight: f64,
    /// Who labels it; everybody where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) people: Vec<String>,
}

impl Planned {
    pub(super) fn is_for(&self, person: &str) -> bool {
        self.people.is_empty() || self.people.iter().any(|own| own == person)
    }
}

impl PlanFile {
    pub(super) fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(|source| failed("read", &path, &source))?;
        let plan = serde_json::from_str(&text).map_err(|source| {
            Error::new(ErrorKind::Dataset, format!("{} is no plan: {source}", path.display()))
                .help("`evenhand label SUITE --plan` makes a new one; labels stay")
        });
        plan.map(Some)
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        fs::create_dir_all(folder).map_err(|source| failed("make", folder, &source))?;
        let text = serde_json::to_string_pretty(self).map_err(|source| {
            Error::new(ErrorKind::Internal, "a plan cannot be written as JSON").caused_by(source)
        })?;
        fs::write(&path, text + "\n").map_err(|source| failed("write", &path, &source))
    }
}
