//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Args, Parser, Subcommand};
use clap_complete::Shell;

use super::bench_args::{BenchArgs, bytes, time};
use super::calibrate_args::CalibrateArgs;
use super::compare_args::CompareArgs;
use super::cost_args::CostArgs;
use super::help_texts::{EVERY_COMMAND, JSON, JSON_LINES, MODEL_OR_ROUTE, READING, SUITE};
use super::import_args::ImportCommand;
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
#[command(name = "evenhand", version, max_term_width = 100, disable_help_flag = true, arg = help())]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
    #[command(flatten)]
    pub(super) global: Global,
}

/// `--help`, below the heading of the options that every command has.
fn help() -> Arg {
    let text = "Print help. --help says more of some options than -h";
    Arg::new("help")
        .short('h')
        .long("help")
        .help(text)
        .help_heading(EVERY_COMMAND)
        .action(ArgAction::Help)
        .global(true)
        .display_order(999)
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = EVERY_COMMAND)]
pub(super) struct Global {
    /// The configuration. By default the nearest evenhand.toml, from this folder upwards.
    #[arg(long, global = true, value_name = "FILE", env = "EVENHAND_CONFIG", hide_env_values = true)]
    pub(super) config: Option<PathBuf>,
    /// The folder of runs. By default .evenhand beside evenhand.toml.
    #[arg(long, global = true, value_name = "FOLDER", env = "EVENHAND_STATE_DIR", hide_env_values = true)]
    pub(super) state_dir: Option<PathBuf>,
    /// The folder of embedded models. By default models in the folder of runs.
    #[arg(long, global = true, value_name = "FOLDER", env = "EVENHAND_MODELS_DIR", hide_env_values = true)]
    pub(super) models_dir: Option<PathBuf>,
    /// Fetch an embedded model that is missing, without asking.
    #[arg(long, global = true)]
    pub(super) fetch: bool,
    /// Fetch nothing: an embedded model that is missing is an error.
    #[arg(long, global = true, env = "EVENHAND_OFFLINE", value_parser = clap::builder::FalseyValueParser::new(), num_args = 0, hide_env_values = true)]
    pub(super) offline: bool,
    /// Also print the statistics behind the figures: p-values, further intervals, variances, and what is zero.
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
    /// Judge the records of suites, and report.
    Run(Box<RunArgs>),
    /// Judge one record, given on the command line.
    Judge(JudgeArgs),
    /// Judge suites, and compare them with their golden files and gates.
    Check(Box<CheckArgs>),
    /// Lock scores in golden files, and decide about changed ones.
    Golden(GoldenArgs),
    /// Compare a suite's judge with labels, and store a score correction.
    Calibrate(Box<CalibrateArgs>),
    /// Compare two runs, or judge a suite in several ways and compare: what is better, what is worse, and what to do.
    Compare(Box<CompareArgs>),
    /// Test a suite's judge for bias: change what must not matter (order, length, wording, claimed author,
    /// instructions inside the text), and count the verdicts that flip.
    Probe(Box<ProbeArgs>),
    /// Combine finished runs, or recorded judgments, into a jury, and compare it with its best member. No model is
    /// asked.
    Jury(JuryArgs),
    /// Measure models, strategies and options side by side on a suite's records: speed, quality, cost, and which to
    /// use.
    Bench(Box<BenchArgs>),
    /// Let people label a suite's records on a local web page. Also: plan the labels, see the progress, import and
    /// export labels.
    Label(Box<LabelArgs>),
    /// Answer requests over HTTP with suites' calibrated judges, at /v1/decisions and /v1/systemone.
    Serve(Box<ServeArgs>),
    /// Compute the cost of a call, a day and a year, by a provider's prices or on your own machine. No model is
    /// asked.
    Cost(Box<CostArgs>),
    /// Find a better instruction or demos for a suite's judge, by labelled records.
    Tune(Box<TuneArgs>),
    /// Score judgments that exist already, from any source, as [scores.NAME] of evenhand.toml says. No model is
    /// asked.
    Score(ScoreArgs),
    /// Print or write the report of finished runs: text, HTML, Markdown, JUnit XML, CSV, JSON. No model is asked.
    Report(ReportArgs),
    /// Show a run's records in the browser.
    View(ViewArgs),
    /// Print exactly what would be sent to the model for a record.
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
    /// Explain a term of the reports in a sentence. Without a term, list all of them.
    Explain {
        /// The term: kappa, interval, flip, ...
        word: Option<String>,
    },
    /// Make a project of another tool's tests.
    #[command(subcommand)]
    Import(ImportCommand),
    /// Start a project in a folder: evenhand.toml, a signature and a dataset, or the example project of a job.
    Init(InitArgs),
    /// Print the JSON Schema of evenhand.toml, of signature files, of a report, or of a bench.
    Schema {
        /// The file that the schema describes.
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
    /// Print how many replies the cache holds, and their size.
    Stats {
        #[arg(long, help = JSON)]
        json: bool,
    },
    /// Print whether a record's replies are in the cache, and if not, what changed since.
    Why {
        /// The record's id.
        record: String,
        /// The suite, by name. By default every suite that has the record.
        #[arg(long, value_name = "SUITE")]
        suite: Option<String>,
        #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL", help = MODEL_OR_ROUTE, hide_env_values = true)]
        model: Option<String>,
        #[arg(long, value_enum, help = READING)]
        reading: Option<Reading>,
    },
    /// Remove replies that have not been used lately.
    Prune(PruneArgs),
    /// Write every cached reply to a file. The model replay/FILE answers from it.
    Export {
        /// The file to write.
        path: PathBuf,
    },
}

#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct PruneArgs {
    /// Remove what was not used for this long: 30d, 12h, 90m.
    #[arg(long, value_name = "AGE")]
    pub(super) older_than: Option<String>,
    /// Remove the least recently used replies, until at most N megabytes are left.
    #[arg(long, value_name = "N")]
    pub(super) max_mb: Option<u64>,
    /// Remove everything, with the file itself. It may be damaged.
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
    /// How the votes become a verdict. By default the median if verdicts are numbers, and the majority otherwise.
    #[arg(long, value_enum, value_name = "RULE")]
    pub(super) vote: Option<JuryRule>,
    /// Give a verdict only if at least N members vote. By default more than half of them.
    #[arg(long, value_name = "N")]
    pub(super) quorum: Option<usize>,
    /// Only these members, separated by commas: names of models or judges.
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    pub(super) members: Vec<String>,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) files: AnswerFiles,
}

