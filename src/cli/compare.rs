//! `evenhand compare`: two runs, two golden files, or two models on a suite, record by record.

use super::args::{CompareArgs, Global};
use super::models::fetch_missing;
use super::print;
use super::run::judge_one;
use crate::error::{Error, ErrorKind, Result};
use crate::report::{comparison_answer, comparison_line, comparison_text};
use crate::suite::comparison::{Comparable, TwoModels, comparison, named};
use crate::suite::config::{Config, load};
use crate::suite::shell::quoted;
use crate::suite::{Exit, RunOptions, Spending};

pub(super) async fn compare(global: &Global, args: &CompareArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let [old, new] = match args.models.as_slice() {
        [] => runs(&config, args)?,
        [old, new] => match judged(&config, args, [old, new]).await? {
            Ok(both) => both,
            Err(exit) => return Ok(exit),
        },
        _ => return Err(two("--models takes two models, separated by a comma")),
    };
    let remark = old.apart(&new);
    if let Some(why) = &remark {
        eprintln!("evenhand: {why}");
    }
    let comparison = comparison(&config, &old, &new)?;
    args.files.write(|| comparison_answer(new.suite(), &comparison, remark.as_deref()))?;
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
fn runs(config: &Config, args: &CompareArgs) -> Result<[Comparable; 2]> {
    let [old, new] = args.what.as_slice() else {
        return Err(two("name two runs: folders, `last`, or `last~1` for the one before; or golden files"));
    };
    named(config, args.suite.as_deref(), [old, new])
}

/// Judges a suite with both models, through the cache.
async fn judged(
    config: &Config,
    args: &CompareArgs,
    models: [&str; 2],
) -> Result<Result<[Comparable; 2], Exit>> {
    let [name] = args.what.as_slice() else {
        return Err(two("name the one suite that both models judge"));
    };
    let both = TwoModels::open(config, name, models)?;
    fetch_missing(&both.models, config).await?;
    let again = format!("evenhand compare --models {} {}", quoted(&args.models.join(",")), quoted(name));
    let mut folders = Vec::new();
    for options in both.options(&options(args)) {
        let (exit, folder) = judge_one(config, &both.suite, &options, &again).await?;
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            return Ok(Err(exit));
        }
        folders.push(folder);
    }
    both.sides(folders).map(Ok)
}

fn options(args: &CompareArgs) -> RunOptions {
    RunOptions {
        reading: args.reading,
        concurrency: args.concurrency,
        limit: args.limit,
        filters: args.filter.clone(),
        budget: Spending { calls: args.max_calls, cost_usd: args.max_cost, ..Spending::default() },
        repeats: args.repeats,
        ..RunOptions::default()
    }
}
