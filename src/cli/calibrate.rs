//! `evenhand calibrate`: a judge compared with labels.

use std::path::Path;

use super::args::Global;
use super::calibrate_args::{CalibrateArgs, ChosenBy, Labeller};
use super::command_line::resume_this_command;
use super::console::Console;
use super::judging_args::{JudgingArgs, options};
use super::models::fetch_permitted;
use super::terminal::listen_for_interrupts;
use super::{print, print_report};
use crate::error::Result;
use crate::report::{calibration_answer, calibration_line, label_plan_line, label_plan_text};
use crate::suite::calibrate::{Calibrator, check};
use crate::suite::calibrations::{Stored, default_path};
use crate::suite::config::{Config, load};
use crate::suite::judges::Suite;
use crate::suite::next_steps::{ComparedWithLabels, Typed, after_calibration};
use crate::suite::shell::quoted;
use crate::suite::{
    CalibrateEnd, CalibrateOptions, Exit, LabelGuesses, LabelPlan, LabelPlanOptions, LabelsBy, Metric,
    Resume, RunOptions,
};

pub(super) async fn calibrate(global: &Global, args: &CalibrateArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.judging.outputs {
        suite.judge_file(file);
    }
    if let Some(guesses) = guesses(args) {
        tell_plan(args, &guesses.plan(plan_options(args))?, "by guesses")?;
        return Ok(Exit::Success);
    }
    if let Some(file) = &args.check {
        return tell_check(suite, &config, args, file.as_deref()).await;
    }
    let options = calibrate_options(args);
    let stop = options.run.stop.clone();
    let calibrator = Calibrator::new(&config, suite, options)?;
    fetch_permitted(&calibrator.missing().await?, &config).await?;
    if args.from.is_none() {
        listen_for_interrupts(&stop);
    }
    let mut console = Console::quiet(|_| resume_this_command());
    let calibrated = match calibrator.calibrate(&mut |event| console.event(event)).await? {
        CalibrateEnd::Unfinished(run) => return Ok(run.exit),
        CalibrateEnd::Calibrated(calibrated) => calibrated,
    };
    if args.plan.plan {
        tell_plan(args, &calibrated.plan(plan_options(args))?, "by the labels there are")?;
        return Ok(calibrated.exit());
    }
    let typed = global.typed();
    let advice = after_calibration(&compared(&config, &typed, args), &calibrated);
    args.files.write(|| calibration_answer(calibrated.page(), &advice))?;
    if args.json {
        print(&format!("{}\n", calibration_line(calibrated.page())))?;
    } else {
        let text = calibrated.page().text(global.detail());
        print_report(&format!("\n{text}\n{}", advice.text()))?;
    }
    if let Some(file) = &args.write {
        let path = calibrated.write(file.as_deref())?;
        eprintln!("calibration: {}", path.display());
    }
    Ok(calibrated.exit())
}

/// What was compared, for the commands that the report names.
pub(super) fn compared<'a>(
    config: &'a Config,
    typed: &'a Typed,
    args: &'a CalibrateArgs,
) -> ComparedWithLabels<'a> {
    let JudgingArgs { model, reading, outputs, .. } = &args.judging;
    let reading = reading.map(|reading| reading.name().to_owned());
    let mut words = vec![args.suite.clone()];
    let mut add = |flag: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
    };
    add("--labels", (!args.labels.is_empty()).then(|| args.labels.join(",")));
    add("--labels-by", (args.labels_by == Labeller::Model).then(|| "model".to_owned()));
    add("--cluster", args.cluster.clone());
    add("--model", model.clone());
    add("--reading", reading.clone());
    add("--outputs", outputs.as_ref().map(|path| path.display().to_string()));
    add("--limit", args.selection.limit.map(|limit| limit.to_string()));
    args.selection.filter.iter().for_each(|filter| add("--filter", Some(filter.clone())));
    add("--judge", args.judge.clone());
    for (flag, share) in [("--alpha", args.alpha), ("--delta", args.delta)] {
        add(flag, (args.cascade && (share - 0.1).abs() > 1e-12).then(|| share.to_string()));
    }
    let metric = args.metric.map(|metric| ["--metric", metric.name()]);
    let flags =
        [("--cascade", args.cascade), ("--content-free", args.content_free), ("--threshold", args.threshold)];
    let flags = flags.into_iter().filter_map(|(flag, is_set)| is_set.then_some(flag));
    let chosen_by = metric.into_iter().flatten().chain(flags).map(str::to_owned).collect();
    let judge = [("model", model.clone()), ("reading", reading)];
    ComparedWithLabels {
        config,
        typed,
        words,
        chosen_by,
        write: args.write.clone().map(|file| file.unwrap_or_else(|| default_path(config, &args.suite))),
        judge: judge.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
    }
}

