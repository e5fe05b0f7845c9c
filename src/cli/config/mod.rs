//! `karat.toml`: which models there are, and which suites.

mod file;
mod load;

pub(super) use self::file::{BudgetFile, ConfigFile, ModelFile, StructuredFile, SuiteFile};
pub(super) use self::load::{Config, PROVIDERS, load, load_or_default};
