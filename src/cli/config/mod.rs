//! `karat.toml`: which models there are, and which suites.

mod file;
mod load;
mod outputs;

pub(super) use self::file::{ConfigFile, JudgeTable, ModelFile, StructuredFile, SuiteFile};
pub(super) use self::load::{Config, PROVIDERS, load, load_or_default};
pub(super) use self::outputs::{OutputsFrom, OutputsTable};
