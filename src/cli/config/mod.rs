//! `evenhand.toml`: which models there are, and which suites.

mod file;
mod golden;
mod headers;
mod load;
mod outputs;
mod score_faults;
mod scores;

pub(super) use self::file::{BudgetFile, ConfigFile, JudgeTable, ModelFile, StructuredFile, SuiteFile};
pub(super) use self::golden::{GoldenFile, Inconclusive};
pub(super) use self::headers::HeaderFile;
pub(super) use self::load::{Config, Missing, PROVIDERS, load, load_or_default, usual_models_dir};
pub(super) use self::outputs::{OutputsFrom, OutputsTable};
pub(super) use self::scores::{PeopleFile, RangeFile, ReadFile, ScoreFile};
