//! `karat tune`: a better instruction or demos for a suite's judge.

use std::fs;
use std::path::Path;

use super::args::{Global, RunArgs};
use super::config::{Config, load};
use super::exit::Exit;
use super::judges::{Asked, Suite, nobody};
use super::loaded::{Loaded, There};
use super::models::Chosen;
use super::progress::{Progress, Unit};
use super::prompt::default_reading;
use super::replies::Before;
use super::run::listen_for_interrupts;
use super::shared::{Models as Shelf, Shared};
use super::signature::{chosen_demos, messages};
use super::teller::quoted;
use super::tune_args::{ObjectiveName, OptimizerName, TuneArgs};
use super::tune_data::{Labelled, shares};
use super::tune_estimate::{TuneEstimate, estimate, estimate_text};
use super::tune_folder::{TuneFolder, TuneHead, page as earlier_page};
use super::{cache, print, runs};
use crate::error::{Error, ErrorKind, Result};
use crate::judge::{Aggregation, Judge, JudgeOptions, Reading};
use crate::optimizer::{
    Bootstrap, CostTable, DemoLimits, Event, Found, Ground, HeldOut, InstructionSearch, InstructionSources,
    KNearest, Labelled as LabelledDemos, Learning, Models, Objective, Part, Pool, Proposer, RandomSearch,
    SearchEnd, Subject, TestFigures, Tested, TuneOptions, TunePage, search, split, test,
};
use crate::prompt::Compiled;
use crate::report::{count, line_difference, tune_line, tune_text};
use crate::signature::{Demo, Spec, TunedFile, write_file};

/// What a tuning starts from.
pub(super) struct Setup {
    pub(super) suite: String,
    pub(super) judge: Judge,
    pub(super) learning: Learning,
    /// How many records are held out.
    pub(super) held_out: usize,
    pub(super) calls_each: u64,
    pub(super) max_calls: Option<u64>,
    pub(super) limits: DemoLimits,
    pub(super) optimizer: OptimizerName,
}

pub(super) async fn tune(global: &Global, args: &TuneArgs) -> Result<Exit> {
    let config = load(global)?;
    if let Some(name) = &args.report {
        return tell(&earlier_page(&config, &args.suite, name)?, args);
    }
    let mut suite = Suite::open(&args.suite, &config)?;
    if let Some(file) = &args.outputs {
        suite.judge_file(file);
    }
    let chosen = Chosen::new(args.model.as_deref().or(suite.file.model.as_deref()), &config)?;
    let (setup, held_out) = setup(&suite, &config, &chosen, args)?;
    let spec = setup.judge.spec().clone();
    let ground = Ground {
        spec: &spec,
        reading: setup.judge.options().reading,
        train: &setup.learning.train,
        limits: setup.limits,
        seed: args.seed,
    };
    let mut proposer = proposer(ground, args)?;
    let estimate = estimate(&setup, proposer.as_ref(), &ground, &chosen, &config);
    if args.dry_run {
        return tell_estimate(&estimate, args);
    }
    let options = options(&setup, args)?;
    if !args.resume {
        eprint!("{}", estimate_text(&estimate));
    }
    let head = head(&suite, &config, &setup, &chosen, args)?;
    let work = Work { global, config: &config, suite: &suite, args, setup: &setup, options, head };
    work.run(&spec, proposer.as_mut(), held_out, chosen, &estimate).await
}

fn tell(page: &TunePage, args: &TuneArgs) -> Result<Exit> {
    print(&if args.json { format!("{}\n", tune_line(page)) } else { tune_text(page) })?;
    Ok(Exit::Success)
}

fn tell_estimate(estimate: &TuneEstimate, args: &TuneArgs) -> Result<Exit> {
    print(&if args.json {
        format!("{}\n", serde_json::to_string(estimate).unwrap_or_default())
    } else {
        estimate_text(estimate)
    })?;
    Ok(Exit::Success)
}

