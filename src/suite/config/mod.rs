//! `evenhand.toml`: which models there are, and which suites.

mod file;
mod headers;
mod inputs;
mod load;
mod outputs;
mod route_faults;
mod routes;
mod score_faults;
mod scores;

pub(crate) use self::file::{
    BudgetFile, CascadeTable, ConfigFile, GoldenFile, Inconclusive, JudgeTable, JuryTable, MemberTable,
    ModelFile, SuiteFile,
};
pub(crate) use self::headers::HeaderFile;
pub(crate) use self::load::{Config, Folders, Missing, load, load_or_default, usual_models_dir};
pub(crate) use self::outputs::{OutputsFrom, OutputsTable};
pub(crate) use self::routes::{RouteRuleTable, RouteTable};
pub(crate) use self::scores::{PeopleFile, RangeFile, ReadFile, ScoreFile};
