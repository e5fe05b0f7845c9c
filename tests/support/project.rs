//! A project in a folder of its own, and the command run in it.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use super::mock::eventually;
use super::requests::POLITE;

/// A project. Its folder goes with it.
pub struct Project {
    folder: TempDir,
}

/// Six records. The judge of `mock.rs` differs from the label of r4.
const RECORDS: [(&str, &str, &str); 6] = [
    ("r1", "please wait here", "yes"),
    ("r2", "go away", "no"),
    ("r3", "please come in", "yes"),
    ("r4", "shut the door", "yes"),
    ("r5", "please mind the step", "yes"),
    ("r6", "move", "no"),
];

impl Project {
    /// A folder with nothing in it.
    pub fn empty() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A project with a signature, six records, and a suite `polite` of them.
    pub fn polite(models: &str) -> Self {
        let project = Self::empty();
        let suite =
            "[suites.polite]\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\nlabel = \"label\"\n";
        project.write("evenhand.toml", format!("default_model = \"judge\"\n\n{models}\n{suite}"));
        project.write("signatures/polite.toml", POLITE);
        project.write("polite.jsonl", records(6));
        project
    }

    /// The same, judged by a server that speaks OpenAI's interface.
    pub fn judged_at(url: &str) -> Self {
        Self::polite(&openai(url))
    }

    /// Writes a file.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Adds to the end of a file.
    pub fn add(&self, path: &str, text: &str) {
        self.write(path, self.read(path) + text);
    }

    /// A file's text.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).unwrap()
    }

    /// A file's whole path.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.folder.path().join(path).exists()
    }

    /// Runs the command and waits for its end.
    pub fn evenhand(&self, words: &[&str]) -> Ran {
        self.start(words).ended()
    }

    /// Runs the command with an environment variable more.
    pub fn evenhand_with(&self, variable: (&str, &str), words: &[&str]) -> Ran {
        let mut command = self.command(words);
        command.env(variable.0, variable.1);
        Running::new(command, self).ended()
    }

    /// Runs the command with environment variables more.
    pub fn evenhand_among(&self, variables: &[(&str, &str)], words: &[&str]) -> Ran {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        Running::new(command, self).ended()
    }

    /// Runs the command with these lines as its standard input.
    pub fn evenhand_typing(&self, lines: &str, words: &[&str]) -> Ran {
        let typed = TempDir::new().unwrap();
        let path = typed.path().join("typed");
        fs::write(&path, lines).unwrap();
        let mut command = self.command(words);
        command.stdin(File::open(path).unwrap());
        Running::new(command, self).ended()
    }

    /// Starts the command.
    pub fn start(&self, words: &[&str]) -> Running {
        Running::new(self.command(words), self)
    }

    /// Starts the command with an environment variable more.
    pub fn start_with(&self, variable: (&str, &str), words: &[&str]) -> Running {
        let mut command = self.command(words);
        command.env(variable.0, variable.1);
        Running::new(command, self)
    }

    /// Runs a line as a user pastes it into a shell.
    #[cfg(unix)]
    pub fn shell(&self, line: &str) -> Ran {
        let mut shell = self.bare(Command::new("sh"));
        let evenhand = format!("evenhand() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_evenhand"));
        shell.args(["-c", &evenhand]);
        Running::new(shell, self).ended()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.bare(Command::new(env!("CARGO_BIN_EXE_evenhand")));
        command.args(words);
        command
    }

    fn bare(&self, mut command: Command) -> Command {
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let upper = name.to_string_lossy().to_uppercase();
            let speaks = ["EVENHAND_", "INSTA_", "OLLAMA_"].iter().any(|start| upper.starts_with(start))
                || ["_PROXY", "_API_KEY", "_BASE_URL", "_API_BASE"].iter().any(|end| upper.ends_with(end));
            if speaks || ["CI", "TF_BUILD", "COLUMNS"].contains(&upper.as_str()) {
                command.env_remove(name);
            }
        }
        command
    }

    /// The folder of the last run.
    pub fn last_run(&self) -> PathBuf {
        let runs = fs::read_dir(self.folder.path().join(".evenhand/runs")).unwrap();
        runs.map(|entry| entry.unwrap().path()).max().unwrap()
    }

    /// The last run's journal, as it is.
    pub fn journal_text(&self) -> String {
        fs::read_to_string(self.last_run().join("journal.jsonl")).unwrap()
    }

    /// The outcomes in the last run's journal, in its order.
    pub fn journal(&self) -> Vec<Value> {
        json_lines(&self.journal_text())
    }

    /// Waits until so many outcomes are in the last run's journal.
    pub fn wait_for_outcomes(&self, number: usize) {
        eventually(&format!("{number} outcomes"), || {
            self.has(".evenhand/runs") && self.whole_lines() >= number
        });
    }

    fn whole_lines(&self) -> usize {
        let runs = fs::read_dir(self.folder.path().join(".evenhand/runs")).unwrap();
        let last = runs.map(|entry| entry.unwrap().path()).max();
        let text = last.and_then(|run| fs::read_to_string(run.join("journal.jsonl")).ok());
        text.unwrap_or_default().matches('\n').count()
    }

    /// Every file under the folder, as its path and bytes.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.clone(), fs::read(path).unwrap()));
                }
            }
        }
        files
    }
}

