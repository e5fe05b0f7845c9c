//! Two sides that are compared: runs, or scores that are locked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::comparison::{BaselineComparison, Changed, Comparison, Plain, Side, against_baseline, compare};
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, RunHead};
use crate::golden::{Locked, Watch, store};
use crate::model::Price;
use crate::suite::config::Config;
use crate::suite::golden::standing::plain as plain_value;
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::runs;

/// Two runs that are there, by their names; `last` is of a suite, or of any.
pub(crate) fn named(config: &Config, suite: Option<&str>, [old, new]: [&str; 2]) -> Result<[Comparable; 2]> {
    let named = |name| Comparable::named(config, suite, name);
    Ok([named(old)?, named(new)?])
}

/// The comparison of two sides.
pub(crate) fn comparison(config: &Config, old: &Comparable, new: &Comparable) -> Result<Comparison> {
    let clusters = clusters(config, new.suite())?;
    Ok(compare(&old.side(config)?, &new.side(config)?.clustered(&clusters), old.changed(new)))
}

/// The comparison of several sides, each with the first.
pub(crate) fn with_the_first(config: &Config, sides: &[Comparable]) -> Result<BaselineComparison> {
    let [baseline, others @ ..] = sides else {
        return Err(Error::new(ErrorKind::Internal, "nothing is compared"));
    };
    let clusters = clusters(config, baseline.suite())?;
    let sides = others.iter().map(|other| Ok(other.side(config)?.clustered(&clusters)));
    Ok(against_baseline(&baseline.side(config)?, &sides.collect::<Result<Vec<Side>>>()?))
}

/// By record, the source that it shares with others, where the suite is there and names the field.
fn clusters(config: &Config, suite: &str) -> Result<BTreeMap<String, String>> {
    let Some(field) = config.file.suites.get(suite).and_then(|suite| suite.golden.cluster.clone()) else {
        return Ok(BTreeMap::new());
    };
    let source = |record: Record| Some((record.id.clone(), plain_value(record.given(&field)?)));
    let records = Suite::open(suite, config)?.dataset(config)?;
    Ok(records.filter_map(Result::ok).filter_map(source).collect())
}

/// A run, or an entry of a golden file.
pub(crate) struct Comparable {
    name: String,
    of: Of,
}

enum Of {
    Run { folder: PathBuf, head: RunHead },
    Golden { suite: String, model: String, watch: Watch, records: Vec<Locked> },
}

impl Comparable {
    /// A run by its folder.
    pub(crate) fn run(name: &str, folder: PathBuf) -> Result<Self> {
        let head = Journal::head(&folder).map_err(|error| {
            error.help("name a run's folder, one of .evenhand/runs, `last`, or `last~1` for the one before")
        })?;
        Ok(Self { name: name.to_owned(), of: Of::Run { folder, head } })
    }

    /// What a name means: a run, or `FILE.json` or `FILE.json:MODEL` of a golden file.
    pub(crate) fn named(config: &Config, suite: Option<&str>, name: &str) -> Result<Self> {
        match golden_file(name) {
            Some((path, model)) => Self::golden(name, &path, model),
            None => Self::run(name, runs::recent(config, suite, name)?),
        }
    }

    fn golden(name: &str, path: &Path, model: Option<&str>) -> Result<Self> {
        let mut golden = store::read(path)?.ok_or_else(|| {
            Error::new(ErrorKind::Golden, format!("there is no golden file {}", path.display()))
                .help("`evenhand golden lock SUITE` makes one")
        })?;
        let models: Vec<String> = golden.models.keys().cloned().collect();
        let unclear = |problem: &str| {
            let names: Vec<String> =
                models.iter().map(|model| format!("{}:{model}", path.display())).collect();
            Error::new(ErrorKind::Golden, format!("{} {problem}", path.display()))
                .help(format!("name one of {}", names.join(", ")))
        };
        let model = match (model, models.as_slice()) {
            (Some(model), _) => model.to_owned(),
            (None, [only]) => only.clone(),
            (None, several) => return Err(unclear(&format!("has the scores of {} models", several.len()))),
        };
        let Some(entry) = golden.models.remove(&model) else {
            return Err(unclear(&format!("has no scores of {model}")));
        };
        let of = Of::Golden { suite: golden.suite, model, watch: golden.watch, records: entry.records };
        Ok(Self { name: name.to_owned(), of })
    }

