//! `evenhand compare`: two runs, two golden files, or a suite by two models, with two signatures, with two kinds of names for the answers or by several strategies,
//! record by record.

use super::args::Global;
use super::compare_args::CompareArgs;
use super::dry_run::dry_run;
use super::models::fetch_missing;
use super::run::judge_one;
use super::{print, print_report};
use crate::error::{Error, ErrorKind, Result};
use crate::report::{
    comparison_answer, comparison_line, strategies_answer, strategies_line, strategies_text,
};
use crate::suite::comparison::{Comparable, JudgedWays, Ways, comparison, named, with_the_first};
use crate::suite::config::{Config, load};
use crate::suite::next_steps::{Compared, How, Typed, after_comparison, after_strategies};
use crate::suite::{Exit, RunOptions, Spending, StrategyChoice};

pub(super) async fn compare(global: &Global, args: &CompareArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let typed = global.typed();
    let again = again(args, &typed);
    let ways = ways(args)?;
    let sides = match ways {
        None => runs(&config, args)?.into(),
        Some(ways) => match judged(&config, args, ways, &again).await? {
            Ok(sides) => sides,
            Err(exit) => return Ok(exit),
        },
    };
    match (sides.as_slice(), ways) {
        ([old, new], _) => {
            let compared = Compared { config: &config, typed: &typed, new, how: how(ways), again };
            two_sides(global, args, old, &compared)
        }
        (sides @ [.., new], Some(Ways::Strategies(strategies))) => {
            let compared = Compared { config: &config, typed: &typed, new, how: How::Earlier, again };
            several(args, sides, strategies, &compared)
        }
        _ => Err(Error::new(ErrorKind::Internal, "nothing was judged for the comparison")),
    }
}

fn two_sides(global: &Global, args: &CompareArgs, old: &Comparable, compared: &Compared<'_>) -> Result<Exit> {
    let new = compared.new;
    let remark = old.apart(new);
    if let Some(why) = &remark {
        eprintln!("evenhand: {why}");
    }
    let comparison = comparison(compared.config, old, new)?;
    let advice = after_comparison(compared, &comparison);
    args.files.write(|| comparison_answer(new.suite(), &comparison, remark.as_deref(), &advice))?;
    if args.json {
        print(&format!("{}\n", comparison_line(new.suite(), &comparison)))?;
    } else {
        let text = comparison.text(new.suite(), global.detail());
        print_report(&format!("{text}\n{}", advice.text()))?;
    }
    Ok(if comparison.verdict.is_some() { Exit::Success } else { Exit::Unscored })
}

/// Strategies, each compared with the first.
fn several(
    args: &CompareArgs,
    sides: &[Comparable],
    strategies: &[StrategyChoice],
    compared: &Compared<'_>,
) -> Result<Exit> {
    let suite = compared.new.suite();
    let comparison = with_the_first(compared.config, sides)?;
    let advice = after_strategies(compared, &comparison, strategies);
    args.files.write(|| strategies_answer(suite, &comparison, &advice))?;
    if args.json {
        print(&format!("{}\n", strategies_line(suite, &comparison)))?;
    } else {
        print_report(&format!("{}\n{}", strategies_text(suite, &comparison), advice.text()))?;
    }
    let is_compared = comparison.others.iter().any(|other| other.verdict.is_some());
    Ok(if is_compared { Exit::Success } else { Exit::Unscored })
}

fn two(problem: &str) -> Error {
    Error::new(ErrorKind::Usage, problem).help(
        "evenhand compare OLD NEW, evenhand compare SUITE --models OLD,NEW, --signatures OLD,NEW, --answer-labels OLD,NEW or --strategies FIRST,OTHER,...",
    )
}

/// In which ways the suite is judged, if it is.
fn ways(args: &CompareArgs) -> Result<Option<Ways<'_>>> {
    if let Some(strategies) = &args.strategies {
        return Ok(Some(Ways::Strategies(&strategies.0)));
    }
    match args.answer_labels.as_slice() {
        [] => {}
        [old, new] => return Ok(Some(Ways::AnswerLabels([*old, *new]))),
        _ => return Err(two("--answer-labels takes two kinds, separated by a comma")),
    }
    match (args.models.as_slice(), args.signatures.as_slice()) {
        (_, []) if names_a_model(args) => Err(two(
            "--model is for --signatures, --answer-labels and --strategies: it says which model judges",
        )),
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
        Some(Ways::AnswerLabels([_, new])) => How::AnswerLabels(new),
        Some(Ways::Strategies(strategies)) => strategies.last().map_or(How::Earlier, How::Strategy),
        None => How::Earlier,
    }
}

/// The command that compares once more.
fn again(args: &CompareArgs, typed: &Typed) -> String {
    let (models, signatures) = (args.models.join(","), args.signatures.join(","));
    let labels = args.answer_labels.iter().map(|labels| labels.name()).collect::<Vec<_>>().join(",");
    let strategies = args.strategies.iter().flat_map(|list| &list.0).map(ToString::to_string);
    let strategies = strategies.collect::<Vec<_>>().join(",");
    let is_judged_by_it =
        !args.signatures.is_empty() || args.strategies.is_some() || !args.answer_labels.is_empty();
    let flags = [
        ("--strategies", Some(strategies.as_str()).filter(|strategies| !strategies.is_empty())),
        ("--models", Some(models.as_str()).filter(|_| !args.models.is_empty())),
        ("--signatures", Some(signatures.as_str()).filter(|_| !args.signatures.is_empty())),
        ("--answer-labels", Some(labels.as_str()).filter(|_| !args.answer_labels.is_empty())),
        ("--judge", args.judge.as_deref()),
        ("--model", args.model.as_deref().filter(|_| is_judged_by_it)),
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

/// Judges a suite in all ways, through the cache.
async fn judged(
    config: &Config,
    args: &CompareArgs,
    ways: Ways<'_>,
    again: &str,
) -> Result<Result<Vec<Comparable>, Exit>> {
    let [name] = args.what.as_slice() else {
        return Err(two("name the one suite that is judged in these ways"));
    };
    let ways = JudgedWays::open(config, name, ways, &options(args))?;
    if args.dry_run {
        let runs = ways.each.iter().map(|way| (&way.suite, way.options.clone()));
        return dry_run(config, runs, args.json).await.map(Err);
    }
    fetch_missing(&ways.models, config).await?;
    let mut folders = Vec::new();
    for way in &ways.each {
        let (exit, folder) = judge_one(config, &way.suite, &way.options, again).await?;
        if matches!(exit, Exit::Interrupted | Exit::Budget) {
            return Ok(Err(exit));
        }
        folders.push(folder);
    }
    ways.sides(folders).map(Ok)
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
