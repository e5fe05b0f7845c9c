//! The command, run in a project of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::{case, clock};

/// A project with a suite `bench`.
pub struct Project {
    folder: TempDir,
}

/// The command after its end.
pub struct Ran {
    pub code: i32,
    pub wall: Duration,
    /// The most memory it had, in MiB.
    pub peak_mib: f64,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// Records of so many bytes, judged by a model with these further settings.
    pub fn new(url: &str, records: u64, bytes: usize, settings: &str) -> Self {
        let folder = TempDir::new().expect("a new folder");
        let write =
            |path: &str, text: &str| fs::write(folder.path().join(path), text).expect("room on the disk");
        let config = format!(
            "default_model = \"judge\"\n\n[models.judge]\nmodel = \"openai/mock-1\"\nbase_url = \"{url}\"\n{settings}\n\n\
             [suites.bench]\nsignature = \"signatures/judge.toml\"\ndataset = \"cases.jsonl\"\nlabel = \"label\"\n"
        );
        write("evenhand.toml", &config);
        fs::create_dir(folder.path().join("signatures")).expect("a new folder");
        write("signatures/judge.toml", case::JUDGE);
        case::write_dataset(&folder.path().join("cases.jsonl"), records, bytes);
        Self { folder }
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs the command, and watches its memory.
    pub fn evenhand(&self, words: &[&str]) -> Ran {
        let outputs = TempDir::new().expect("a new folder");
        let file = |name: &str| fs::File::create(outputs.path().join(name)).expect("a new file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_evenhand"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null());
        let started = Instant::now();
        let mut child = command.stdout(file("out")).stderr(file("err")).spawn().expect("the command starts");
        let mut peak_mib = 0.0_f64;
        let status = loop {
            peak_mib = clock::peak_mib(child.id()).unwrap_or(0.0).max(peak_mib);
            match child.try_wait().expect("it is a child") {
                Some(status) => break status,
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let text = |name: &str| fs::read_to_string(outputs.path().join(name)).expect("it is text");
        Ran {
            code: status.code().unwrap_or(-1),
            wall: started.elapsed(),
            peak_mib,
            stdout: text("out"),
            stderr: text("err"),
        }
    }

    /// The folder of the last run.
    pub fn last_run(&self) -> PathBuf {
        let runs = fs::read_dir(self.path(".evenhand/runs")).expect("there was a run");
        runs.map(|entry| entry.expect("it is read").path()).max().expect("there was a run")
    }
}

/// The summary that `--json` prints last.
pub fn summary(ran: &Ran) -> Value {
    let line = ran.stdout.lines().last().unwrap_or_default();
    let value: Value = serde_json::from_str(line).expect("the last line is the summary");
    value["summary"].clone()
}

/// The size of a file in MiB.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn mib(path: &Path) -> f64 {
    fs::metadata(path).map_or(0.0, |metadata| metadata.len() as f64 / f64::from(1 << 20))
}
