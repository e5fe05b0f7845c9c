//! The command line of `evenhand bench`.

use std::path::PathBuf;

use clap::Args;

use super::cost_args::amount;
use super::help_texts::{
    DRY_RUN, HTML, JSON, KWH_PRICE, MACHINE_PRICE, MACHINE_YEARS, MARKDOWN, OUTPUTS, READING, REPORTS, SEED,
    WATTS,
};
use super::judging_args::{BudgetArgs, SelectionArgs, spending};
use crate::error::{Error, ErrorKind, Result};
use crate::number::rounded;
use crate::suite::bench::{BenchRequest, Limits, MachinePrice, Varied, Volume};
use crate::suite::{Reading, Stop, StrategyChoice};

#[derive(Clone, Debug, Args)]
pub(super) struct BenchArgs {
    /// The suite whose records and labels the models are measured on. Or `compare` and two benches, the old one and
    /// the new one: a folder, a name, last, or last~1 for the one before.
    #[arg(value_name = "SUITE | compare OLD NEW", num_args = 0..=3)]
    pub(super) what: Vec<String>,
    /// The models, separated by commas: roles of evenhand.toml, or PROVIDER/NAME.
    #[arg(long, value_name = "MODEL,MODEL", value_delimiter = ',')]
    models: Vec<String>,
    /// The strategies, separated by commas. By default the suite's own.
    #[arg(long, value_name = "NAME[:OPTION=VALUE],...")]
    strategies: Vec<String>,
    /// An option of the models, measured with each of these values. May be given several times.
    #[arg(long, value_name = "KEY=VALUE,VALUE")]
    vary: Vec<Varied>,
    #[arg(long, value_enum, help = READING)]
    reading: Option<Reading>,
    #[arg(long, value_name = "FILE", help = OUTPUTS)]
    outputs: Option<PathBuf>,
    /// Judge each record K times. Each combination of model, strategy and options does so.
    #[arg(long, value_name = "K", default_value = "3", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeats: u32,
    /// Before each block of measurements, judge N records that are not counted.
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(0..=100))]
    warm_up: u32,
    /// After each block of measurements, ask for N answers of at most 20 tokens.
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u32).range(0..=100))]
    short_answers: u32,
    /// Also measure the throughput with N records at the same time, for each of these N: 1,2,4,8.
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = at_once)]
    at_once: Vec<usize>,
    #[arg(long, value_name = "N", default_value = "1", help = SEED)]
    seed: u64,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    budget: BudgetArgs,
    #[arg(long, conflicts_with_all = ["resume", "from", "import"], help = DRY_RUN)]
    pub(super) dry_run: bool,
    /// Continue the suite's last bench where it stopped.
    #[arg(long)]
    resume: bool,
    /// Ask no model: report an earlier bench: its folder, its name, or last.
    #[arg(long, value_name = "BENCH", conflicts_with_all = ["models", "resume", "strategies", "vary"])]
    pub(super) from: Option<String>,
    /// Ask no model: report measurements side by side. They are benches of evenhand (a folder, or its calls.jsonl),
    /// results of `vllm bench serve --save-result`, or of `llama-bench -o json` or `-o jsonl`.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["what", "models", "resume", "strategies", "vary", "from"])]
    pub(super) import: Vec<PathBuf>,
    /// Show every model's verdict on this record, by its id, besides the records on which the models differ most. May
    /// be given several times.
    #[arg(long, value_name = "RECORD")]
    pub(super) show: Vec<String>,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) limits: LimitArgs,
    #[command(flatten)]
    pub(super) cost: VolumeArgs,
    #[command(flatten)]
    pub(super) files: BenchFiles,
}

/// What a model must reach.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits: exit code 1 if no model keeps them")]
pub(super) struct LimitArgs {
    /// The longest time in which 95 of 100 records may be judged: 200ms, 1.5s.
    #[arg(long, value_name = "TIME", value_parser = time)]
    max_p95: Option<f64>,
    /// The lowest agreement with the labels, as κ.
    #[arg(long, value_name = "K")]
    min_kappa: Option<f64>,
    /// The highest cost of 100,000 records, in US dollars.
    #[arg(long, value_name = "USD", value_parser = amount)]
    max_cost_per_100k: Option<f64>,
}

/// How costs are reckoned.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cost")]
pub(super) struct VolumeArgs {
    /// Records per day, for the cost of a month and a year.
    #[arg(long, value_name = "N", value_parser = amount, default_value = "1000")]
    records_a_day: f64,
    #[arg(long, value_name = "W", value_parser = amount, requires = "kwh_price", help = WATTS)]
    watts: Option<f64>,
    #[arg(long, value_name = "USD", value_parser = amount, requires = "watts", help = KWH_PRICE)]
    kwh_price: Option<f64>,
    #[arg(long, value_name = "USD", value_parser = amount, requires = "watts", default_value = "0", help = MACHINE_PRICE)]
    machine_price: f64,
    #[arg(long, value_name = "N", value_parser = amount, requires = "watts", default_value = "3", help = MACHINE_YEARS)]
    machine_years: f64,
}

