//! Benches: models, strategies and options measured side by side on a suite's records, in blocks in random order.

mod block;
mod cells;
mod folder;
mod forecast;
mod import;
pub(super) mod machine;
mod measured;
mod order;
mod ready;
mod request;
mod setup;
mod vary;
mod work;

pub(super) use self::folder::folders;
pub(crate) use self::folder::named;
pub(crate) use self::forecast::{BenchForecast, bench_forecast};
pub(crate) use self::import::imported;
pub(super) use self::measured::measured_cells;
pub(crate) use self::request::{BenchEvent, BenchRequest};
pub(crate) use self::vary::Varied;
pub(crate) use self::work::{BenchEnd, Work, figures};
pub(crate) use crate::bench::{Bench, Limits, MachinePrice, Volume, compare};
