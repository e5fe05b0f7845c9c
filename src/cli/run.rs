//! `karat run`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::args::{Global, RetryWhich, RunArgs};
use super::config::{Config, load};
use super::exit::Exit;
use super::judges::{Overrides, Suite, wrappers};
use super::models::{Chosen, Ready};
use super::progress::{Progress, Unit};
use super::{budgets, cache, dry_run, print, runs};
use crate::data::Filter;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Ended, Event, InOrder, Journal, Outcome, Settled, Stop, run as run_plan, survey};
use crate::judge::{Judge, Reason};
use crate::model::{
    Budget, Cache, Key, Model, Pressure, PressureOptions, Provider, Recorded, RecordedTimes, Recorder,
    Recording, Reuse, Wrappers,
};
use crate::report::{count, outcome_line, summary_line, summary_text};
use crate::subject::JoinFaults;
use crate::summary::{Summary, Tally};

/// The share of unscored records above which the rest no longer counts.
const MAX_UNSCORED: f64 = 0.1;

pub(super) async fn run(global: &Global, args: &RunArgs) -> Result<Exit> {
    let config = load(global)?;
    let suites = suites(&config, args)?;
    let shared = Shared::new(global, &config, args)?;
    for suite in &suites {
        let chosen = chosen(suite, &config, args)?;
        budgets::check_price(&chosen, suite.file.budget, shared.budget.as_deref())?;
    }
    if args.dry_run {
        return dry_run::dry_run(&config, &suites, args, &shared.overrides).await;
    }
    listen_for_interrupts(&shared.stop);
    let mut exit = Exit::Success;
    let mut loaded: Option<(Chosen, Ready)> = None;
    for suite in by_model(&suites, &config, args)? {
        let chosen = chosen(suite, &config, args)?;
        let same = loaded.as_ref().is_some_and(|(before, _)| *before == chosen);
        if !same {
            // The model before goes first: two large ones need not be in memory together.
            drop(loaded.take());
            loaded = Some((chosen.clone(), chosen.ready(&config).await?));
        }
        let Some((_, ready)) = &loaded else { continue };
        exit = exit.max(one(&config, suite, &chosen, ready, args, &shared).await?);
        if shared.stop.is_wished() {
            break;
        }
    }
    Ok(exit)
}

/// The model that judges a suite.
pub(super) fn chosen(suite: &Suite, config: &Config, args: &RunArgs) -> Result<Chosen> {
    Chosen::new(args.model.as_deref().or(suite.file.model.as_deref()), config)
}

/// The suites with those of one model together, in the order the models are
/// first named: each is loaded once.
fn by_model<'a>(suites: &'a [Suite], config: &Config, args: &RunArgs) -> Result<Vec<&'a Suite>> {
    let mut models: Vec<Chosen> = Vec::new();
    let mut placed: Vec<(usize, &Suite)> = Vec::new();
    for suite in suites {
        let chosen = chosen(suite, config, args)?;
        let place = models.iter().position(|model| *model == chosen).unwrap_or(models.len());
        if place == models.len() {
            models.push(chosen);
        }
        placed.push((place, suite));
    }
    placed.sort_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, suite)| suite).collect())
}

fn suites(config: &Config, args: &RunArgs) -> Result<Vec<Suite>> {
    let all: Vec<String> = config.file.suites.keys().cloned().collect();
    let names = if args.suites.is_empty() { &all } else { &args.suites };
    if names.is_empty() {
        return Err(Error::new(ErrorKind::Config, "karat.toml has no suites").help("add a [suites.NAME]"));
    }
    names.iter().map(|name| Suite::open(name, config)).collect()
}

/// What the suites of one command share.
struct Shared {
    global: Global,
    stop: Stop,
    overrides: Overrides,
    budget: Option<Arc<Budget>>,
    /// How cached replies are used; `None` for not at all.
    reuse: Option<Reuse>,
    cache: OnceLock<Option<Arc<Cache>>>,
    /// By server, how much it is asked at a time.
    pressures: Mutex<BTreeMap<String, Arc<Pressure>>>,
    record: Option<PathBuf>,
    recorder: OnceLock<Arc<Recorder>>,
}

impl Shared {
    fn new(global: &Global, config: &Config, args: &RunArgs) -> Result<Self> {
        let filters: Result<Vec<Filter>> = args.filter.iter().map(|text| Filter::parse(text)).collect();
        Ok(Self {
            global: global.clone(),
            stop: Stop::default(),
            overrides: Overrides {
                filters: filters?,
                limit: args.limit,
                concurrency: args.concurrency,
                explain: args.explain,
            },
            budget: budgets::of_command(config, args)?,
            reuse: reuse(args),
            cache: OnceLock::new(),
            pressures: Mutex::default(),
            record: args.record.clone(),
            recorder: OnceLock::new(),
        })
    }