/// What is written of a bench, and where to.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = REPORTS)]
pub(super) struct BenchFiles {
    #[arg(long, value_name = "FILE", help = HTML)]
    pub(super) html: Option<PathBuf>,
    #[arg(long, value_name = "FILE", help = MARKDOWN)]
    pub(super) markdown: Option<PathBuf>,
    /// Write the report as CSV: one row per combination of model, strategy and options.
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,
    /// Write the report as JSON. `evenhand schema bench` prints its schema.
    #[arg(long, value_name = "FILE")]
    pub(super) json_report: Option<PathBuf>,
}

impl BenchArgs {
    /// The suite that is measured.
    pub(super) fn suite(&self) -> Result<&str> {
        let [suite] = self.what.as_slice() else {
            let help = "evenhand bench SUITE --models A,B, or evenhand bench compare OLD NEW";
            return Err(Error::new(ErrorKind::Usage, "name one suite, or two benches to compare").help(help));
        };
        Ok(suite)
    }

    pub(super) fn request(&self) -> Result<BenchRequest> {
        Ok(BenchRequest {
            models: self.models.clone(),
            strategies: self.strategies()?,
            vary: self.vary.clone(),
            rounds: self.repeats,
            warm_up: self.warm_up,
            fixed: self.short_answers,
            at_once: self.at_once.clone(),
            seed: self.seed,
            reading: self.reading,
            outputs: self.outputs.clone(),
            limit: self.selection.limit,
            filters: self.selection.filter.clone(),
            budget: spending(self.budget),
            resume: self.resume,
            stop: Stop::default(),
        })
    }

    fn strategies(&self) -> Result<Vec<StrategyChoice>> {
        let lists = self.strategies.iter().map(|text| StrategyChoice::list(text));
        Ok(lists.collect::<Result<Vec<Vec<StrategyChoice>>>>()?.concat())
    }

    pub(super) fn limits(&self) -> Limits {
        let LimitArgs { max_p95, min_kappa, max_cost_per_100k } = self.limits;
        Limits { max_p95_ms: max_p95, min_kappa, max_cost_per_100k }
    }

    pub(super) fn volume(&self) -> Volume {
        let VolumeArgs { records_a_day, watts, kwh_price, machine_price, machine_years } = self.cost;
        let machine = watts.zip(kwh_price).map(|(watts, usd_per_kwh)| MachinePrice {
            watts,
            usd_per_kwh,
            purchase_usd: machine_price,
            years: machine_years,
        });
        Volume { records_a_day, machine }
    }
}

fn at_once(text: &str) -> std::result::Result<usize, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|number| (1..=1024).contains(number))
        .ok_or_else(|| "it is a number from 1 to 1024".to_owned())
}

/// A time in milliseconds: 200ms, 1.5s, 4m.
pub(super) fn time(text: &str) -> std::result::Result<f64, String> {
    let text = text.trim();
    let units = [("ms", 1.0), ("s", 1e3), ("m", 6e4), ("h", 3.6e6)];
    let found = units.into_iter().find_map(|(unit, times)| Some((text.strip_suffix(unit)?, times)));
    let (digits, times) = found.unwrap_or(("", 1.0));
    match digits.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number * times),
        _ => Err("it is a time with its unit: 200ms, 1.5s, 4m".to_owned()),
    }
}

/// A size in bytes: 8GB, 512MB, 1.5GiB.
pub(super) fn bytes(text: &str) -> std::result::Result<u64, String> {
    let text = text.trim();
    let units = [("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("GB", 1e9), ("MB", 1e6)];
    let found = units.into_iter().find_map(|(unit, times)| Some((text.strip_suffix(unit)?, times)));
    let (digits, times) = found.unwrap_or(("", 1.0));
    match digits.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(rounded(number * times)),
        _ => Err("it is a size with its unit: 8GB, 512MB, 1.5GiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, time};

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(
            ["8GB", "1.5GiB", "512 MB"].map(bytes),
            [Ok(8_000_000_000), Ok(1_610_612_736), Ok(512_000_000)]
        );
        for text in ["8", "GB", "-1GB", "8 TB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_have_a_unit() {
        for (text, ms) in [("200ms", 200.0), ("1.5s", 1500.0), ("2 s", 2000.0), ("4m", 240_000.0)] {
            assert_eq!(time(text), Ok(ms));
        }
        for text in ["200", "s", "-1s", "0ms", "soon"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
