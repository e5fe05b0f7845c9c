//! The command line of `evenhand serve`.

use clap::Args;

use super::judging_args::BudgetArgs;
use crate::suite::Reading;

#[derive(Clone, Debug, Args)]
pub(super) struct ServeArgs {
    /// The suites whose judges answer, by name; all of them by default.
    pub(super) suites: Vec<String>,
    /// The port; 0 for a free one.
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub(super) port: u16,
    /// The address to listen on. Any but this machine's own needs a key.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) host: String,
    /// The environment variable with the key that requests have to bring.
    #[arg(long, value_name = "NAME")]
    pub(super) key_env: Option<String>,
    /// The model that judges: a role of evenhand.toml, or PROVIDER/NAME.
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL")]
    pub(super) model: Option<String>,
    /// How verdicts are read: weighted, sampled or text.
    #[arg(long, value_enum)]
    pub(super) reading: Option<Reading>,
    /// Leave probabilities as the judge gives them.
    #[arg(long)]
    pub(super) no_calibration: bool,
    /// Neither take replies from the cache nor keep them in it.
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Answer at most N requests at the same time. Further ones are refused with 429.
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) at_once: u16,
    /// Answer within this many seconds, or with 504.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) timeout: u64,
    /// Take bodies of at most this many kilobytes.
    #[arg(long, value_name = "KB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_body: u32,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
}
