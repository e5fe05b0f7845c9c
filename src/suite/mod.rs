//! Suites of evenhand.toml, opened and run: what the `evenhand` command does, for any program.
//!
//! A [`Project`] is an `evenhand.toml` with its folders. It opens suites; a suite is run, and a run that ended
//! tells its numbers, its records and its folder. A suite is tuned the same way. Nothing here prints or reads the process: variables come in and
//! messages go out through an [`Environment`].

pub(crate) mod batch_export;
#[cfg(feature = "cli")]
pub(crate) mod bench;
pub(crate) mod cache;
pub(crate) mod calibrate;
pub(crate) mod calibrations;
mod cascades;
pub(crate) mod checked_file;
pub(crate) mod comparison;
pub(crate) mod config;
pub(crate) mod confirm;
#[cfg(feature = "cli")]
pub(crate) mod costs;
#[cfg(feature = "local")]
pub(crate) mod embedded;
pub(crate) mod environment;
pub(crate) mod estimate;
pub(crate) mod finished;
pub(crate) mod golden;
#[cfg(feature = "cli")]
pub(crate) mod import;
mod judge_models;
pub(crate) mod judges;
pub(crate) mod judgment;
pub(crate) mod jury;
mod keep_warm;
pub(crate) mod label;
pub(crate) mod labels;
pub(crate) mod loaded_models;
mod material;
pub(crate) mod missing;
pub(crate) mod model_config;
#[cfg(feature = "cli")]
pub(crate) mod next_steps;
mod one_judge;
pub(crate) mod open_judge;
mod own_settings;
pub(crate) mod parts;
pub(crate) mod probe;
pub(crate) mod project;
pub(crate) mod prospect;
#[cfg(feature = "cli")]
pub(crate) mod recommended;
pub(crate) mod repeats;
pub(crate) mod requests;
mod routes;
pub(crate) mod run;
mod run_tally;
pub(crate) mod runs;
pub(crate) mod say;
pub(crate) mod score;
pub(crate) mod scores;
pub(crate) mod seats;
#[cfg(feature = "cli")]
mod served_judge;
#[cfg(feature = "cli")]
pub(crate) mod served_judges;
#[cfg(feature = "cli")]
pub(crate) mod served_models;
pub(crate) mod shared;
pub(crate) mod shell;
pub(crate) mod signatures;
#[cfg(feature = "cli")]
pub(crate) mod stored_models;
pub(crate) mod subjects;
pub(crate) mod thresholds;
pub(crate) mod tune;
pub(crate) mod turns;
mod worker_share;

pub use self::calibrate::{CalibrateEnd, CalibrateOptions, Calibrated, CascadeCalibrated, CascadeEnd};
#[cfg(feature = "cli")]
pub(crate) use self::calibrate::{LabelGuesses, LabelPlanOptions};
pub use self::environment::Environment;
pub use self::golden::{CheckedSuite, LockedSuite};
pub use self::judgment::JudgeRequest;
pub use self::jury::JuryRequest;
pub use self::probe::{ProbeEvent, ProbeOptions, Probed};
pub use self::project::{Project, ProjectSuite};
pub use self::requests::Question;
pub use self::run::{CacheUse, GoldenWrites, Resume, Run, RunEvent, RunOptions, Spending};
pub use self::score::{ScoreEvent, ScoreOptions, ScoredRun};
pub use self::shell::Exit;
pub use self::tune::{ObjectiveName, OptimizerName, StoreThreshold, TuneEvent, TuneRequest, Tuned};
pub use crate::data::{DataFault, IdSet};
#[cfg(feature = "cli")]
pub(crate) use crate::judge::JuryRule;
pub(crate) use crate::stats::Promise;

// What the command names of the layers below.
pub(crate) use self::probe::Prober;
pub(crate) use crate::calibration::{LabelPlan, LabelsBy, Metric};
#[cfg(feature = "cli")]
pub(crate) use crate::document::schema_of;
pub(crate) use crate::eval::{Ended, InOrder, Outcome, Settled, Stop};
pub(crate) use crate::golden::{GateResult, GateVerdict};
pub(crate) use crate::judge::{AnswerLabels, AnswerOrders, Reading, Reason, StrategyChoice};
pub(crate) use crate::probe::ProbeName;
pub(crate) use crate::signature::SignatureFile;
pub(crate) use crate::store::Holdings;
pub(crate) use crate::subject::JoinFaults;
