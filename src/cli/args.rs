//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::bench_args::{BenchArgs, bytes, time};
use super::calibrate_args::CalibrateArgs;
use super::compare_args::CompareArgs;
use super::cost_args::CostArgs;
use super::judging_args::{CheckArgs, GoldenArgs, JudgeArgs};
use super::label_args::LabelArgs;
use super::probe::ProbeArgs;
use super::report_files::{AnswerFiles, ReportFiles};
use super::run_args::RunArgs;
use super::serve_args::ServeArgs;
use super::terminal::note;
use super::tune::TuneArgs;
use crate::report::Detail;
use crate::suite::config::{Folders, Missing};
use crate::suite::next_steps::Typed;
use crate::suite::{Environment, JuryRule, Reading};

/// Scores text and agent outputs with LLM judges, and says how far the scores can be trusted.
#[derive(Debug, Parser)]
#[command(name = "evenhand", version, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) global: Global,
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(super) struct Global {
    /// The configuration; by default the nearest evenhand.toml from here upwards.
    #[arg(long, global = true, value_name = "FILE", env = "EVENHAND_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// Where runs are kept; by default .evenhand beside evenhand.toml.
    #[arg(long, global = true, value_name = "FOLDER", env = "EVENHAND_STATE_DIR")]
    pub(super) state_dir: Option<PathBuf>,
    /// Where embedded models are kept; by default models in the state folder.
    #[arg(long, global = true, value_name = "FOLDER", env = "EVENHAND_MODELS_DIR")]
    pub(super) models_dir: Option<PathBuf>,
    /// Fetch an embedded model that is missing, without asking.
    #[arg(long, global = true)]
    pub(super) fetch: bool,
    /// Fetch nothing: an embedded model that is missing is an error.
    #[arg(long, global = true, env = "EVENHAND_OFFLINE", value_parser = clap::builder::FalseyValueParser::new(), num_args = 0)]
    pub(super) offline: bool,
    /// Print the statistics behind the figures too: p-values, further intervals, variances, what is zero.
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
}

impl Global {
    /// How much a report tells.
    pub(super) fn detail(&self) -> Detail {
        if self.verbose { Detail::Statistics } else { Detail::Figures }
    }

    /// The commands that reports name: each finds the same project.
    pub(super) fn typed(&self) -> Typed {
        Typed::new(self.config.as_deref(), self.state_dir.as_deref())
    }