pub(super) fn calibrate_options(args: &CalibrateArgs) -> CalibrateOptions {
    CalibrateOptions {
        run: RunOptions {
            record: args.record.clone(),
            resume: if args.resume { Resume::Last } else { Resume::No },
            ..options(&args.judging, &args.selection, args.budget)
        },
        labels: args.labels.clone(),
        judge: args.judge.clone(),
        labels_by: match args.labels_by {
            Labeller::Human => LabelsBy::Human,
            Labeller::Model => LabelsBy::Model,
        },
        from: args.from.clone(),
        unlabelled: args.unlabelled,
        again: args.again.clone(),
        swapped: args.swapped.clone(),
        cluster: args.cluster.clone(),
        epsilon: args.epsilon,
        metric: match args.metric {
            None | Some(ChosenBy::LogLoss) => Metric::LogLoss,
            Some(ChosenBy::Brier) => Metric::Brier,
            Some(ChosenBy::Kappa) => Metric::Kappa,
        },
        threshold_alone: args.threshold,
        content_free: args.content_free,
    }
}

/// Whether the stored calibration still holds.
async fn tell_check(
    suite: Suite,
    config: &Config,
    args: &CalibrateArgs,
    file: Option<&Path>,
) -> Result<Exit> {
    let options = options(&args.judging, &args.selection, args.budget);
    let name = suite.name.clone();
    let stored = check(suite, config, &options, (args.judge.as_deref(), file)).await?;
    let path = stored.path.display();
    if stored.changes.is_empty() {
        let words = match &stored.file {
            Stored::Batch(file) => file.in_words(),
            Stored::Labelled(file) => {
                let map = match file.map() {
                    Some(map) => map.name(),
                    None => "no score correction helped".to_owned(),
                };
                let by = match file.origin.labels_by {
                    LabelsBy::Human => "people's labels",
                    LabelsBy::Model => "a model's labels, so it is no calibration",
                };
                format!("{map}, fitted on {} of {by}", file.fitted.n)
            }
        };
        print(&format!("{path} holds: {words}\n"))?;
        return Ok(Exit::Success);
    }
    let list: Vec<String> = stored.changes.iter().map(|change| format!("  {change}\n")).collect();
    print(&format!("{path} no longer holds:\n{}", list.concat()))?;
    match &stored.file {
        Stored::Batch(_) => eprintln!("judge again: evenhand calibrate {} --batch --write", quoted(&name)),
        Stored::Labelled(_) => {
            eprintln!("judge the labelled records again: evenhand calibrate {} --write", quoted(&name));
        }
    }
    Ok(Exit::Quality)
}

/// Sensitivity, specificity and rate as they were guessed.
fn guesses(args: &CalibrateArgs) -> Option<LabelGuesses> {
    let plan = &args.plan;
    Some(LabelGuesses { sensitivity: plan.sensitivity?, specificity: plan.specificity?, rate: plan.rate? })
}

fn plan_options(args: &CalibrateArgs) -> LabelPlanOptions {
    let plan = &args.plan;
    LabelPlanOptions { budget: plan.budget, half_width: plan.half_width, judged: plan.judged }
}

fn tell_plan(args: &CalibrateArgs, plan: &LabelPlan, basis: &str) -> Result<()> {
    print(&if args.json {
        format!("{}\n", label_plan_line(&args.suite, plan))
    } else {
        label_plan_text(&args.suite, basis, plan)
    })
}
