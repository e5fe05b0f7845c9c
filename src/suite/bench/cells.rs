//! The cells of a bench: every model with every strategy and every combination of options.

use serde_json::Value;

use super::request::BenchRequest;
use super::vary::Varied;
use crate::bench::CellMeta;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::StrategyChoice;
use crate::suite::config::{Config, ModelFile};
use crate::suite::judges::Suite;
use crate::suite::loaded_models::NamedModels;
use crate::suite::model_config::ModelConfig;
use crate::suite::run::{CacheUse, RunOptions};
use crate::suite::shared;

/// A model with a strategy and options.
pub(super) struct Cell {
    pub(super) meta: CellMeta,
    /// The project, with the model under the cell's own name.
    pub(super) config: Config,
    pub(super) suite: Suite,
    pub(super) options: RunOptions,
    pub(super) models: NamedModels,
}

/// All cells, by models, then strategies, then options.
pub(super) fn cells(suite: &str, config: &Config, request: &BenchRequest) -> Result<Vec<Cell>> {
    let strategies: Vec<Option<&StrategyChoice>> = if request.strategies.is_empty() {
        vec![None]
    } else {
        request.strategies.iter().map(Some).collect()
    };
    let mut cells: Vec<Cell> = Vec::new();
    for model in &request.models {
        for strategy in &strategies {
            for options in Varied::combinations(&request.vary) {
                let cell = Cell::new(suite, config, request, model, *strategy, &options)?;
                if cells.iter().any(|known| known.meta.name == cell.meta.name) {
                    let detail = format!("{} is named twice", cell.meta.name);
                    return Err(
                        Error::new(ErrorKind::Usage, detail).help("name each model and strategy once")
                    );
                }
                cells.push(cell);
            }
        }
    }
    Ok(cells)
}

/// The cells that need the same models loaded, by their places.
pub(super) fn loads(cells: &[Cell]) -> Vec<Vec<usize>> {
    let mut loads: Vec<Vec<usize>> = Vec::new();
    for (place, cell) in cells.iter().enumerate() {
        let same = |load: &&mut Vec<usize>| {
            load.first().and_then(|first| cells.get(*first)).is_some_and(|first| first.models == cell.models)
        };
        match loads.iter_mut().find(same) {
            Some(load) => load.push(place),
            None => loads.push(vec![place]),
        }
    }
    loads
}

impl Cell {
    fn new(
        suite: &str,
        config: &Config,
        request: &BenchRequest,
        model: &str,
        strategy: Option<&StrategyChoice>,
        varied: &[(&Varied, &Value)],
    ) -> Result<Self> {
        let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let mut names = vec![model.to_owned()];
        names.extend(strategy.filter(|_| request.strategies.len() > 1).map(ToString::to_string));
        names.extend(varied.iter().map(|(option, value)| format!("{}={}", option.key, words(value))));
        let name = names.join(" ");
        let mut file = ModelConfig::new(Some(model), config)?.file;
        for (option, value) in varied {
            option.over(&mut file, value)?;
        }
        let config = with_role(config, &name, file);
        let options = RunOptions {
            model: Some(name.clone()),
            reading: request.reading,
            strategy: strategy.cloned(),
            outputs: request.outputs.clone(),
            cache: CacheUse::Ignore,
            repeats: Some(1),
            explain: Some(0),
            uncalibrated: true,
            ..RunOptions::default()
        };
        let mut suite = Suite::open(suite, &config)?;
        suite.change(&options, &config)?;
        let models = NamedModels::of(&suite, &config, &options)?;
        let own = ModelConfig::new(Some(&name), &config)?;
        let meta = CellMeta {
            model: model.to_owned(),
            full_name: own.full_name(),
            strategy: suite.file.strategy.to_string(),
            vary: varied.iter().map(|(option, value)| (option.key.clone(), (*value).clone())).collect(),
            price: own.budget_price().map(|price| [price.input_per_million, price.output_per_million]),
            is_here: own.is_here(),
            name,
        };
        Ok(Self { meta, config, suite, options, models })
    }

    /// A model without a price cannot be held to a limit on money.
    pub(super) fn check_price(&self, budget: Option<&crate::model::Budget>) -> Result<()> {
        let mut models = self.models.all();
        models.try_for_each(|model_config| shared::check_price(model_config, self.suite.file.budget, budget))
    }
}

/// The project with one more role.
fn with_role(config: &Config, name: &str, file: ModelFile) -> Config {
    let mut config = config.clone();
    config.file.models.insert(name.to_owned(), file);
    config
}
