//! `karat compare`: two runs, or two models on a suite, record by record.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::args::{CompareArgs, Global, RunArgs};
use super::config::{Config, load};
use super::exit::Exit;
use super::judges::Suite;
use super::models::Chosen;
use super::run::judge_quietly;
use super::teller::quoted;
use super::{print, runs};
use crate::comparison::{Changed, Comparison, Side, compare as held};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, RunHead};
use crate::model::Price;
use crate::report::{comparison_line, comparison_text};

/// A run that is compared.
struct Run {
    name: String,
    folder: PathBuf,
    head: RunHead,
}

pub(super) async fn compare(global: &Global, args: &CompareArgs) -> Result<Exit> {
    let config = load(global)?;
    let [old, new] = match args.models.as_slice() {
        [] => named(&config, args)?,
        [old, new] => match judged(global, &config, args, [old, new]).await? {
            Ok(both) => both,
            Err(exit) => return Ok(exit),
        },
        _ => return Err(two("--models takes two models, separated by a comma")),
    };
    if let Some(why) = apart(&old.head, &new.head) {
        eprintln!("karat: {why}");
    }
    let comparison = comparison(&config, &old, &new)?;
    if args.json {
        print(&format!("{}\n", comparison_line(&new.head.suite, &comparison)))?;
    } else {
        print(&comparison_text(&new.head.suite, &comparison))?;
    }
    Ok(if comparison.verdict.is_some() { Exit::Success } else { Exit::Unscored })
}

fn two(problem: &str) -> Error {
    Error::new(ErrorKind::Usage, problem)
        .help("karat compare OLD NEW, or karat compare --models OLD,NEW SUITE")
}

/// Two runs that are there.
fn named(config: &Config, args: &CompareArgs) -> Result<[Run; 2]> {
    let [old, new] = args.what.as_slice() else {
        return Err(two("name two runs: folders, `last`, or `last~1` for the one before"));
    };
    Ok([found(config, args.suite.as_deref(), old)?, found(config, args.suite.as_deref(), new)?])
}

fn found(config: &Config, suite: Option<&str>, name: &str) -> Result<Run> {
    let folder = runs::recent(config, suite, name)?;
    let head = Journal::head(&folder).map_err(|error| {
        error.help("name a run's folder, one of .karat/runs, `last`, or `last~1` for the one before")
    })?;
    Ok(Run { name: name.to_owned(), folder, head })
}

/// Judges a suite with both models, through the cache.
async fn judged(
    global: &Global,
    config: &Config,
    args: &CompareArgs,
    models: [&String; 2],
) -> Result<Result<[Run; 2], Exit>> {
    let [name] = args.what.as_slice() else {
        return Err(two("name the one suite that both models judge"));
    };
    let suite = Suite::open(name, config)?;
    if !suite.has_judges() {
        let detail = format!("suite {name} asks no model: it has checks alone");
        return Err(Error::new(ErrorKind::Usage, detail).help("compare two of its runs instead"));
    }
    let mut both = Vec::new();
    for model in models {
        let run = RunArgs {
            model: Some(model.clone()),
            limit: args.limit,
            filter: args.filter.clone(),
            concurrency: args.concurrency,
            reading: args.reading,
            repeats: args.repeats,
            max_calls: args.max_calls,
            max_cost: args.max_cost,
            ..RunArgs::default()
        };
        let again = format!("karat compare --models {} {}", quoted(&args.models.join(",")), quoted(name));
        let (exit, folder) = judge_quietly(global, config, &suite, &run, HashSet::new(), again).await?;
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            return Ok(Err(exit));
        }
        both.push(Run { name: model.clone(), head: Journal::head(&folder)?, folder });
    }
    let both = <[Run; 2]>::try_from(both);
    both.map(Ok).map_err(|_| Error::new(ErrorKind::Internal, "two models make two runs"))
}

fn comparison(config: &Config, old: &Run, new: &Run) -> Result<Comparison> {
    Ok(held(&side(config, old)?, &side(config, new)?, changed(&old.head, &new.head)))
}

fn side(config: &Config, run: &Run) -> Result<Side> {
    let mut side = Side::new(&run.name, &run.head.model, price(config, run));
    Journal::each(&run.folder, |outcome| side.add(&outcome))?;
    if side.records() == 0 {
        let detail = format!("the run in {} has no outcomes", shown(&run.folder));
        return Err(Error::new(ErrorKind::Journal, detail));
    }
    Ok(side)
}

fn shown(folder: &Path) -> String {
    folder.display().to_string()
}

/// The price of the run's model: of the role it was named by, or of the one that means it.
fn price(config: &Config, run: &Run) -> Option<Price> {
    let models = &config.file.models;
    let role = models.get(&run.name).map(|_| run.name.as_str());
    let same = || models.iter().find(|(_, file)| file.model == run.head.model).map(|(role, _)| role.as_str());
    let role = role.or_else(same)?;
    Chosen::new(Some(role), config).ok()?.price()
}

/// What differs. Where neither the judge nor what is known of the outputs does, they may be fields of the
/// dataset: then another dataset means other outputs.
fn changed(old: &RunHead, new: &RunHead) -> Changed {
    let judge = old.judge != new.judge || old.model != new.model;
    let outputs = old.outputs != new.outputs || old.dataset != new.dataset;
    match (judge, outputs) {
        (true, true) => Changed::Both,
        (true, false) => Changed::Judge,
        (false, true) => Changed::Outputs,
        (false, false) => Changed::Nothing,
    }
}

/// What makes a comparison doubtful.
fn apart(old: &RunHead, new: &RunHead) -> Option<String> {
    if old.suite != new.suite {
        let detail = format!("these are runs of two suites, {} and {}", old.suite, new.suite);
        return Some(format!("{detail}: records of the same id are compared"));
    }
    (old.dataset != new.dataset).then(|| {
        "the dataset changed between the runs: records of the same id are compared, whatever is in them"
            .into()
    })
}