    /// The cache, opened when the first model that needs one is asked.
    fn cache(&self, config: &Config, chosen: &Chosen) -> Option<Arc<Cache>> {
        let reuse = self.reuse.filter(|_| chosen.provider != "replay")?;
        self.cache.get_or_init(|| cache::open(config, reuse)).clone()
    }

    /// The gate of the model's server.
    fn pressure(&self, provider: &Provider, options: PressureOptions) -> Arc<Pressure> {
        let server = provider.base_url().map_or_else(|| provider.name(), str::to_owned);
        let mut pressures = self.pressures.lock().unwrap_or_else(PoisonError::into_inner);
        let pressure = pressures.entry(server).or_insert_with(|| Arc::new(Pressure::new(options)));
        pressure.allow(options.concurrency);
        Arc::clone(pressure)
    }

    /// The recording that was asked for. It is emptied only now, when there is
    /// something to record: a mistake before leaves it as it was.
    fn recorder(&self) -> Result<Option<Arc<Recorder>>> {
        let Some(path) = &self.record else {
            return Ok(None);
        };
        if let Some(recorder) = self.recorder.get() {
            return Ok(Some(Arc::clone(recorder)));
        }
        let recorder = Arc::new(Recorder::create(path, RecordedTimes::Drop)?);
        Ok(Some(Arc::clone(self.recorder.get_or_init(|| recorder))))
    }
}

/// A record that is judged again is not given the cached reply that left it without a score.
fn reuse(args: &RunArgs) -> Option<Reuse> {
    let anew = args.refresh || args.retry.is_some();
    (!args.no_cache).then_some(if anew { Reuse::None } else { Reuse::All })
}

/// The first Ctrl-C lets what is in flight finish; the second ends the command.
fn listen_for_interrupts(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_err() {
            return;
        }
        stop.wish();
        let tell =
            async { eprintln!("\nfinishing what is in flight; Ctrl-C again ends at once, and loses it") };
        // It listens for the second before it tells of the first, or one that comes at once would be lost.
        let (second, ()) = tokio::join!(biased; tokio::signal::ctrl_c(), tell);
        if second.is_ok() {
            #[expect(clippy::exit, reason = "asked for twice")]
            std::process::exit(130);
        }
    });
}

/// Runs one suite and reports.
async fn one(
    config: &Config,
    suite: &Suite,
    chosen: &Chosen,
    ready: &Ready,
    args: &RunArgs,
    shared: &Shared,
) -> Result<Exit> {
    let reading = args.reading.or(suite.file.reading).unwrap_or(ready.reading);
    let bare = suite.judge(Model::new(ready.provider.clone(), wrappers(chosen)), chosen, reading)?;
    let head = runs::head(suite, config, &bare, selection(suite, args))?;
    let mut plan = suite.plan(config, chosen, &shared.overrides)?;
    let survey = survey(&bare, &plan, suite.dataset(config)?)?;
    if survey.records == 0 {
        return Err(nothing(suite, args, &plan.dataset));
    }
    let (mut journal, before) = if args.resumes() {
        Journal::resume(&runs::last_folder(config, &suite.name)?, &head)?
    } else {
        (Journal::start(&runs::new_folder(config, &suite.name)?, &head)?, Vec::new())
    };
    let (before, again): (Vec<Outcome>, Vec<Outcome>) =
        before.into_iter().partition(|outcome| is_final(outcome, args));
    let mut wrappers = kept(chosen, shared, journal.folder(), &before, &again)?;
    wrappers.cache = shared.cache(config, chosen);
    wrappers.budgets = budgets::budget(suite.file.budget)?.into_iter().chain(shared.budget.clone()).collect();
    wrappers.pressure = Some(shared.pressure(&ready.provider, pressure(chosen, plan.concurrency)));
    let judge = suite.judge(Model::new(ready.provider.clone(), wrappers), chosen, reading)?;
    let mut teller = Teller::new(suite, &judge, args, survey.records, shared);
    teller.tally = teller.tally.priced(chosen.price());
    plan.settled = before.iter().map(|outcome| outcome.id.clone()).collect::<HashSet<_>>();
    for outcome in before {
        teller.settled(&outcome)?;
    }
    let started = Instant::now();
    let records = suite.dataset(config)?;
    let (ended, subject) =
        run_plan(&judge, plan, records, Some(&mut journal), &shared.stop, |event| teller.event(event))
            .await?;
    cache::tell_trouble(shared.cache(config, chosen).as_deref());
    let joined = if ended == Ended::Complete { subject.faults() } else { JoinFaults::default() };
    teller.finish(&ended, started.elapsed().as_secs_f64(), &journal, &joined)
}

