//! The `evenhand` command: the only place with a command line and a terminal.

#![expect(clippy::print_stderr, reason = "a command prints")]

mod args;
mod bench;
mod bench_args;
mod cache_command;
mod calibrate;
mod calibrate_args;
mod calibrate_batch;
mod calibrate_cascade;
mod command_line;
mod compare;
mod compare_args;
mod console;
mod cost;
mod cost_args;
mod disk;
mod dry_run;
mod explain;
mod fetching;
mod golden;
mod help_texts;
mod import;
mod import_args;
mod init;
mod judge;
mod judging_args;
mod jury;
mod label;
mod label_args;
mod models;
mod probe;
mod report;
mod report_files;
mod run;
mod run_args;
mod score;
mod serve;
mod serve_args;
mod served;
mod signature;
mod terminal;
mod tune;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use self::args::{Cli, Command};
use self::terminal::{alarm, print, print_report};
use crate::error::Result;
use crate::suite::Exit;

/// Reads the command line, does what it says, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    ExitCode::from(main_of(std::env::args_os()))
}

/// The same with a command line of the caller's, the command's name first.
#[must_use]
pub fn main_of(words: impl IntoIterator<Item = OsString>) -> u8 {
    let words: Vec<OsString> = words.into_iter().collect();
    command_line::keep(&words);
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(told) => {
            // Where the standard error is closed nobody listens.
            let _ = told.print();
            return if told.use_stderr() { Exit::Usage as u8 } else { Exit::Success as u8 };
        }
    };
    match dispatch(cli) {
        Ok(exit) => exit as u8,
        Err(error) => {
            alarm("evenhand:", &format!("{error:#}"));
            Exit::of(&error) as u8
        }
    }
}

fn dispatch(cli: Cli) -> Result<Exit> {
    match cli.command {
        Command::Run(args) => wait(run::run(&cli.global, &args)),
        Command::Judge(args) => wait(judge::judge(&cli.global, &args)),
        Command::Check(args) => wait(golden::check(&cli.global, &args)),
        Command::Golden(command) => wait(golden::golden(&cli.global, &command)),
        Command::Calibrate(args) if args.batch && args.check.is_none() => {
            wait(calibrate_batch::batch(&cli.global, &args))
        }
        Command::Calibrate(args) if args.cascade => wait(calibrate_cascade::cascade(&cli.global, &args)),
        Command::Calibrate(args) => wait(calibrate::calibrate(&cli.global, &args)),
        Command::Compare(args) => wait(compare::compare(&cli.global, &args)),
        Command::Probe(args) => wait(probe::probe(&cli.global, &args)),
        Command::Jury(args) => jury::jury(&cli.global, &args),
        Command::Bench(args) => wait(bench::bench(&cli.global, &args)),
        Command::Label(args) => wait(label::label(&cli.global, &args)),
        Command::Serve(args) => wait(serve::serve(&cli.global, &args)),
        Command::Cost(args) => cost::cost(&cli.global, &args),
        Command::Tune(args) => wait(tune::tune(&cli.global, &args)),
        Command::Score(args) => score::score(&cli.global, &args),
        Command::Report(args) => report::report(&cli.global, &args),
        Command::View(args) => report::view(&cli.global, &args),
        Command::Prompt(args) => wait(signature::prompt(&cli.global, &args)),
        Command::Signature(command) => signature::signature(&cli.global, &command),
        Command::Models(command) => wait(models::models(&cli.global, &command)),
        Command::Cache(command) => wait(cache_command::cache(&cli.global, &command)),
        Command::Explain { word } => explain::explain(word.as_deref()),
        Command::Import(command) => import::import(&command),
        Command::Init(args) => init::init(&args),
        Command::Schema { of } => signature::schema(of),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "evenhand", &mut std::io::stdout());
            Ok(Exit::Success)
        }
    }
}

/// All calls in flight are one task, so that further threads would only hand work to and fro: on two cores a
/// call through HTTP takes a fifth less of the processor without them. The cache and the engine have their own.
fn wait(work: impl Future<Output = Result<Exit>>) -> Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|source| {
        crate::error::Error::new(crate::error::ErrorKind::Internal, format!("cannot start: {source}"))
    })?;
    runtime.block_on(work)
}