fn setup(suite: &Suite, config: &Config, chosen: &Chosen, args: &TuneArgs) -> Result<(Setup, HeldOut)> {
    let reading = args.reading.or(suite.file.reading).unwrap_or_else(|| default_reading(chosen));
    let asked = Asked { model: nobody(), chosen, reading, calibration: None, samples: None };
    let panel = suite.panel(Some(&asked))?;
    let judge = panel.alone().cloned().ok_or_else(|| {
        Error::new(ErrorKind::Config, format!("suite {} has several parts: {}", suite.name, panel.title()))
            .help("one judge is tuned at a time: make a suite of that judge alone")
    })?;
    if judge.spec().scale.is_none() {
        let detail = format!("suite {}: its judge gives no verdict", suite.name);
        return Err(Error::new(ErrorKind::Signature, detail).help("its signature needs a [score]"));
    }
    let labelled = Labelled::read(suite, config, chosen, &panel, args)?;
    for (number, why) in
        [(labelled.unlabelled, "have no label"), (labelled.without_output, "have no output to judge")]
    {
        if number > 0 {
            eprintln!("left out: {} records {why}", count(number));
        }
    }
    let (learning, held_out) = split(labelled.examples, shares(args)?, args.seed)?;
    let questions = match (&judge.spec().rubric, judge.options().aggregation) {
        (Some(rubric), Aggregation::Criteria) => rubric.criteria.len() as u64,
        _ => 1,
    };
    let draws = if reading == Reading::Sampled { u64::from(judge.options().samples) } else { 1 };
    let setup = Setup {
        suite: suite.name.clone(),
        judge,
        held_out: held_out.len(),
        learning,
        calls_each: questions * draws,
        max_calls: args.max_calls,
        limits: DemoLimits { demos: args.demos, harvested: args.harvested, ..DemoLimits::default() },
        optimizer: args.optimizer,
    };
    Ok((setup, held_out))
}

fn options(setup: &Setup, args: &TuneArgs) -> Result<TuneOptions> {
    let default = TuneOptions::default();
    if !(0.0..1.0).contains(&args.race_error) {
        let detail = format!("--race-error {} is not a share from 0 to below 1", args.race_error);
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    Ok(TuneOptions {
        objective: objective(setup, args)?,
        token_penalty: args.token_penalty,
        race_error: (args.race_error > 0.0).then_some(args.race_error),
        most_calls: search_calls(setup)?,
        seed: args.seed,
        concurrency: args.concurrency.unwrap_or(default.concurrency),
        ..default
    })
}

/// What is left for the search when the test part is set aside.
fn search_calls(setup: &Setup) -> Result<Option<u64>> {
    let Some(most) = setup.max_calls else {
        return Ok(None);
    };
    let test = 2 * setup.held_out as u64 * setup.calls_each;
    let baseline = setup.learning.validation.len() as u64 * setup.calls_each;
    if most < test + 2 * baseline {
        let detail = format!(
            "{most} calls are too few: the test takes {test}, and comparing one candidate with the baseline {}",
            2 * baseline
        );
        return Err(Error::new(ErrorKind::Usage, detail)
            .help("raise --max-calls, or take fewer records with --limit, or smaller shares with --split"));
    }
    Ok(Some(most - test))
}

fn objective(setup: &Setup, args: &TuneArgs) -> Result<Objective> {
    if !args.cost.is_empty() {
        return costs(setup, args);
    }
    Ok(match args.objective {
        ObjectiveName::Kappa => Objective::Kappa,
        ObjectiveName::Ac1 => Objective::Ac1,
        ObjectiveName::Rank => Objective::Rank,
        ObjectiveName::Nmse => Objective::Nmse,
        ObjectiveName::Cost => Objective::Cost { false_pass: args.false_pass, false_fail: args.false_fail },
    })
}

fn costs(setup: &Setup, args: &TuneArgs) -> Result<Objective> {
    if args.objective != ObjectiveName::Cost {
        return Err(Error::new(ErrorKind::Usage, "--cost is for --objective cost")
            .help("add --objective cost, or leave --cost out"));
    }
    let scale = setup.judge.spec().scale.as_ref();
    let scale = scale.ok_or_else(|| Error::new(ErrorKind::Internal, "a judge without a scale"))?;
    CostTable::parse(&args.cost, scale).map(Objective::Costs)
}

fn proposer<'a>(ground: Ground<'a>, args: &TuneArgs) -> Result<Box<dyn Proposer + 'a>> {
    Ok(match args.optimizer {
        OptimizerName::RandomSearch => Box::new(RandomSearch::new(ground, args.candidates.unwrap_or(16))),
        OptimizerName::Bootstrap => Box::new(Bootstrap::new(ground)),
        OptimizerName::Labelled => Box::new(LabelledDemos::new(ground)),
        OptimizerName::Knn => Box::new(KNearest::new(ground)),
        OptimizerName::Tpe => {
            let sources = InstructionSources {
                written: args.instructions.as_deref().map(instructions).transpose()?.unwrap_or_default(),
                asked_for: args.proposer.as_ref().map_or(0, |_| args.proposals),
                demo_sets: if args.demos == 0 { 0 } else { 5 },
                trials: args.candidates,
            };
            Box::new(InstructionSearch::new(ground, sources))
        }
    })
}

