//! `evenhand.toml`: which models there are, and which suites.

mod budget;
mod file;
mod golden;
mod headers;
mod inputs;
mod judge;
mod load;
mod model;
mod outputs;
mod probes;
mod route_faults;
mod routes;
mod score_faults;
mod scores;
mod suite;
mod suite_faults;

pub(crate) use self::budget::BudgetFile;
pub(crate) use self::file::ConfigFile;
pub(crate) use self::golden::{GoldenFile, Inconclusive};
pub(crate) use self::headers::HeaderFile;
pub(crate) use self::judge::{CascadeTable, JudgeTable, JuryTable, MemberTable};
pub(crate) use self::load::{Config, Folders, Missing, load, load_or_default, parse, usual_models_dir};
pub(crate) use self::model::ModelFile;
pub(crate) use self::outputs::{OutputsFrom, OutputsTable};
pub(crate) use self::routes::{RouteRuleTable, RouteTable};
pub(crate) use self::scores::{PeopleFile, RangeFile, ReadFile, ScoreFile};
pub(crate) use self::suite::{RankingTable, SuiteFile};
