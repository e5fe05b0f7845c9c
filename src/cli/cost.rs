//! `evenhand cost`: what work costs, by prices or by a machine of one's own. No model is asked.

use serde_json::json;

use super::args::Global;
use super::cost_args::{CostArgs, MachineArgs};
use super::{print, print_report};
use crate::error::{Error, ErrorKind, Result};
use crate::report::cost_text;
use crate::suite::Exit;
use crate::suite::config::load_or_default;
use crate::suite::costs::{Cost, Machine, Tariff, Workload, by_price, tariff};

/// The seconds of a day.
const DAY: f64 = 86_400.0;

pub(super) fn cost(global: &Global, args: &CostArgs) -> Result<Exit> {
    let work = args.work()?;
    let mut costs = Vec::new();
    if let Some((input, output)) = args.input_price.zip(args.output_price) {
        costs.push(Cost::new("", &work, by_price(input, output)));
    }
    if !args.model.is_empty() {
        let config = load_or_default(&global.folders())?;
        for name in &args.model {
            costs.push(Cost::new(name.as_str(), &work, tariff(name, &config)?));
        }
    }
    costs.extend(args.machine.of(&work)?.map(|machine| Cost::new("this machine", &work, machine)));
    if costs.is_empty() {
        let help = "give --input-price and --output-price, or --model for the prices of evenhand.toml, or --watts, \
                    --kwh-price and --seconds for a machine of your own";
        return Err(Error::new(ErrorKind::Usage, "there is no price to reckon with").help(help));
    }
    let several = costs.len() > 1;
    for cost in costs.iter_mut().filter(|cost| several && cost.who.is_empty()) {
        "the given price".clone_into(&mut cost.who);
    }
    if args.json {
        print(&format!("{}\n", json!({"work": work, "costs": costs})))?;
    } else {
        print_report(&cost_text(&work, &costs))?;
    }
    Ok(Exit::Success)
}

impl CostArgs {
    fn work(&self) -> Result<Workload> {
        if let Some((input, output)) = self.input_tokens_a_day.zip(self.output_tokens_a_day) {
            let calls_a_day = self.calls_a_day;
            return Ok(Workload { calls_a_day, input_tokens_a_day: input, output_tokens_a_day: output });
        }
        let of_call = self.input_tokens.zip(self.output_tokens);
        if let (Some(calls), Some((input, output))) = (self.calls_a_day, of_call) {
            return Ok(Workload::of_calls(calls, input, output));
        }
        let help = "give --input-tokens-a-day and --output-tokens-a-day; or --calls-a-day with --input-tokens and \
                    --output-tokens of a call. The summary of `evenhand run` shows the tokens of a suite";
        Err(Error::new(ErrorKind::Usage, "it is not said how much work there is").help(help))
    }
}

impl MachineArgs {
    fn of(&self, work: &Workload) -> Result<Option<Tariff>> {
        let (Some(watts), Some(usd_per_kwh), Some(seconds)) = (self.watts, self.kwh_price, self.seconds)
        else {
            return Ok(None);
        };
        let seconds_a_day = seconds * work.calls_a_day.unwrap_or(0.0);
        if seconds_a_day > DAY {
            let machines = (seconds_a_day / DAY).ceil();
            let detail = format!(
                "the calls of a day take {:.1} hours, and one machine has 24: {machines} machines are needed",
                seconds_a_day / 3600.0
            );
            let help = format!("give --calls-a-day for one of {machines} machines, or fewer --seconds");
            return Err(Error::new(ErrorKind::Usage, detail).help(help));
        }
        let (purchase_usd, years) = (self.machine_price, self.machine_years);
        if purchase_usd > 0.0 && years <= 0.0 {
            return Err(Error::new(ErrorKind::Usage, "a machine lasts longer than 0 years")
                .help("give --machine-years"));
        }
        Ok(Some(Tariff::Machine(Machine { watts, usd_per_kwh, seconds_a_day, purchase_usd, years })))
    }
}