/// The instructions of a file, set apart by lines of `---`.
fn instructions(path: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(path).map_err(|source| {
        Error::new(ErrorKind::Usage, format!("cannot read the instructions of {}: {source}", path.display()))
    })?;
    let mut instructions = vec![String::new()];
    for line in text.lines() {
        match instructions.last_mut() {
            Some(last) if line.trim() != "---" => *last += &format!("{line}\n"),
            _ => instructions.push(String::new()),
        }
    }
    let instructions = instructions.iter().map(|text| text.trim().to_owned());
    Ok(instructions.filter(|text| !text.is_empty()).collect())
}

fn head(suite: &Suite, config: &Config, setup: &Setup, chosen: &Chosen, args: &TuneArgs) -> Result<TuneHead> {
    let written = args.instructions.as_deref().map(instructions).transpose()?;
    let records = (&args.labels, &args.group, &args.stratum, &args.split, &args.filter, args.limit);
    let file = &suite.file;
    let suite_options = (&file.id, &file.fields, &file.label, &file.label_values, &file.outputs);
    let search = (
        (
            args.optimizer,
            args.candidates,
            objective(setup, args)?,
            args.token_penalty,
            args.demos,
            args.harvested,
        ),
        (written, &args.proposer, args.proposals, &args.teacher, args.seed, args.race_error, args.max_calls),
    );
    Ok(TuneHead {
        format: 1,
        suite: suite.name.clone(),
        model: format!("{}/{}", chosen.provider, chosen.name),
        judge: setup.judge.fingerprint(),
        dataset: runs::hash(&config.path(&suite.file.dataset))?,
        options: format!("{:?}", (records, suite_options, search)),
    })
}

/// A tuning at work.
struct Work<'a> {
    global: &'a Global,
    config: &'a Config,
    suite: &'a Suite,
    args: &'a TuneArgs,
    setup: &'a Setup,
    options: TuneOptions,
    head: TuneHead,
}

