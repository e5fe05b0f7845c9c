//! The command line of `evenhand serve`.

use clap::Args;

use super::help_texts::{MODEL, NO_CACHE, NO_CALIBRATION, PORT, READING};
use super::judging_args::BudgetArgs;
use crate::suite::Reading;

#[derive(Clone, Debug, Args)]
pub(super) struct ServeArgs {
    /// The suites whose judges answer, by name. By default all of them.
    pub(super) suites: Vec<String>,
    #[arg(long, value_name = "PORT", default_value_t = 8080, help = PORT)]
    pub(super) port: u16,
    /// The address to listen on. Any but this machine's own needs a key.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) host: String,
    /// The environment variable with the key that requests have to bring.
    #[arg(long, value_name = "NAME")]
    pub(super) key_env: Option<String>,
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL", help = MODEL, hide_env_values = true)]
    pub(super) model: Option<String>,
    #[arg(long, value_enum, help = READING)]
    pub(super) reading: Option<Reading>,
    #[arg(long, help = NO_CALIBRATION)]
    pub(super) no_calibration: bool,
    #[arg(long, help = NO_CACHE)]
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