    /// The suite.
    pub(crate) fn suite(&self) -> &str {
        match &self.of {
            Of::Run { head, .. } => &head.suite,
            Of::Golden { suite, .. } => suite,
        }
    }

    /// Its folder, where it is a run.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match &self.of {
            Of::Run { folder, .. } => Some(folder),
            Of::Golden { .. } => None,
        }
    }

    fn model(&self) -> &str {
        match &self.of {
            Of::Run { head, .. } => &head.model,
            Of::Golden { model, .. } => model,
        }
    }

    /// Its records.
    pub(crate) fn side(&self, config: &Config) -> Result<Side> {
        let mut side = Side::new(&self.name, self.model(), self.price(config)).priced(self.prices(config));
        match &self.of {
            Of::Run { folder, .. } => Journal::each(folder, |outcome| side.add(&outcome))?,
            Of::Golden { records, .. } => {
                for record in records {
                    side.add_plain(plain(record));
                }
            }
        }
        if side.records() == 0 {
            let detail = format!("there are no records in {}", self.name);
            return Err(Error::new(ErrorKind::Journal, detail));
        }
        Ok(side)
    }

    /// The price of the model: of the role it was named by, or of the one that means it.
    fn price(&self, config: &Config) -> Option<Price> {
        let models = &config.file.models;
        let named = models.contains_key(&self.name).then_some(self.name.as_str());
        let same =
            || models.iter().find(|(_, file)| file.model == self.model()).map(|(role, _)| role.as_str());
        ModelConfig::new(Some(named.or_else(same)?), config).ok()?.price()
    }

    /// The price of each model, where the judges of a run asked several.
    fn prices(&self, config: &Config) -> BTreeMap<String, Price> {
        let Of::Run { head, .. } = &self.of else { return BTreeMap::new() };
        let price = |model: &String| {
            let role = config.file.models.iter().find(|(_, file)| file.model == *model).map(|(role, _)| role);
            ModelConfig::new(Some(role.unwrap_or(model)), config).ok()?.budget_price()
        };
        head.judges.values().filter_map(|model| Some((model.clone(), price(model)?))).collect()
    }

    /// What differs from this to another.
    pub(crate) fn changed(&self, new: &Self) -> Changed {
        let (judge, outputs) = match (&self.of, &new.of) {
            // Where neither the judge nor what is known of the outputs differs, they may be fields of the
            // dataset: another dataset then means other outputs.
            (Of::Run { head: old, .. }, Of::Run { head: new, .. }) => (
                old.judge != new.judge || old.model != new.model,
                old.outputs != new.outputs || old.dataset != new.dataset,
            ),
            (Of::Golden { watch, .. }, _) | (_, Of::Golden { watch, .. }) => {
                (*watch == Watch::Judge || self.model() != new.model(), *watch == Watch::Subject)
            }
        };
        match (judge, outputs) {
            (true, true) => Changed::Both,
            (true, false) => Changed::Judge,
            (false, true) => Changed::Outputs,
            (false, false) => Changed::Nothing,
        }
    }

    /// What makes a comparison with another doubtful.
    pub(crate) fn apart(&self, new: &Self) -> Option<String> {
        if self.suite() != new.suite() {
            let (old, new) = (self.suite(), new.suite());
            return Some(format!(
                "these are of two suites, {old} and {new}: records of the same id are compared"
            ));
        }
        match (&self.of, &new.of) {
            (Of::Run { head: old, .. }, Of::Run { head: new, .. }) if old.dataset != new.dataset => Some(
                "the dataset changed between the runs: records of the same id are compared, whatever is in them"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The file, and the model behind its name; a model's name may have colons of its own.
fn golden_file(name: &str) -> Option<(PathBuf, Option<&str>)> {
    if let Some((path, model)) = name.split_once(".json:") {
        return Some((PathBuf::from(format!("{path}.json")), Some(model)));
    }
    let path = PathBuf::from(name);
    path.extension().is_some_and(|ending| ending == "json").then_some((path, None))
}

fn plain(locked: &Locked) -> Plain {
    Plain {
        id: locked.id.clone(),
        label: locked.label.clone(),
        value: locked.score,
        expected: locked.expected.clone(),
        parts: locked.parts.clone(),
        unscored: locked.unscored.map(|reason| reason.to_string()),
    }
}