/// Which records are asked about what, in words that are only compared.
fn selection(suite: &Suite, args: &RunArgs) -> String {
    let file = &suite.file;
    let outputs = file.outputs.as_ref().map(|outputs| (&outputs.id, &outputs.field, &outputs.into));
    format!(
        "{:?}",
        (&args.filter, args.limit, &file.id, &file.fields, &file.label, &file.label_values, outputs)
    )
}

/// Outcomes that a resumed run keeps; the others are judged again.
fn is_final(outcome: &Outcome, args: &RunArgs) -> bool {
    match &outcome.result {
        Settled::Scored(_) => true,
        Settled::Unscored(_) if args.retry == Some(RetryWhich::Unscored) => false,
        Settled::Unscored(unscored) => {
            !unscored.lasting && !matches!(unscored.reason, Reason::Budget | Reason::Cancelled)
        }
    }
}

/// The wrappers with the replies that the run has paid for already, but for those
/// that left a record without a score and are asked for again.
fn kept(
    chosen: &Chosen,
    shared: &Shared,
    folder: &Path,
    before: &[Outcome],
    again: &[Outcome],
) -> Result<Wrappers> {
    let replies = folder.join("replies.jsonl");
    let record = shared.recorder()?;
    let mut wrappers = wrappers(chosen);
    if replies.exists() {
        let attempts = again.iter().flat_map(|outcome| &outcome.attempts);
        let invalid = attempts.filter(|attempt| !attempt.faults.is_empty());
        let invalid: HashSet<Key> = invalid.map(|attempt| attempt.key.clone()).collect();
        let kept = Recording::open(&replies)?.without(&invalid);
        if let Some(record) = &record {
            record.copy(&kept)?;
            before.iter().try_for_each(|outcome| record_cached(record, outcome))?;
        }
        wrappers.kept = Some(Arc::new(kept));
    }
    wrappers.log = Some(Arc::new(Recorder::append(&replies, RecordedTimes::Keep)?));
    wrappers.recorders.extend(record);
    Ok(wrappers)
}

/// Replies of a settled record that came from the cache are in the journal alone.
fn record_cached(recorder: &Recorder, outcome: &Outcome) -> Result<()> {
    let replies = outcome.attempts.iter().filter_map(|attempt| Some((attempt, attempt.response.clone()?)));
    let cached = replies.filter(|(_, response)| response.cached);
    cached.into_iter().try_for_each(|(attempt, response)| {
        let weighed = response.weights.is_some();
        let (key, model) = (attempt.key.clone(), outcome.model.clone());
        recorder.copy_one(Recorded { key, model, parts: BTreeMap::new(), weighed, response })
    })
}

/// What the model's server may be asked. Where the model sets no limit of its
/// own, as many calls as records.
fn pressure(chosen: &Chosen, records: usize) -> PressureOptions {
    let concurrency = match chosen.file.concurrency {
        Some(concurrency) => concurrency,
        None if chosen.provider == "local" => chosen.concurrency(),
        None => records,
    };
    PressureOptions {
        concurrency,
        requests_per_minute: chosen.file.requests_per_minute,
        tokens_per_minute: chosen.file.tokens_per_minute,
    }
}

fn nothing(suite: &Suite, args: &RunArgs, dataset: &str) -> Error {
    let detail = if args.filter.is_empty() && args.limit != Some(0) {
        format!("{dataset} holds no records")
    } else {
        format!("no record of {dataset} is left by the filters and the limit")
    };
    Error::new(ErrorKind::Dataset, format!("suite {}: {detail}", suite.name))
        .help("an empty run is not a success")
}

/// Tells what happens: progress on the standard error, results on the standard output.
struct Teller<'a> {
    suite: &'a Suite,
    args: &'a RunArgs,
    resume: String,
    tally: Tally,
    progress: Progress,
    in_order: InOrder,
    total: u64,
    done: u64,
    unscored: u64,
}

impl<'a> Teller<'a> {
    fn new(suite: &'a Suite, judge: &Judge, args: &'a RunArgs, total: u64, shared: &Shared) -> Self {
        let what = format!("{} by {}", suite.name, judge.model().name());
        Self {
            suite,
            args,
            resume: resume_command(&suite.name, args, &shared.global),
            tally: Tally::new(&suite.name, judge).showing(suite.file.show.iter().cloned()),
            progress: Progress::start(&what, Unit::Records, total),
            in_order: InOrder::default(),
            total,
            done: 0,
            unscored: 0,
        }
    }