#[derive(Clone, Debug, Args)]
pub(super) struct ScoreArgs {
    /// The file of judgments. By default the one that evenhand.toml names.
    pub(super) replies: Option<PathBuf>,
    /// The [scores.NAME] of evenhand.toml that says how the file is read, if there are several.
    #[arg(long, short, value_name = "NAME")]
    pub(super) suite: Option<String>,
    /// Take only lines that fit: judge=GPT-4, id=rel-0*, split!=test. May be given several times.
    #[arg(long, value_name = "FIELD=PATTERN")]
    pub(super) filter: Vec<String>,
    #[arg(long, help = JSON_LINES)]
    pub(super) json: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct PromptArgs {
    #[arg(help = SUITE)]
    pub(super) suite: String,
    /// The record, by its id. By default the first one.
    #[arg(long, value_name = "ID")]
    pub(super) record: Option<String>,
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL", help = MODEL_OR_ROUTE, hide_env_values = true)]
    pub(super) model: Option<String>,
    #[arg(long, value_enum, help = READING)]
    pub(super) reading: Option<Reading>,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum SignatureCommand {
    /// List the signatures that a suite can use: those in signatures/, and the bundled ones.
    List,
    /// Print a signature's fields, JSON Schema and compiled prompt.
    Show {
        /// The signature: a bundled one, one in signatures/, or a file.
        name: String,
        #[arg(long, help = JSON)]
        json: bool,
    },
    /// Check signature files, and print every fault.
    Check {
        /// The signature files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ModelsCommand {
    /// List the roles of evenhand.toml and the embedded models.
    List {
        #[arg(long, help = JSON)]
        json: bool,
    },
    /// Fetch an embedded model and check it, or let an Ollama server fetch one.
    Fetch {
        /// The models: an embedded one by its name, one of a server by its role or as ollama/NAME.
        #[arg(required = true)]
        names: Vec<String>,
    },
    /// Remove a model from the disk: the file of an embedded one, or a model of an Ollama server. It asks first.
    Rm {
        /// The model: an embedded one by its name, one of a server by its role or as ollama/NAME.
        model: String,
        /// Remove it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// List the models that fit this machine's memory and a time per record, by their sizes and by benches made here.
    Recommend {
        /// Use only the benches of this suite.
        #[arg(long, value_name = "SUITE")]
        suite: Option<String>,
        /// The longest time per record: 800ms, 2s.
        #[arg(long, value_name = "TIME", value_parser = time)]
        time: Option<f64>,
        /// The most memory that a model may take: 8GB, 512MB. By default what is free now.
        #[arg(long, value_name = "SIZE", value_parser = bytes)]
        memory: Option<u64>,
        #[arg(long, help = JSON)]
        json: bool,
    },
    /// Load a model, so that the first call does not wait for it.
    Warm {
        /// The model: a role of evenhand.toml, or PROVIDER/NAME.
        model: String,
    },
    /// List the loaded models of Ollama servers: memory, GPU, context, and until when.
    Ps {
        #[arg(long, help = JSON)]
        json: bool,
    },
    /// Take a model out of an Ollama server's memory.
    Stop {
        /// The model: a role of evenhand.toml, or PROVIDER/NAME.
        model: String,
    },
    /// Keep a model loaded in an Ollama server, until Ctrl-C.
    Keep {
        /// The model: a role of evenhand.toml, or PROVIDER/NAME.
        model: String,
        /// Load it again at this interval, which must be shorter than the server keeps it: 5 minutes by default.
        #[arg(long, value_name = "TIME", default_value = "4m", value_parser = time)]
        every: f64,
        /// Stop after N times. By default it goes on until Ctrl-C.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        times: Option<u64>,
    },
}

#[derive(Clone, Debug, Args)]
pub(super) struct ReportArgs {
    /// Runs, by folder or by name; suites, for the last run of each; or a folder with the parts of one run, which are
    /// put together. By default the last run of every suite.
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
    /// A run, by folder or by name; or a suite, for its last run. By default the last run of all.
    #[arg(value_name = "RUN|SUITE")]
    pub(super) run: Option<String>,
    /// Write the page and print its path, without opening it.
    #[arg(long)]
    pub(super) no_open: bool,
}

#[derive(Clone, Debug, Args)]
pub(super) struct InitArgs {
    /// The folder of the new project.
    #[arg(default_value = ".")]
    pub(super) folder: PathBuf,
    /// The job. Its example project has recorded replies, so it runs without a model.
    #[arg(long, value_enum, value_name = "JOB")]
    pub(super) template: Option<TemplateName>,
    /// Also write a file that checks the project in this CI service.
    #[arg(long, value_enum, value_name = "SERVICE", requires = "template")]
    pub(super) ci: Option<CiService>,
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
