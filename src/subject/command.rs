//! Outputs by a command, run once for each record.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::process::{Left, Lost, Process};
use super::production;
use super::production::{Kept, OutputCache, Production, Shelf, Trace};
use super::template::Template;
use crate::ask::{Reason, Unscored};
use crate::data::Record;
use crate::error::{Error, ErrorKind, Result};

/// How a command is run for a record.
#[derive(Clone, Debug)]
pub struct CommandOptions {
    /// The program and its arguments; `{field}` stands for a record's field.
    pub arguments: Vec<String>,
    /// What it gets on its standard input; nothing without one.
    pub stdin: Option<Stdin>,
    /// The folder it runs in, and in which relative paths of its files are looked for.
    pub folder: PathBuf,
    /// Further environment variables.
    pub environment: BTreeMap<String, String>,
    /// The longest it may take; then it is ended, with everything it started.
    pub timeout: Duration,
    /// The most bytes of output.
    pub max_bytes: u64,
    /// What its standard output is.
    pub format: OutputFormat,
    /// The exit codes with which an output counts.
    pub exit_codes: Vec<i32>,
    /// Files and folders it is made of: when one changes, kept outputs are produced again. The
    /// program and the arguments that are files are watched without being named.
    pub watch: Vec<PathBuf>,
    /// At most so many processes at the same time.
    pub concurrency: usize,
}

impl Default for CommandOptions {
    fn default() -> Self {
        Self {
            arguments: Vec::new(),
            stdin: None,
            folder: PathBuf::new(),
            environment: BTreeMap::new(),
            timeout: Duration::from_mins(2),
            max_bytes: 10 << 20,
            format: OutputFormat::default(),
            exit_codes: vec![0],
            watch: Vec::new(),
            concurrency: 4,
        }
    }
}

/// What a command gets on its standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// A text with places for fields.
    Text(String),
    /// A JSON object of these fields.
    Json(Vec<String>),
}

/// What an output is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutputFormat {
    /// Text; a last line break does not count.
    #[default]
    Text,
    /// JSON.
    Json,
}

/// A command made ready. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CommandSubject {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    arguments: Vec<Template>,
    stdin: Option<Feed>,
    options: CommandOptions,
    watched: String,
    shelves: Vec<Arc<Shelf>>,
    cache: Option<OutputCache>,
    slots: Semaphore,
}

#[derive(Debug)]
enum Feed {
    Text(Template),
    Json(Vec<String>),
}

impl CommandSubject {
    /// Makes a command ready. Outputs on one of the shelves or in the cache are
    /// not produced again, and new ones are kept in all of them.
    ///
    /// # Errors
    /// The command is empty, a template is broken, or a watched file cannot be read.
    pub fn new(
        options: CommandOptions,
        shelves: Vec<Arc<Shelf>>,
        cache: Option<OutputCache>,
    ) -> Result<Self> {
        let broken = |problem| Error::new(ErrorKind::Config, format!("outputs.command: {problem}"));
        if options.arguments.is_empty() {
            return Err(broken("the command is empty".to_owned()));
        }
        let arguments: Result<Vec<Template>, String> =
            options.arguments.iter().map(|argument| Template::parse(argument)).collect();
        let arguments = arguments.map_err(broken)?;
        let stdin = match &options.stdin {
            None => None,
            Some(Stdin::Text(text)) => Some(Feed::Text(Template::parse(text).map_err(broken)?)),
            Some(Stdin::Json(fields)) => Some(Feed::Json(fields.clone())),
        };
        let watched = production::fingerprint(&made_of(&arguments, &options))?;
        let slots = Semaphore::new(options.concurrency.max(1));
        Ok(Self { inner: Arc::new(Inner { arguments, stdin, options, watched, shelves, cache, slots }) })
    }

    /// What is wrong with a record, before anything is run for it.
    ///
    /// # Errors
    /// It lacks a field that the command needs.
    pub fn check(&self, record: &Record) -> Result<(), String> {
        self.inner.process(record).map(|_| ())
    }

