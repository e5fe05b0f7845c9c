//! A project in a folder of its own, with the command and a judge that it can reach.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::files::{self, Files};
use super::plan::{Plan, Step};
use super::{COMMAND, NAME, cache, judge, masks};
use crate::support::mock::Mock;

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Phase {
    /// By the version that recorded the project.
    Before,
    /// By this version.
    Now,
}

/// A project's folder, and who answers there.
pub struct Scene {
    folder: TempDir,
    judge: Mock,
    wire: usize,
    inputs: Files,
}

impl Scene {
    /// Copies a project, and what was made of it before.
    pub fn new(project: &Path, plan: &Plan, phase: Phase) -> Self {
        let judge = judge::mock(plan.judge, phase);
        let mut scene =
            Self { folder: TempDir::new().unwrap(), judge, wire: plan.wire, inputs: Files::new() };
        let made = project.join("made");
        for (path, bytes) in files::below(project) {
            let is_input =
                !path.starts_with("expected/") && !path.starts_with("made/") && path != "steps.toml";
            if is_input {
                scene.put(&path, &bytes);
            }
        }
        if phase == Phase::Now && made.exists() {
            for (path, bytes) in files::below(&made) {
                scene.put(&path, &bytes);
            }
        }
        scene
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The files that were there before the first step.
    pub fn inputs(&self) -> &Files {
        &self.inputs
    }

    fn put(&mut self, path: &str, bytes: &[u8]) {
        let target = self.path().join(real(path));
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        if path == files::CACHE {
            cache::fill(&target.with_extension("sqlite"), bytes);
        } else {
            fs::write(target, bytes).unwrap();
            self.inputs.insert(path.to_owned(), bytes.to_owned());
        }
    }

    /// Runs the steps one after the other. What they said, and how many calls they took.
    pub fn play(&self, steps: &[Step]) -> Files {
        let mut told = Files::new();
        let mut transcript = String::new();
        for (index, step) in steps.iter().enumerate() {
            let (number, before) = (index + 1, self.judge.requests().len());
            let said = self.run(step);
            let asked = self.judge.requests().len() - before;
            transcript += &format!("{number:2}  {}\n    exit {}, {asked} calls\n", step.line(), step.exit);
            if !step.untold && !said.is_empty() {
                told.insert(format!("told/{number:02}.txt"), self.masked(&said));
            }
        }
        told.insert("steps.txt".to_owned(), masks::name(&transcript).into_bytes());
        if self.wire > 0 {
            let sent = self.judge.requests().into_iter().take(self.wire);
            let bodies = sent.map(|request| format!("{} {}\n", request.path, request.body));
            told.insert("wire.jsonl".to_owned(), bodies.collect::<String>().into_bytes());
        }
        told
    }

    /// A text without what differs from place to place and from time to time.
    pub fn masked(&self, text: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(text) {
            Ok(text) => masks::all(text, self.path()).into_bytes(),
            Err(_) => text.to_vec(),
        }
    }

    /// Runs one step: what it said on the standard output.
    pub fn run(&self, step: &Step) -> Vec<u8> {
        let streams = TempDir::new().unwrap();
        let path = |name: &str| -> PathBuf { streams.path().join(name) };
        fs::write(path("in"), &step.typed).unwrap();
        let line = match &step.run {
            Some(run) => format!("exec \"$0\" {run}"),
            None => step.shell.clone().unwrap_or_default(),
        };
        let mut command = Command::new("sh");
        command.args(["-c", &line, COMMAND]).current_dir(self.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| masks::is_noise(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        // Servers of a project have names that nobody has: the judge is reached as a proxy, and an
        // address is the same in every run. The state folder has one name, whatever the command is called.
        command.env("http_proxy", self.judge.url("")).env("STATE", format!(".{NAME}"));
        command.stdin(File::open(path("in")).unwrap());
        command.stdout(File::create(path("out")).unwrap()).stderr(File::create(path("err")).unwrap());
        let status = command.status().unwrap();
        let read = |name: &str| fs::read(path(name)).unwrap();
        let told = String::from_utf8_lossy(&read("err")).into_owned();
        let out = read("out");
        assert_eq!(
            status.code(),
            Some(step.exit),
            "the exit code of: {}\n{}\n{told}",
            step.line(),
            String::from_utf8_lossy(&out)
        );
        out
    }
}

/// A path as the command knows it: the names that hang on the command's own are given here.
fn real(path: &str) -> String {
    match path.split_once('/') {
        Some(("state", rest)) => format!(".{NAME}/{rest}"),
        None if path == "project.toml" => format!("{NAME}.toml"),
        _ => path.to_owned(),
    }
}

/// A path as the recordings have it.
pub fn recorded(path: &str) -> String {
    match path.split_once('/') {
        Some((folder, rest)) if folder == format!(".{NAME}") => format!("state/{rest}"),
        None if path == format!("{NAME}.toml") => "project.toml".to_owned(),
        _ => path.to_owned(),
    }
}