impl Work<'_> {
    async fn run(
        &self,
        spec: &Spec,
        proposer: &mut dyn Proposer,
        held_out: HeldOut,
        chosen: Chosen,
        estimate: &TuneEstimate,
    ) -> Result<Exit> {
        let Self { config, suite, args, setup, .. } = self;
        let shared = Shared::new(self.global, config, &run_args(args))?;
        let mut options = self.options.clone();
        options.concurrency =
            args.concurrency.unwrap_or_else(|| chosen.calls_at_once(suite.file.concurrency));
        let mut loaded = Loaded::default();
        let judge = there(&mut loaded, chosen, config).await?;
        let teacher = named(&mut loaded, args.teacher.as_deref(), config).await?;
        let writer = named(&mut loaded, args.proposer.as_deref(), config).await?;
        let mut folder = if args.resume {
            TuneFolder::resume(config, &self.head)?
        } else {
            TuneFolder::start(config, &self.head)?
        };
        listen_for_interrupts(&shared.stop);
        let nothing = Before::default();
        let kept = Shelf::new(config, suite, &shared, &folder.path, &nothing, [Some(&judge), None])?;
        let model = |there: &There| kept.model(there, options.concurrency);
        let mut models = Models::new(model(&judge), setup.judge.options().clone());
        models.questions = setup.calls_each;
        models.teacher = teacher.as_ref().map(|there| (model(there), self.teaching(there)));
        models.writer = writer.as_ref().map(model);
        let scale =
            spec.scale.as_ref().ok_or_else(|| Error::new(ErrorKind::Internal, "a judge without a scale"))?;
        let reading = setup.judge.options().reading;
        let subject = Subject { spec, scale, reading, learning: &setup.learning };
        let mut told = Telling::new(&mut folder, &setup.suite, estimate.calls);
        let models = [models];
        let found =
            search(subject, &models, proposer, options.clone(), &shared.stop, |event| told.hear(event))
                .await?;
        let mut figures = None;
        let mut end = found.end.clone();
        if matches!(found.end, SearchEnd::Complete | SearchEnd::OutOfCalls) {
            let tested =
                test(subject, &found, held_out, &models, options, &shared.stop, |event| told.hear(event))
                    .await?;
            match tested {
                Tested::Figures(tested) => figures = Some(*tested),
                Tested::Not(Some(refused)) => end = SearchEnd::Budget(refused.to_string()),
                Tested::Not(None) => end = SearchEnd::Interrupted,
            }
        }
        drop(told);
        cache::tell_trouble(shared.opened());
        match end {
            SearchEnd::Complete | SearchEnd::OutOfCalls => {}
            other => return Ok(broken_off(&other, &folder)),
        }
        let found = Found { end, ..found };
        let page = self.page(spec, found, figures, proposer.name(), &folder)?;
        folder.keep(&page)?;
        tell(&page, args)?;
        self.keep_winner(spec, &page, &folder)?;
        eprintln!("log: {}", folder.path.display());
        Ok(Exit::Success)
    }

    fn teaching(&self, teacher: &There) -> JudgeOptions {
        let reading = teacher.ready.reading;
        let parameters = teacher.chosen.parameters(reading);
        JudgeOptions { reading, parameters, ..self.setup.judge.options().clone() }
    }

    fn page(
        &self,
        spec: &Spec,
        found: Found,
        test: Option<TestFigures>,
        optimizer: &str,
        folder: &TuneFolder,
    ) -> Result<TunePage> {
        let Self { setup, args, .. } = self;
        let winner = found.standings.get(found.best).filter(|_| found.best > 0);
        let tuned = winner.map(|standing| standing.candidate.apply(spec, &self.pool(spec)));
        let mut lines = [0, 0];
        if let Some(tuned) = &tuned {
            let (old, new) = (self.prompt(spec)?, self.prompt(tuned)?);
            let (difference, changed) = line_difference(&old, &new);
            lines = changed;
            folder.write("prompt.txt", &new)?;
            folder.write("prompt.diff", &difference)?;
        }
        Ok(TunePage {
            suite: setup.suite.clone(),
            signature: spec.name.clone(),
            model: self.head.model.clone(),
            reading: setup.judge.options().reading.name().to_owned(),
            optimizer: optimizer.to_owned(),
            seed: args.seed,
            objective: self.options.objective.clone(),
            token_penalty: self.options.token_penalty,
            parts: [setup.learning.train.len(), setup.learning.validation.len(), setup.held_out]
                .map(|number| number as u64),
            end: found.end,
            standings: found.standings,
            best: found.best,
            calls: found.calls,
            saved: found.saved,
            test,
            lines,
        })
    }

    /// The part of the prompt that is the same for every record, as it is sent.
    fn prompt(&self, spec: &Spec) -> Result<String> {
        let shown = match self.setup.judge.options().reading {
            Reading::Weighted => spec.verdict_only().unwrap_or_else(|| spec.clone()),
            _ => spec.clone(),
        };
        let compiled = Compiled::new(shown)?;
        Ok(messages(compiled.stable()) + &chosen_demos(&compiled))
    }

    /// What the nearest demos of a record are looked up in.
    fn pool(&self, spec: &Spec) -> Vec<Demo> {
        let Setup { judge, learning, .. } = self.setup;
        Pool::labelled(&learning.train, spec, judge.options().reading).demos()
    }

    /// Writes the winner as a signature file, beside the log and where it was asked for.
    fn keep_winner(&self, spec: &Spec, page: &TunePage, folder: &TuneFolder) -> Result<()> {
        let Some(winner) = page.winner() else {
            if self.args.write.is_some() {
                eprintln!("nothing is written: the signature stays as it is");
            }
            return Ok(());
        };
        let tuned = winner.candidate.apply(spec, &self.pool(spec));
        let text = write_file(&tuned, Some(&self.provenance(spec, page)))?;
        folder.write("signature.toml", &text)?;
        let Some(path) = &self.args.write else {
            return Ok(());
        };
        let unwritable = |source: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
        };
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(unwritable)?;
        }
        fs::write(path, text).map_err(unwritable)?;
        if let Some(template) = &spec.template {
            fs::write(path.with_extension("jinja"), &template.text).map_err(unwritable)?;
        }
        eprintln!(
            "signature: {}; to use it, set `signature = \"{}\"` in [suites.{}]",
            path.display(),
            path.display(),
            self.setup.suite
        );
        Ok(())
    }

    fn provenance(&self, spec: &Spec, page: &TunePage) -> TunedFile {
        let winner = page.winner();
        let baseline = page.standings.first();
        let test = page.test.as_ref();
        TunedFile {
            suite: page.suite.clone(),
            model: page.model.clone(),
            reading: page.reading.clone(),
            optimizer: page.optimizer.clone(),
            seed: page.seed,
            objective: page.objective.name().to_owned(),
            origin: winner.map(|standing| standing.candidate.origin.clone()).unwrap_or_default(),
            dataset: self.head.dataset.clone(),
            from: spec.fingerprint(),
            records: page.parts,
            validation: [baseline, winner].into_iter().flatten().filter_map(|one| one.objective).collect(),
            test: [test.and_then(|test| test.baseline), test.and_then(|test| test.winner)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}

/// Tells why a tuning ended before its time, and how to go on.
fn broken_off(end: &SearchEnd, folder: &TuneFolder) -> Exit {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--resume").collect();
    let words: Vec<String> = words.iter().map(|word| quoted(word).into_owned()).collect();
    eprintln!("log: {}", folder.path.display());
    let (what, exit) = match end {
        SearchEnd::Budget(why) => (format!("the budget was reached: {why}"), Exit::Budget),
        SearchEnd::StoppedEarly(why) => {
            (format!("stopped early, since every call fails the same way: {why}"), Exit::Unscored)
        }
        _ => ("interrupted".to_owned(), Exit::Interrupted),
    };
    eprintln!("{what}\ngo on with: karat {} --resume", words.join(" "));
    exit
}

async fn there(loaded: &mut Loaded, chosen: Chosen, config: &Config) -> Result<There> {
    let there = loaded.take(Some(chosen), config).await?;
    there.ok_or_else(|| Error::new(ErrorKind::Internal, "a model that was named is not there"))
}

async fn named(loaded: &mut Loaded, name: Option<&str>, config: &Config) -> Result<Option<There>> {
    match name {
        Some(name) => there(loaded, Chosen::new(Some(name), config)?, config).await.map(Some),
        None => Ok(None),
    }
}

/// What the shared parts of a command need to know.
fn run_args(args: &TuneArgs) -> RunArgs {
    RunArgs {
        max_calls: args.max_calls,
        max_cost: args.max_cost,
        max_minutes: args.max_minutes,
        no_cache: args.no_cache,
        ..RunArgs::default()
    }
}

/// Tells how a search goes, and writes it down.
struct Telling<'a> {
    folder: &'a mut TuneFolder,
    progress: Progress,
    done: u64,
    best: String,
}

impl<'a> Telling<'a> {
    fn new(folder: &'a mut TuneFolder, suite: &str, most: u64) -> Self {
        let progress = Progress::start(&format!("{suite}, tuning, judgments at most"), Unit::Records, most);
        Self { folder, progress, done: 0, best: String::new() }
    }

    fn hear(&mut self, event: Event<'_>) -> Result<()> {
        self.folder.note(event)?;
        match event {
            Event::Judged { part, .. } => {
                self.done += 1;
                let remark = if part == Part::Test { "testing" } else { self.best.as_str() };
                self.progress.set(self.done, remark);
            }
            Event::Finished { place, worth: Some(worth), best } if place == best => {
                self.best = format!("best so far {worth:.2} (candidate {best})");
            }
            _ => {}
        }
        Ok(())
    }
}
