//! `evenhand compare`: two runs, two golden files, or two models on a suite, record by record.

use super::args::{CompareArgs, Global};
use super::fetch::fetch_missing;
use super::print;
use super::run::judge_one;
use crate::comparison::compare as held;
use crate::error::{Error, ErrorKind, Result};
use crate::report::{comparison_line, comparison_text};
use crate::suite::Exit;
use crate::suite::comparable::Comparable;
use crate::suite::config::{Config, load};
use crate::suite::judges::Suite;
use crate::suite::model_config::ModelConfig;
use crate::suite::shell::quoted;
use crate::suite::{RunOptions, Spending};

pub(super) async fn compare(global: &Global, args: &CompareArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let [old, new] = match args.models.as_slice() {
        [] => named(&config, args)?,
        [old, new] => match judged(&config, args, [old, new]).await? {
            Ok(both) => both,
            Err(exit) => return Ok(exit),
        },
        _ => return Err(two("--models takes two models, separated by a comma")),
    };
    if let Some(why) = old.apart(&new) {
        eprintln!("evenhand: {why}");
    }
    let comparison = held(&old.side(&config)?, &new.side(&config)?, old.changed(&new));
    if args.json {
        print(&format!("{}\n", comparison_line(new.suite(), &comparison)))?;
    } else {
        print(&comparison_text(new.suite(), &comparison))?;
    }
    Ok(if comparison.verdict.is_some() { Exit::Success } else { Exit::Unscored })
}

fn two(problem: &str) -> Error {
    Error::new(ErrorKind::Usage, problem)
        .help("evenhand compare OLD NEW, or evenhand compare --models OLD,NEW SUITE")
}

/// Two runs that are there.
fn named(config: &Config, args: &CompareArgs) -> Result<[Comparable; 2]> {
    let [old, new] = args.what.as_slice() else {
        return Err(two("name two runs: folders, `last`, or `last~1` for the one before; or golden files"));
    };
    let named = |name: &String| Comparable::named(config, args.suite.as_deref(), name);
    Ok([named(old)?, named(new)?])
}

/// Judges a suite with both models, through the cache.
async fn judged(
    config: &Config,
    args: &CompareArgs,
    models: [&String; 2],
) -> Result<Result<[Comparable; 2], Exit>> {
    let [name] = args.what.as_slice() else {
        return Err(two("name the one suite that both models judge"));
    };
    let suite = Suite::open(name, config)?;
    if !suite.has_judges() {
        let detail = format!("suite {name} asks no model: it has checks alone");
        return Err(Error::new(ErrorKind::Usage, detail).help("compare two of its runs instead"));
    }
    let model_config = models.map(|model| ModelConfig::new(Some(model), config));
    fetch_missing(&model_config.into_iter().collect::<Result<Vec<ModelConfig>>>()?, config).await?;
    let mut both = Vec::new();
    for model in models {
        let options = RunOptions {
            model: Some(model.clone()),
            reading: args.reading,
            concurrency: args.concurrency,
            limit: args.limit,
            filters: args.filter.clone(),
            budget: Spending { calls: args.max_calls, cost_usd: args.max_cost, ..Spending::default() },
            repeats: args.repeats,
            ..RunOptions::default()
        };
        let again = format!("evenhand compare --models {} {}", quoted(&args.models.join(",")), quoted(name));
        let (exit, folder) = judge_one(config, &suite, &options, &again).await?;
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            return Ok(Err(exit));
        }
        both.push(Comparable::run(model, folder)?);
    }
    let both = <[Comparable; 2]>::try_from(both);
    both.map(Ok).map_err(|_| Error::new(ErrorKind::Internal, "two models make two runs"))
}