/// The role `judge` at a server that speaks OpenAI's interface.
pub fn openai(url: &str) -> String {
    format!("[models.judge]\nmodel = \"openai/mock-1\"\nbase_url = \"{url}\"\n")
}

/// The first so many records, as lines.
pub fn records(number: usize) -> String {
    let line = |(id, text, label): &(&str, &str, &str)| {
        serde_json::json!({"id": id, "text": format!("{id}: {text}"), "label": label}).to_string() + "\n"
    };
    RECORDS.iter().take(number).map(line).collect()
}

/// JSON lines as values.
pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The command while it runs.
pub struct Running {
    child: Child,
    output: TempDir,
    folder: PathBuf,
}

impl Running {
    fn new(mut command: Command, project: &Project) -> Self {
        // Files, because a pipe that nobody reads would stop the command.
        let output = TempDir::new().unwrap();
        let file = |name| File::create(output.path().join(name)).unwrap();
        let child = command.stdout(file("stdout")).stderr(file("stderr")).spawn().unwrap();
        Self { child, output, folder: project.folder.path().to_owned() }
    }

    /// Ends it at once, as a lack of memory would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Interrupts it, as Ctrl-C would.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    }

    /// Asks it to end, as a supervisor does.
    #[cfg(unix)]
    pub fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// The address of the server that it is, once it listens.
    pub fn address(&mut self) -> String {
        let mut found = None;
        eventually("an address to listen at", || {
            let said = self.text("stdout");
            let address = said.split("http://").nth(1).and_then(|rest| rest.split(['/', ';', '\n']).next());
            found = address.filter(|_| said.ends_with('\n')).map(str::to_owned);
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {ended:?}\n{}", self.told());
            found.is_some()
        });
        found.unwrap()
    }

    /// What it has said on the standard error so far.
    pub fn told(&self) -> String {
        self.text("stderr")
    }

    /// What it has said on the standard output so far.
    pub fn said(&self) -> String {
        self.text("stdout")
    }

    fn text(&self, stream: &str) -> String {
        fs::read_to_string(self.output.path().join(stream)).unwrap()
    }

    /// Waits for its end.
    pub fn ended(mut self) -> Ran {
        let deadline = Instant::now() + Duration::from_mins(1);
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            let in_time = Instant::now() < deadline || self.child.kill().is_err();
            assert!(in_time, "evenhand did not end; it told:\n{}", self.told());
            std::thread::sleep(Duration::from_millis(5));
        };
        Ran::new(status, self.text("stdout"), self.text("stderr"), &self.folder)
    }
}

/// A test that fails leaves nothing behind that listens.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command after its end.
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// The standard output, as it came.
    pub stdout: String,
    /// The standard error, as it came.
    pub stderr: String,
    folder: PathBuf,
}

impl Ran {
    fn new(status: ExitStatus, stdout: String, stderr: String, folder: &Path) -> Self {
        Self { code: status.code().unwrap_or(-1), stdout, stderr, folder: folder.to_owned() }
    }

    /// The lines of `--json`: the outcomes, and the summary's line.
    pub fn json(&self) -> (Vec<Value>, Value) {
        let mut lines = json_lines(&self.stdout);
        let summary = lines.pop().unwrap();
        assert_eq!(summary["type"], "summary");
        assert!(lines.iter().all(|line| line["type"] == "outcome"));
        (lines, summary)
    }

    /// The summary of `--json` without its times.
    pub fn timeless_summary(&self) -> Value {
        let mut summary = self.json().1["summary"].clone();
        for name in ["wall_s", "latency"] {
            summary.as_object_mut().unwrap().remove(name);
        }
        summary
    }

    fn stable(&self, text: &str) -> String {
        let replacements = [
            (regex::escape(&self.folder.display().to_string()), "[project]"),
            (r"127\.0\.0\.1:\d+".to_owned(), "127.0.0.1:PORT"),
            (r"\d{8}T\d{6}(\.\d+)?-".to_owned(), "[when]-"),
            (r"\b\d+ min \d\d s\b|\b\d+(\.\d+)? (ms|s)\b".to_owned(), "[time]"),
            (r"[\d.]+ records a second|\[time\] a record\b".to_owned(), "[speed]"),
        ];
        replacements.iter().fold(text.to_owned(), |text, (pattern, replacement)| {
            Regex::new(pattern).unwrap().replace_all(&text, *replacement).into_owned()
        })
    }
}

/// Everything a user sees, without what differs from run to run.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "exit {}", self.code)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name} ---\n{}", self.stable(text))?;
            }
        }
        Ok(())
    }
}
