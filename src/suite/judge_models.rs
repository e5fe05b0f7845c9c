//! Which models a suite's judges ask, by which strategy, and how they are read: what the options say, else what the judges say,
//! else the suite.

use std::collections::BTreeMap;
use std::path::Path;

use super::config::{Config, OutputsTable};
use super::judges::Suite;
use super::model_config::ModelConfig;
use super::own_settings::AskedSeat;
use super::run::RunOptions;
use super::seats::Seat;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::RunHead;
use crate::judge::{Reading, StrategyChoice};

impl Suite {
    /// Has the judges ask by the models and routes that the options name, instead of what they say themselves.
    ///
    /// # Errors
    /// A route is named for a jury or a cascade, or has no rule for a judge.
    pub(crate) fn overridden(&mut self, options: &RunOptions, config: &Config) -> Result<()> {
        for seat in &mut self.judges {
            if let Some(model) = options.judge_models.get(&seat.name).or(options.model.as_ref()) {
                seat.ask(model, config)?;
            }
        }
        Ok(())
    }

    /// Has the judges ask as in a run that is over: a model or a route that was named stood in for their own.
    pub(crate) fn as_in(&mut self, head: &RunHead, config: &Config) -> Result<()> {
        for seat in &mut self.judges {
            let asked = head.routes.get(&seat.name).or(head.judges.get(&seat.name));
            if let Some(model) = asked {
                seat.ask(model, config)?;
            }
        }
        Ok(())
    }

    /// The routes of the judges by which they do not ask of themselves.
    pub(crate) fn named_routes(&self, config: &Config) -> BTreeMap<String, String> {
        let own = |seat: &Seat| seat.own_model(&self.file, config).map(str::to_owned);
        let routed = self.judges.iter().filter_map(|seat| Some((seat, seat.route_name()?)));
        routed
            .filter(|(seat, route)| own(seat).as_deref() != Some(route))
            .map(|(seat, route)| (seat.name.clone(), route.to_owned()))
            .collect()
    }

    /// Whether all its judges ask by this route.
    pub(crate) fn asks_by_route(&self, name: &str) -> bool {
        self.judges.iter().all(|seat| seat.route_name() == Some(name))
    }

    /// Takes the models, the outputs and the strategy that the options name instead of what the suite says.
    pub(crate) fn change(&mut self, options: &RunOptions, config: &Config) -> Result<()> {
        self.overridden(options, config)?;
        if let Some(file) = &options.outputs {
            self.judge_file(file);
        }
        if options.uncalibrated {
            self.go_by_own_thresholds();
        }
        if let Some(strategy) = &options.strategy {
            self.ask_by(strategy);
        }
        Ok(())
    }

    /// Asks all judges by this strategy, whatever the suite and they themselves say.
    pub(crate) fn ask_by(&mut self, strategy: &StrategyChoice) {
        self.file.strategy = strategy.clone();
        for seat in &mut self.judges {
            seat.forget_strategy();
        }
    }

    /// Judges the outputs of this file instead of what the suite says; they become the same field.
    pub(crate) fn judge_file(&mut self, file: &Path) {
        let into = self.file.outputs.take().and_then(|outputs| outputs.into);
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        self.file.outputs = Some(OutputsTable { file: Some(file), into, ..OutputsTable::default() });
    }

    /// The model of each judge, in their order: as the options say, else as the judge says, else as the suite.
    ///
    /// # Errors
    /// There is no such model; or the options name a model for a judge that the suite has not.
    pub(crate) fn models(&self, options: &RunOptions, config: &Config) -> Result<Vec<ModelConfig>> {
        let routed = self.judges.iter().filter(|seat| seat.is_routed()).map(|seat| seat.name.as_str());
        let names: Vec<&str> = self.judge_names().chain(routed).collect();
        if let Some(unknown) = options.judge_models.keys().find(|judge| !names.contains(&judge.as_str())) {
            let detail = format!("suite {} has no judge `{unknown}`", self.name);
            return Err(
                Error::new(ErrorKind::Usage, detail).help(format!("its judges: {}", names.join(", ")))
            );
        }
        let model = |seat: AskedSeat<'_>| {
            // Where a route is named for all, those among whom its rules choose have models of their own.
            let for_all = options.model.as_ref().filter(|model| !config.file.routes.contains_key(*model));
            let wished = options.judge_models.get(seat.name).or(for_all);
            let model = wished.or(seat.own.model.as_ref()).or(self.file.model.as_ref());
            ModelConfig::new(model.map(String::as_str), config)
        };
        self.asked().map(model).collect()
    }

    /// The model of the judge that it is about where it can only be one.
    ///
    /// # Errors
    /// There is no such model, or a route chooses among several.
    pub(crate) fn first_model(&self, options: &RunOptions, config: &Config) -> Result<ModelConfig> {
        let is_route = |model: &String| config.file.routes.contains_key(model);
        let is_routed = || self.judges.iter().any(Seat::is_routed);
        if options.model.as_ref().map_or_else(is_routed, is_route) {
            let detail = format!("a route chooses the models of suite {}, and one is needed here", self.name);
            return Err(Error::new(ErrorKind::Usage, detail).help("name it: --model ROLE, or PROVIDER/NAME"));
        }
        let suites = || {
            ModelConfig::new(options.model.as_ref().or(self.file.model.as_ref()).map(String::as_str), config)
        };
        self.models(options, config)?.into_iter().next().map_or_else(suites, Ok)
    }

    /// The temperature that a judge says for itself, or else its model.
    pub(crate) fn temperature(&self, judge: usize, model_config: &ModelConfig) -> Option<f64> {
        let own = self.asked().nth(judge).and_then(|seat| seat.own.temperature);
        own.or(model_config.file.temperature)
    }

    /// How the verdicts of a judge are read, by its place: as is wished, else as the judge says, else as the suite;
    /// `None` where nobody says.
    pub(crate) fn reading(&self, judge: usize, wished: Option<Reading>) -> Option<Reading> {
        let own = || self.asked().nth(judge).and_then(|seat| seat.own.reading);
        wished.or_else(own).or(self.file.reading)
    }
}