    fn event(&mut self, event: Event<'_>) -> Result<()> {
        match event {
            Event::Settled(outcome) => self.settled(outcome),
            Event::Skipped(fault) => {
                self.tally.skip();
                self.progress.aside(|| eprintln!("left out: {fault}"));
                Ok(())
            }
        }
    }

    fn settled(&mut self, outcome: &Outcome) -> Result<()> {
        self.tally.add(outcome);
        self.done += 1;
        self.unscored += u64::from(outcome.score().is_none());
        let remark = match self.unscored {
            0 => String::new(),
            n => format!("{} unscored", count(n)),
        };
        self.progress.set(self.done, &remark);
        if self.args.json {
            for outcome in self.in_order.push(outcome.clone()) {
                print(&format!("{}\n", outcome_line(&self.suite.name, &outcome)))?;
            }
        }
        Ok(())
    }

    fn finish(mut self, ended: &Ended, wall_s: f64, journal: &Journal, joined: &JoinFaults) -> Result<Exit> {
        let mut summary = self.tally.summary(wall_s);
        summary.pending = self.total.saturating_sub(self.done);
        let exit = exit(ended, &summary, self.suite.file.max_unscored.unwrap_or(MAX_UNSCORED));
        let rest = std::mem::take(&mut self.in_order).rest();
        let Self { suite, args, resume, progress, .. } = self;
        drop(progress);
        if args.json {
            for outcome in rest {
                print(&format!("{}\n", outcome_line(&suite.name, &outcome)))?;
            }
            let journal = journal.folder().display().to_string();
            print(&format!("{}\n", summary_line(&summary, name(ended), &journal)))?;
        } else {
            print(&format!("\n{}\n", summary_text(&summary)))?;
        }
        eprintln!("journal: {}", journal.folder().join("journal.jsonl").display());
        tell_joined(joined);
        tell_ended(ended, exit, &resume);
        Ok(exit)
    }
}

fn name(ended: &Ended) -> &'static str {
    match ended {
        Ended::Complete => "complete",
        Ended::Interrupted => "interrupted",
        Ended::StoppedEarly(_) => "stopped_early",
    }
}

fn exit(ended: &Ended, summary: &Summary, max_unscored: f64) -> Exit {
    match ended {
        Ended::Interrupted => return Exit::Interrupted,
        Ended::StoppedEarly(_) => return Exit::Unscored,
        Ended::Complete => {}
    }
    if summary.unscored.contains_key(&Reason::Budget) {
        return Exit::Budget;
    }
    let scored = summary.scored.rate.unwrap_or(0.0);
    if summary.scored.count == 0 || 1.0 - scored > max_unscored { Exit::Unscored } else { Exit::Success }
}

fn tell_joined(joined: &JoinFaults) {
    let tell = |what: &str, list: &[String]| {
        let shown: Vec<&str> = list.iter().take(5).map(String::as_str).collect();
        if !list.is_empty() {
            let more = if list.len() > shown.len() { ", ..." } else { "" };
            eprintln!("outputs: {} {what}: {}{more}", list.len(), shown.join(", "));
        }
    };
    tell("records have none", &joined.missing);
    tell("belong to no record", &joined.extra);
    tell("lines cannot be used", &joined.unusable);
}

fn tell_ended(ended: &Ended, exit: Exit, resume: &str) {
    match (ended, exit) {
        (Ended::StoppedEarly(why), _) => {
            eprintln!("stopped early, since every call fails the same way: {why}");
            eprintln!("once it is mended, go on with: {resume}");
        }
        (Ended::Interrupted, _) => eprintln!("interrupted; go on with: {resume}"),
        (Ended::Complete, Exit::Budget) => {
            eprintln!("the budget was reached; go on with: {resume}");
        }
        (Ended::Complete, Exit::Unscored) => eprintln!("too many records are unscored to judge by the rest"),
        _ => {}
    }
}

/// The command that goes on with a run: what decides which run it is, and nothing else.
fn resume_command(suite: &str, args: &RunArgs, global: &Global) -> String {
    let mut command = format!("karat run {} --resume", quoted(suite));
    let mut add = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            command += &format!(" {flag} {}", quoted(&value));
        }
    };
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    add("--config", path(&global.config));
    add("--state-dir", path(&global.state_dir));
    add("--record", path(&args.record));
    add("--model", args.model.clone());
    add("--reading", args.reading.map(|reading| reading.name().to_owned()));
    add("--limit", args.limit.map(|limit| limit.to_string()));
    for filter in &args.filter {
        add("--filter", Some(filter.clone()));
    }
    command
}

/// A word as a shell takes it.
fn quoted(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,+@=%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}