    /// The project's folders, with the variables of this process; messages go to the standard error.
    pub(super) fn folders(&self) -> Folders {
        Folders {
            config: self.config.clone(),
            state_dir: self.state_dir.clone(),
            models_dir: self.models_dir.clone(),
            missing: match (self.offline, self.fetch) {
                (true, _) => Missing::Refuse,
                (false, true) => Missing::Fetch,
                (false, false) => Missing::Ask,
            },
            environment: Environment::process().with_messages(note),
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge the records of suites and report.
    Run(Box<RunArgs>),
    /// Judge one thing, given on the command line, and say what the judge said.
    Judge(JudgeArgs),
    /// Judge suites, and compare them with their golden files and gates.
    Check(Box<CheckArgs>),
    /// Lock scores in golden files, and decide about changed ones.
    Golden(GoldenArgs),
    /// Compare a suite's judge with labels, on one page, and store a score correction.
    Calibrate(Box<CalibrateArgs>),
    /// Compare two runs, or two models, two signatures or several strategies on a suite: what is better, what is
    /// worse, and what to do.
    Compare(Box<CompareArgs>),
    /// Change what must not matter and ask a suite's judge again: which verdicts flip? Order, length, wording,
    /// claimed authors, instructions inside the text.
    Probe(Box<ProbeArgs>),
    /// Combine finished runs, or recorded judgments, into a jury: what it gains over its best member. No model is
    /// asked.
    Jury(JuryArgs),
    /// Measure models, strategies and options side by side on a suite's records: speed, quality, cost, and what to use.
    Bench(Box<BenchArgs>),
    /// Let people label a suite's records, on a page; plan it, see how far it is, and take labels in and out.
    Label(Box<LabelArgs>),
    /// Answer over HTTP with suites' judges, calibrated: the forms of decision models, /v1/decisions and /v1/systemone.
    Serve(Box<ServeArgs>),
    /// Compute what work costs: a call, a day, a year, by prices or with a machine of your own. No model is asked.
    Cost(Box<CostArgs>),
    /// Find a better instruction or demos for a suite's judge on labelled records.
    Tune(Box<TuneArgs>),
    /// Score judgments that exist already, from any source, as [scores.NAME] of evenhand.toml says.
    Score(ScoreArgs),
    /// Write a report of finished runs: a page, Markdown, JUnit XML, CSV, JSON. No model is asked.
    Report(ReportArgs),
    /// Look through a run's records in the browser.
    View(ViewArgs),
    /// Print exactly what would be sent for a record.
    Prompt(PromptArgs),
    /// List, show or check signatures.
    #[command(subcommand)]
    Signature(SignatureCommand),
    /// List, fetch, remove, warm, stop, keep and recommend models.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Show what the cache of replies holds, and make room in it.
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Explain a word of a report in one sentence. Without a word, list all of them.
    Explain {
        /// The word: kappa, interval, flip, ...
        word: Option<String>,
    },
    /// Make a project of another tool's tests.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Start a project in this folder: evenhand.toml, a signature and a dataset, or a small project for a job.
    Init(InitArgs),
    /// Print the JSON Schema of evenhand.toml, of signature files, of a report, or of a bench.
    Schema {
        /// Whose schema.
        #[arg(value_enum, default_value_t = SchemaOf::Config)]
        of: SchemaOf,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheCommand {
    /// Say what the cache holds.
    Stats {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say whether a record's replies are in the cache, and if not, what changed since.
    Why {
        /// The record's id.
        record: String,
        /// The suite; every suite that has the record by default.
        #[arg(long, value_name = "SUITE")]
        suite: Option<String>,
        /// The model: a role or a route of evenhand.toml, or PROVIDER/NAME.
        #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL")]
        model: Option<String>,
        /// How verdicts are read.
        #[arg(long, value_enum)]
        reading: Option<Reading>,
    },
    /// Remove what was not used for long.
    Prune(PruneArgs),
    /// Write every cached reply to a file that replay/FILE can answer from.
    Export {
        /// The file.
        path: PathBuf,
    },
}

#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct PruneArgs {
    /// What was not used for this long: 30d, 12h, 90m.
    #[arg(long, value_name = "AGE")]
    pub(super) older_than: Option<String>,
    /// The least recently used, until the rest takes at most this many megabytes.
    #[arg(long, value_name = "N")]
    pub(super) max_mb: Option<u64>,
    /// Everything, the file included; also a damaged one.
    #[arg(long)]
    pub(super) all: bool,
}

/// `evenhand jury`.
#[derive(Clone, Debug, Args)]
pub(super) struct JuryArgs {
    /// The runs: folders, names in .evenhand/runs, last, last~1 for the one before, a suite for its last run, or a
    /// [scores.NAME] for the last run of each of its judges.
    #[arg(value_name = "RUN", required = true)]
    pub(super) runs: Vec<String>,
    /// How votes become a verdict. By default the median if verdicts are numbers, else the majority.
    #[arg(long, value_enum, value_name = "RULE")]
    pub(super) vote: Option<JuryRule>,
    /// The fewest votes that make a verdict; more than half of the members by default.
    #[arg(long, value_name = "N")]
    pub(super) quorum: Option<usize>,
    /// Only these of the runs, by the names of their models or judges, separated by commas.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    pub(super) members: Vec<String>,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ScoreArgs {
    /// The file of judgments; by default the one that evenhand.toml names.
    pub(super) replies: Option<PathBuf>,
    /// Which [scores.NAME] of evenhand.toml says how it is read. Needed if there are several.
    #[arg(long, short, value_name = "NAME")]
    pub(super) suite: Option<String>,
    /// Read only lines that fit: judge=GPT-4, id=rel-0*, split!=test. May be given several times.
    #[arg(long, value_name = "FIELD=PATTERN")]
    pub(super) filter: Vec<String>,
    /// Print JSON lines instead of a report: one an outcome, in the order of the records, and one a summary.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct PromptArgs {
    /// The suite.
    pub(super) suite: String,
    /// The record's id; the first record by default.
    #[arg(long, value_name = "ID")]
    pub(super) record: Option<String>,
    /// The model it would be sent to: it decides how the verdict is read.
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL")]
    pub(super) model: Option<String>,
    /// How verdicts are read.
    #[arg(long, value_enum)]
    pub(super) reading: Option<Reading>,
    /// Print the requests as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SignatureCommand {
    /// List the signatures that a suite can name: those in signatures/, and the bundled ones.
    List,
    /// Print a signature's fields, JSON Schema and compiled prompt.
    Show {
        /// A bundled signature, one in signatures/, or a file.
        name: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Report every fault of signature files.
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelsCommand {
    /// List the roles of evenhand.toml and the embedded models.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fetch an embedded model and check it, or have a server of Ollama's fetch one.
    Fetch {
        /// The models: an embedded one by its name, one of a server by its role or as ollama/NAME.
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Remove a model from the disk: an embedded one's file, or one of a server of Ollama's. It asks first.
    Rm {
        /// An embedded model by its name, one of a server by its role or as ollama/NAME.
        model: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Say which models fit this machine's memory and a time for a record, by their sizes and by benches made here.
    Recommend {
        /// Take the benches of this suite alone.
        #[arg(long, value_name = "SUITE")]
        suite: Option<String>,
        /// The longest time of a record: 800ms, 2s.
        #[arg(long, value_name = "TIME", value_parser = time)]
        time: Option<f64>,
        /// The most memory that a model may take: 8GB, 512MB. By default what is free now.
        #[arg(long, value_name = "SIZE", value_parser = bytes)]
        memory: Option<u64>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Load a model, so that the first call does not wait for it.
    Warm {
        /// A role of evenhand.toml, or PROVIDER/NAME.
        model: String,
    },
    /// Say which models of ollama/ roles are loaded: memory, graphics processor, context, until when.
    Ps {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take a model of ollama/ out of its server's memory.
    Stop {
        /// A role of evenhand.toml, or PROVIDER/NAME.
        model: String,
    },
    /// Keep a model of ollama/ loaded in its server, until Ctrl-C.
    Keep {
        /// A role of evenhand.toml, or PROVIDER/NAME.
        model: String,
        /// How often to load it again: less than the server's own time, which is 5 minutes by default.
        #[arg(long, value_name = "TIME", default_value = "4m", value_parser = time)]
        every: f64,
        /// Stop after this many times.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        times: Option<u64>,
    },
}

#[derive(Clone, Debug, Args)]
pub(super) struct ReportArgs {
    /// Runs, by folder or by its name; suites, for the last run of each; or a folder with the parts of one run, which are
    /// summed up. By default the last run of every suite.
    #[arg(value_name = "RUN|SUITE|FOLDER")]
    pub(super) runs: Vec<String>,
    /// The same as --json-report.
    #[arg(long, value_name = "FILE", conflicts_with = "json_report")]
    pub(super) json: Option<PathBuf>,
    #[command(flatten)]
    pub(super) files: ReportFiles,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ViewArgs {
    /// The run, by folder or by its name; or a suite, for its last run. By default the last run of all.
    #[arg(value_name = "RUN|SUITE")]
    pub(super) run: Option<String>,
    /// Write the page and print its path. Open nothing.
    #[arg(long)]
    pub(super) no_open: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct InitArgs {
    /// The folder; this one by default.
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
    /// The job. Its project has recorded replies, so it runs and is checked without a model.
    #[arg(long, value_enum, value_name = "JOB")]
    pub(super) template: Option<TemplateName>,
    /// Also write a file for a CI service that checks the project.
    #[arg(long, value_enum, value_name = "SERVICE", requires = "template")]
    pub(super) ci: Option<CiService>,
}

/// The tools whose tests can be imported.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// A configuration of promptfoo's, with the files that it names.
    Promptfoo(ImportArgs),
    /// An eval of OpenAI's hosted Evals service, with its rows.
    OpenaiEvals(OpenaiEvalsArgs),
    /// A log of Inspect's, .json or .eval: its samples as a dataset, its scores as judgments for `evenhand score`.
    Inspect(ImportArgs),
}

#[derive(Clone, Debug, Args)]
pub(super) struct OpenaiEvalsArgs {
    #[command(flatten)]
    pub(super) import: ImportArgs,
    /// Its rows: lines of {"item": {...}}, with "sample" if there is an output, or the output items of a run.
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// A run of the eval: its rows, if it holds them, and the model and prompt that made the outputs.
    #[arg(long, value_name = "FILE")]
    pub(super) run: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ImportArgs {
    /// The file to import.
    pub(super) file: PathBuf,
    /// The folder that the project is written to.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(super) to: PathBuf,
    /// Write what can be carried over, and list the rest in evenhand.toml. By default nothing is written then.
    #[arg(long)]
    pub(super) allow_partial: bool,
}

/// The jobs that there is a small project of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum TemplateName {
    /// What a support agent did: forbidden tools, steps, and a judge with the shop's policy.
    Agent,
    /// Texts scored by weighted criteria.
    Rubric,
    /// Answers compared with the passages they were made from.
    Rag,
    /// Two answers to one question: which is better?
    Pair,
    /// The same prompts answered by an old model and a new one.
    Upgrade,
}

/// The CI services that a file is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum CiService {
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
}

/// Whose schema is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum SchemaOf {
    /// evenhand.toml's.
    Config,
    /// A signature file's.
    Signature,
    /// That of `evenhand report --json`.
    Report,
    /// That of `evenhand bench --json`.
    Bench,
}