    /// A hash of everything but the record that decides an output.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let inner = &self.inner;
        let stdin = inner.options.stdin.as_ref().map(|stdin| format!("{stdin:?}"));
        let all = json!([
            inner.options.arguments,
            stdin,
            inner.options.environment,
            format!("{:?}", inner.options.format),
            inner.watched
        ]);
        blake3::hash(all.to_string().as_bytes()).to_hex().to_string()
    }

    /// The output for a record: a kept one, or what the command says now. The command finds the number of
    /// the repeat, from 0, in the environment variable `EVENHAND_REPEAT`.
    pub async fn produce(&self, record: &Record, repeat: u32) -> Production {
        let process = match self.inner.process(record) {
            Ok(process) => process,
            Err(problem) => return failed(problem, Trace::default()),
        };
        let key = self.inner.key(&process, repeat);
        let process = process.told("EVENHAND_REPEAT", repeat.to_string());
        match self.inner.kept(&key, record) {
            Some(Ok(kept)) => {
                let trace =
                    Trace { took_ms: kept.took_ms, cost_usd: kept.cost_usd, kept: true, ..Trace::default() };
                return Production { output: Ok(kept.output), trace };
            }
            Some(Err(error)) => return failed(not_kept(&error), Trace::default()),
            None => {}
        }
        self.inner.run(process, record, repeat, key).await
    }
}

/// The files by which an output is decided: those named, the program, and arguments that are files.
fn made_of(arguments: &[Template], options: &CommandOptions) -> Vec<PathBuf> {
    let in_folder = |path: &Path| options.folder.join(path);
    let named = options.watch.iter().map(|path| in_folder(path));
    let constant = arguments.iter().filter_map(Template::constant).map(|text| in_folder(Path::new(text)));
    named.chain(constant.filter(|path| path.is_file())).collect()
}

impl Inner {
    fn process(&self, record: &Record) -> Result<Process, String> {
        let arguments: Result<Vec<String>, String> =
            self.arguments.iter().map(|template| template.fill(record)).collect();
        let stdin = match &self.stdin {
            None => None,
            Some(Feed::Text(template)) => Some(template.fill(record)?),
            Some(Feed::Json(fields)) => Some(object(fields, record)?.to_string()),
        };
        let variables = self.options.environment.iter();
        Ok(Process {
            arguments: self.located(arguments?),
            stdin,
            folder: if self.options.folder.as_os_str().is_empty() {
                PathBuf::from(".")
            } else {
                self.options.folder.clone()
            },
            environment: variables.map(|(name, value)| (name.clone(), value.clone())).collect(),
            timeout: self.options.timeout,
            max_bytes: self.options.max_bytes,
        })
    }

    /// A program named by a relative path stands in the command's folder, wherever evenhand runs.
    fn located(&self, mut arguments: Vec<String>) -> Vec<String> {
        if let Some(program) = arguments.first_mut() {
            let path = self.options.folder.join(&*program);
            if program.contains('/') && Path::new(&*program).is_relative() {
                *program = std::path::absolute(&path).unwrap_or(path).display().to_string();
            }
        }
        arguments
    }

    fn key(&self, process: &Process, repeat: u32) -> String {
        let arguments = process.arguments.get(1..);
        let mut all = json!([
            self.options.arguments.first(),
            arguments,
            process.stdin,
            process.environment,
            format!("{:?}", self.options.format),
            self.watched
        ]);
        // The first has the key that it would have alone: what was kept of it is used.
        if let (Value::Array(parts), 1..) = (&mut all, repeat) {
            parts.push(repeat.into());
        }
        blake3::hash(all.to_string().as_bytes()).to_hex().to_string()
    }

    /// An output from before. One that was only in the cache is put on the
    /// shelves too, so that the run's own file is whole.
    fn kept(&self, key: &str, record: &Record) -> Option<Result<Kept>> {
        if let Some(kept) = self.shelves.iter().find_map(|shelf| shelf.find(key)) {
            return Some(Ok(kept));
        }
        let found = self.cache.as_ref()?.find(key)?;
        let kept = Kept { id: record.id.clone(), ..found };
        let put = self.shelves.iter().try_for_each(|shelf| shelf.keep(kept.clone()));
        Some(put.map(|()| kept))
    }

