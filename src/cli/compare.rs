//! `evenhand compare`: two runs, two golden files, or a suite by two models or with two signatures, record by record.

use super::args::{CompareArgs, Global};
use super::models::fetch_missing;
use super::run::judge_one;
use super::{print, print_report};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{advice_text, comparison_answer, comparison_line, comparison_text};
use crate::suite::comparison::{Comparable, TwoWays, Ways, comparison, named};
use crate::suite::config::{Config, load};
use crate::suite::next_steps::{Compared, How, Typed, after_comparison};
use crate::suite::{Exit, RunOptions, Spending};

pub(super) async fn compare(global: &Global, args: &CompareArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let typed = global.typed();
    let again = again(args, &typed);
    let ways = ways(args)?;
    let [old, new] = match ways {
        None => runs(&config, args)?,
        Some(ways) => match judged(&config, args, ways, &again).await? {
            Ok(both) => both,
            Err(exit) => return Ok(exit),
        },
    };
    let remark = old.apart(&new);
    if let Some(why) = &remark {
        eprintln!("evenhand: {why}");
    }
    let comparison = comparison(&config, &old, &new)?;
    let compared = Compared { config: &config, typed: &typed, new: &new, how: how(ways), again };
    let advice = after_comparison(&compared, &comparison);
    args.files.write(|| comparison_answer(new.suite(), &comparison, remark.as_deref(), &advice))?;
    if args.json {
        print(&format!("{}\n", comparison_line(new.suite(), &comparison)))?;
    } else {
        let text = comparison_text(new.suite(), &comparison, global.detail());
        print_report(&format!("{text}\n{}", advice_text(&advice)))?;
    }
    Ok(if comparison.verdict.is_some() { Exit::Success } else { Exit::Unscored })
}

fn two(problem: &str) -> Error {
    Error::new(ErrorKind::Usage, problem).help(
        "evenhand compare OLD NEW, evenhand compare --models OLD,NEW SUITE, or evenhand compare --signatures OLD,NEW SUITE",
    )
}

/// In which two ways the suite is judged, if it is.
fn ways(args: &CompareArgs) -> Result<Option<Ways<'_>>> {
    match (args.models.as_slice(), args.signatures.as_slice()) {
        (_, []) if names_a_model(args) => Err(two("--model is for --signatures: it says which model judges")),
        ([], []) => Ok(None),
        ([old, new], []) => Ok(Some(Ways::Models([old, new]))),
        ([], [old, new]) => Ok(Some(Ways::Signatures { names: [old, new], judge: args.judge.as_deref() })),
        ([], _) => Err(two("--signatures takes two signatures, separated by a comma")),
        _ => Err(two("--models takes two models, separated by a comma")),
    }
}

/// Whether the command line names the judging model. The environment may do so for all commands.
fn names_a_model(args: &CompareArgs) -> bool {
    args.model.is_some() && args.model != std::env::var("EVENHAND_MODEL").ok()
}

fn how(ways: Option<Ways<'_>>) -> How<'_> {
    match ways {
        Some(Ways::Models([_, new])) => How::Model(new),
        Some(Ways::Signatures { names: [_, new], judge }) => How::Signature(new, judge),
        None => How::Earlier,
    }
}

/// The command that compares once more.
fn again(args: &CompareArgs, typed: &Typed) -> String {
    let (models, signatures) = (args.models.join(","), args.signatures.join(","));
    let flags = [
        ("--models", Some(models.as_str()).filter(|_| !args.models.is_empty())),
        ("--signatures", Some(signatures.as_str()).filter(|_| !args.signatures.is_empty())),
        ("--judge", args.judge.as_deref()),
        ("--model", args.model.as_deref().filter(|_| !args.signatures.is_empty())),
        ("--reading", args.reading.map(crate::suite::Reading::name)),
    ];
    let flags = flags.into_iter().filter_map(|(flag, value)| Some([flag, value?])).flatten();
    let filters = args.filter.iter().flat_map(|filter| ["--filter", filter]);
    let words = std::iter::once("compare").chain(flags).chain(filters);
    typed.command(&words.chain(args.what.iter().map(String::as_str)).collect::<Vec<&str>>())
}

/// Two runs that are there.
fn runs(config: &Config, args: &CompareArgs) -> Result<[Comparable; 2]> {
    let [old, new] = args.what.as_slice() else {
        return Err(two("name two runs: folders, `last`, or `last~1` for the one before; or golden files"));
    };
    named(config, args.suite.as_deref(), [old, new])
}

/// Judges a suite in both ways, through the cache.
async fn judged(
    config: &Config,
    args: &CompareArgs,
    ways: Ways<'_>,
    again: &str,
) -> Result<Result<[Comparable; 2], Exit>> {
    let [name] = args.what.as_slice() else {
        return Err(two("name the one suite that is judged in both ways"));
    };
    let options = options(args);
    let both = TwoWays::open(config, name, ways, &options)?;
    fetch_missing(&both.models, config).await?;
    let mut folders = Vec::new();
    for (suite, options) in both.runs(&options) {
        let (exit, folder) = judge_one(config, suite, &options, again).await?;
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            return Ok(Err(exit));
        }
        folders.push(folder);
    }
    both.sides(folders).map(Ok)
}

fn options(args: &CompareArgs) -> RunOptions {
    RunOptions {
        model: args.model.clone(),
        reading: args.reading,
        concurrency: args.concurrency,
        limit: args.limit,
        filters: args.filter.clone(),
        budget: Spending { calls: args.max_calls, cost_usd: args.max_cost, ..Spending::default() },
        repeats: args.repeats,
        ..RunOptions::default()
    }
}
