//! What is judged. It comes from somewhere, and changes at every run: a field
//! of the record itself, or a file of outputs joined to the dataset by id.

mod outputs;

pub use self::outputs::{JoinFaults, OutputsFile, OutputsLayout};

use serde_json::Value;

use crate::data::Record;

/// Where the judged output of a record comes from.
#[derive(Clone, Debug, Default)]
pub enum Subject {
    /// The record's own fields hold it.
    #[default]
    Record,
    /// A file holds it, by the record's id.
    File(OutputsFile),
}

impl Subject {
    /// Puts the record's output into its fields.
    ///
    /// # Errors
    /// There is no output for this record: then nothing can be judged.
    pub fn join(&mut self, record: &mut Record) -> Result<(), String> {
        match self {
            Self::Record => Ok(()),
            Self::File(outputs) => {
                let output: Value = outputs.take(&record.id)?;
                record.fields.insert(outputs.record_field().to_owned(), output);
                Ok(())
            }
        }
    }

    /// What did not fit, once every record has been joined.
    #[must_use]
    pub fn faults(&self) -> JoinFaults {
        match self {
            Self::Record => JoinFaults::default(),
            Self::File(outputs) => outputs.faults(),
        }
    }
}
