//! What is judged. It comes from somewhere, and changes at every run: a field
//! of the record itself, files joined to the dataset by id, or what a command
//! or a model says now.

mod answered;
mod command;
mod outputs;
mod process;
mod production;
mod prompted;
mod strategy;
mod template;

pub(crate) use self::answered::ModelSubject;
pub(crate) use self::command::{CommandOptions, CommandSubject, OutputFormat, Stdin};
pub(crate) use self::outputs::{JoinFaults, OutputFiles, OutputsFile, OutputsLayout};
pub(crate) use self::production::{OutputCache, Production, Shelf, Trace};
pub(crate) use self::prompted::PromptSubject;

pub(crate) use self::strategy::{OutputStrategy, by_name_or_table};

use std::ops::RangeInclusive;

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
    /// A file of its own holds it.
    Files(OutputFiles),
    /// It is produced when its turn comes, and becomes the record's field `into`.
    Produced {
        /// What produces it.
        producer: Producer,
        /// The record's field.
        into: String,
    },
}

/// What produces outputs. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Producer {
    /// A command, run once for each record.
    Command(CommandSubject),
    /// A model with a signature.
    Model(ModelSubject),
    /// A model that is asked each record's own prompt.
    Prompt(PromptSubject),
}

impl Producer {
    /// Produces the output for a record, anew for each `repeat`, from 0. A failure is data, never an error.
    pub async fn produce(&self, record: &Record, repeat: u32) -> Production {
        match self {
            Self::Command(command) => command.produce(record, repeat).await,
            Self::Model(model) => model.produce(record, repeat).await,
            Self::Prompt(model) => model.produce(record, repeat).await,
        }
    }

    /// What is wrong with a record, before anything is run for it.
    ///
    /// # Errors
    /// It lacks a field.
    pub fn check(&self, record: &Record) -> Result<(), String> {
        match self {
            Self::Command(command) => command.check(record),
            Self::Model(model) => model.check(record),
            Self::Prompt(model) => model.check(record),
        }
    }

    /// How many calls of a model an output takes at least and at most; none where a command produces it.
    #[must_use]
    pub fn calls(&self) -> RangeInclusive<u64> {
        match self {
            Self::Command(_) => 0..=0,
            Self::Model(model) => model.calls(),
            Self::Prompt(_) => 1..=1,
        }
    }

    /// A hash of everything but the record that decides an output, 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        match self {
            Self::Command(command) => command.fingerprint(),
            Self::Model(model) => model.fingerprint(),
            Self::Prompt(model) => model.fingerprint(),
        }
    }
}

impl Subject {
    /// Puts the record's output into its fields, where it is there already.
    /// For one that is still to be produced, the record is only checked.
    ///
    /// # Errors
    /// There is no output for this record: then nothing can be judged.
    pub fn join(&mut self, record: &mut Record) -> Result<(), String> {
        let (into, output): (&str, Value) = match self {
            Self::Record | Self::Produced { .. } => return Ok(()),
            Self::File(outputs) => {
                let output = outputs.take(&record.id)?;
                (outputs.record_field(), output)
            }
            Self::Files(files) => {
                let output = files.read(record)?;
                (files.record_field(), output)
            }
        };
        record.fields.insert(into.to_owned(), output);
        Ok(())
    }

    /// What did not fit, once every record has been joined.
    #[must_use]
    pub fn faults(&self) -> JoinFaults {
        match self {
            Self::Record | Self::Produced { .. } => JoinFaults::default(),
            Self::File(outputs) => outputs.faults(),
            Self::Files(files) => files.faults(),
        }
    }
}
