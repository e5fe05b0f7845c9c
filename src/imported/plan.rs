//! What a file of judgments holds, and where.

use crate::data::{Filter, Record};

use super::pair::Pair;
use super::reader::{Reader, Stretch};
use super::word::word;

/// What a file of judgments holds, and where.
#[derive(Debug)]
pub struct JudgmentFormat {
    /// The file, as messages name it.
    pub file: String,
    /// Who judged.
    pub judge: JudgeName,
    /// The field with the id of what was judged.
    pub id: String,
    /// The field that tells repeats of one judgment apart. Each repeat is a record of its own.
    pub repeat: Option<String>,
    /// Fields by which the agreement is also shown, of the reply or of the dataset's record.
    pub by: Vec<String>,
    /// Only lines that every filter takes.
    pub filters: Vec<Filter>,
    /// How a line becomes a verdict.
    pub reader: Reader,
    /// The two answers that are compared, where it is a pair.
    pub pair: Option<Pair>,
}

impl JudgmentFormat {
    /// Whether the judge's range must be looked up first: see [`observed`](super::observed).
    #[must_use]
    pub fn needs_range(&self) -> bool {
        self.reader.stretch == Stretch::Observed
    }
}

/// Who judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgeName {
    /// One judge, by name.
    Given(String),
    /// The judges' names stand in these fields, joined by `|` where there are several.
    Fields(Vec<String>),
}

impl JudgeName {
    pub(super) fn read(&self, record: &Record) -> Result<String, String> {
        match self {
            Self::Given(name) => Ok(name.clone()),
            Self::Fields(fields) => {
                let names: Result<Vec<String>, String> =
                    fields.iter().map(|field| word(record, field)).collect();
                Ok(names?.join("|"))
            }
        }
    }
}