    async fn run(&self, process: Process, record: &Record, repeat: u32, key: String) -> Production {
        let program = self.options.arguments.first().cloned().unwrap_or_default();
        let slot = self.slots.acquire().await;
        let started = Instant::now();
        let left = process.run().await;
        drop(slot);
        let mut trace = Trace { took_ms: started.elapsed().as_secs_f64() * 1000.0, ..Trace::default() };
        let left = match left {
            Ok(left) => left,
            Err(lost) => {
                let mut production = failed(self.why(&program, &lost), trace);
                if let (Err(unscored), Lost::Start(_)) = (&mut production.output, &lost) {
                    unscored.lasting = true;
                }
                return production;
            }
        };
        trace.stderr.clone_from(&left.stderr);
        trace.notes.extend(left.held.then(|| HELD.to_owned()));
        let output = match self.output(&left) {
            Ok(output) => output,
            Err(problem) => return failed(problem, trace),
        };
        trace.cost_usd = output.get("cost_usd").and_then(Value::as_f64);
        let kept = Kept {
            id: record.id.clone(),
            repeat,
            key,
            output: output.clone(),
            took_ms: trace.took_ms,
            cost_usd: trace.cost_usd,
        };
        for shelf in &self.shelves {
            if let Err(error) = shelf.keep(kept.clone()) {
                return failed(not_kept(&error), trace);
            }
        }
        if let Some(cache) = &self.cache {
            cache.keep(&kept, &program).await;
        }
        Production { output: Ok(output), trace }
    }

    fn output(&self, left: &Left) -> Result<Value, String> {
        match left.code {
            Some(code) if self.options.exit_codes.contains(&code) => {}
            Some(code) => return Err(format!("exit code {code}{}", last_words(&left.stderr))),
            None => return Err(format!("ended by a signal{}", last_words(&left.stderr))),
        }
        let text = std::str::from_utf8(&left.stdout)
            .map_err(|error| format!("its output is not UTF-8 at byte {}", error.valid_up_to()))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        match self.options.format {
            OutputFormat::Text if text.trim().is_empty() => {
                Err(format!("it wrote nothing{}", last_words(&left.stderr)))
            }
            OutputFormat::Text => Ok(Value::from(text)),
            OutputFormat::Json => {
                serde_json::from_str(text).map_err(|error| format!("its output is not JSON: {error}"))
            }
        }
    }

    fn why(&self, program: &str, lost: &Lost) -> String {
        match lost {
            Lost::Start(error) => format!("`{program}` could not be started: {error}"),
            Lost::Pipe(error) => format!("`{program}` could not be read: {error}"),
            Lost::Timeout => {
                format!("no output within {} s: ended", self.options.timeout.as_secs_f64())
            }
            Lost::TooLong => {
                format!("more than {} bytes of output: ended", self.options.max_bytes)
            }
        }
    }
}

const HELD: &str =
    "the command ended and left something running that holds its output; what that wrote later was not read";

fn not_kept(error: &Error) -> String {
    format!("the output came but could not be kept: {error}")
}

fn object(fields: &[String], record: &Record) -> Result<Value, String> {
    let mut object = Map::new();
    for field in fields {
        let value = match (field.as_str(), record.get(field)) {
            (_, Some(value)) => value.clone(),
            ("id", None) => Value::from(record.id.as_str()),
            (_, None) => return Err(format!("field \"{field}\" is missing")),
        };
        object.insert(field.clone(), value);
    }
    Ok(Value::Object(object))
}

/// The end of what a program said on its standard error.
fn last_words(stderr: &str) -> String {
    match stderr.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => format!(": {}", line.trim().chars().take(300).collect::<String>()),
        None => String::new(),
    }
}

fn failed(problem: String, trace: Trace) -> Production {
    Production { output: Err(Unscored::new(Reason::Subject, problem)), trace }
}
