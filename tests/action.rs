//! The steps of `action.yml`, run by bash as GitHub's runner runs them. The release is the command under test, packed
//! and summed as `.github/workflows/release.yml` does it, and served on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{LazyLock, OnceLock};

use tempfile::TempDir;

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, Reply, openai_answer};

static ACTION: LazyLock<String> = LazyLock::new(|| file("action.yml"));
static RELEASE: LazyLock<String> = LazyLock::new(|| file(".github/workflows/release.yml"));
const TARGET: &str = "x86_64-unknown-linux-gnu";
const ARCHIVE: &str = "evenhand-x86_64-unknown-linux-gnu.tar.gz";

/// A file of this repository.
fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// What a mapping has at a key, read by its indentation: a text, or the lines of a block, each ended.
fn value(lines: &[&str], indent: usize, key: &str) -> Option<String> {
    let start = format!("{}{key}:", " ".repeat(indent));
    let at = lines.iter().position(|line| line.starts_with(&start))?;
    match lines[at][start.len()..].trim() {
        "" | "|" => Some(block(&lines[at + 1..], indent + 2).map(|line| format!("{line}\n")).collect()),
        text => Some(text.trim_matches('"').to_owned()),
    }
}

/// The lines from here that are indented so far, without that.
fn block<'a>(lines: &[&'a str], indent: usize) -> impl Iterator<Item = &'a str> {
    let inside = move |line: &&&str| line.is_empty() || line.starts_with(&" ".repeat(indent));
    lines.iter().take_while(inside).map(move |line| line.get(indent..).unwrap_or_default())
}

/// The keys and values of a block of texts.
fn texts(block: &str) -> Vec<(String, String)> {
    let pairs =
        block.lines().filter(|line| !line.starts_with([' ', '#'])).filter_map(|line| line.split_once(':'));
    pairs.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect()
}

/// A step with a `run` block.
struct Step {
    folder: Option<String>,
    variables: Vec<(String, String)>,
    run: String,
}

/// The step of a file that has this name.
fn step(file: &str, name: &str) -> Step {
    let lines: Vec<&str> = file.lines().collect();
    let at = lines.iter().position(|line| line.trim_start() == format!("- name: {name}")).unwrap();
    let indent = lines[at].find('-').unwrap() + 2;
    let body: Vec<&str> =
        lines[at + 1..].iter().take_while(|line| !line.trim_start().starts_with("- ")).copied().collect();
    Step {
        folder: value(&body, indent, "working-directory"),
        variables: value(&body, indent, "env").map_or_else(Vec::new, |block| texts(&block)),
        run: value(&body, indent, "run").unwrap(),
    }
}

/// The default of an input.
fn default(name: &str) -> String {
    let lines: Vec<&str> = ACTION.lines().collect();
    let inputs = value(&lines, 0, "inputs").unwrap();
    let input = value(&inputs.lines().collect::<Vec<_>>(), 0, name).unwrap();
    value(&input.lines().collect::<Vec<_>>(), 0, "default").unwrap()
}

/// A script as the runner starts it for `shell: bash`.
fn bash(script: &str) -> Command {
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]);
    bash
}

/// The archive of a release, and its SHA256SUMS.
fn release() -> &'static (Vec<u8>, String) {
    static RELEASED: OnceLock<(Vec<u8>, String)> = OnceLock::new();
    RELEASED.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let dist = folder.path().join("dist");
        let mut pack = Command::new("scripts/archive.sh");
        pack.current_dir(env!("CARGO_MANIFEST_DIR"))
            .args([env!("CARGO_BIN_EXE_evenhand"), TARGET])
            .arg(&dist);
        assert!(pack.status().unwrap().success());
        let mut sums = bash(&step(&RELEASE, "Checksums").run);
        assert!(sums.current_dir(folder.path()).status().unwrap().success());
        let sums = fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
        (fs::read(dist.join(ARCHIVE)).unwrap(), sums)
    })
}

/// The checksum of the archive.
fn checksum() -> &'static str {
    release().1.split_whitespace().next().unwrap()
}

/// Releases of `acme/evenhand`, of which v1.2.3 is the newest, and a judge.
fn served(sums: String) -> Mock {
    Mock::new(move |request: &RecordedRequest| {
        let Some(path) = request.path.strip_prefix("/acme/evenhand/releases/") else {
            return judged(request);
        };
        if let Some(file) = path.strip_prefix("latest/download/") {
            return Reply::status(302)
                .header("location", format!("/acme/evenhand/releases/download/v1.2.3/{file}"));
        }
        match path.strip_prefix("download/v1.2.3/") {
            Some(ARCHIVE) => Reply::body("application/gzip", release().0.clone()),
            Some("SHA256SUMS") => Reply::body("text/plain", sums.clone()),
            _ => Reply::status(404),
        }
    })
}

/// A judge that is fair as long as it is asked whether the text is polite, and says no to all else.
fn judged(request: &RecordedRequest) -> Reply {
    if request.body.to_string().contains("the text is polite") {
        return openai_answer(&fair_answer(request));
    }
    openai_answer(r#"{"reasoning":"It is not very polite.","verdict":"no"}"#)
}

/// A job with a project that is locked.
struct Job {
    server: Mock,
    project: Project,
    runner: TempDir,
    workspace: PathBuf,
    system: (&'static str, &'static str),
}

impl Job {
    fn new() -> Self {
        Self::with_sums(release().1.clone())
    }

    fn with_sums(sums: String) -> Self {
        let server = served(sums);
        let project = Project::judged_at(&server.url("/v1"));
        let line = |at: usize| {
            let (text, label) = if at.is_multiple_of(2) { ("please wait", "yes") } else { ("wait", "no") };
            format!("{{\"id\": \"r{at}\", \"text\": \"r{at}: {text}\", \"label\": \"{label}\"}}\n")
        };
        project.write("polite.jsonl", (1..=40).map(line).collect::<String>());
        assert_eq!(project.evenhand(&["golden", "lock", "polite"]).code, 0);
        let runner = TempDir::new().unwrap();
        for file in ["path", "output", "summary.md"] {
            fs::write(runner.path().join(file), "").unwrap();
        }
        let workspace = project.path("");
        Self { server, project, runner, workspace, system: ("Linux", "X64") }
    }

    /// Both steps, with these inputs: the second if the first succeeds.
    fn run(&self, inputs: &[(&str, &str)]) -> (i32, String) {
        let installed = self.run_step("Install evenhand", inputs);
        let last = if installed.status.success() { self.run_step("Check", inputs) } else { installed };
        let said = String::from_utf8(last.stdout).unwrap() + &String::from_utf8(last.stderr).unwrap();
        (last.status.code().unwrap(), said)
    }

    fn run_step(&self, name: &str, inputs: &[(&str, &str)]) -> Output {
        let step = step(&ACTION, name);
        let mut bash = bash(&step.run);
        let folder = step.folder.map_or_else(String::new, |folder| expression(&folder, inputs));
        bash.current_dir(self.workspace.join(&folder)).env_clear().env("PATH", self.path());
        bash.envs(step.variables.iter().map(|(name, value)| (name, expression(value, inputs))));
        bash.env("GITHUB_SERVER_URL", self.server.url(""))
            .env("RUNNER_TEMP", self.runner.path().join("temp"));
        bash.env("RUNNER_OS", self.system.0).env("RUNNER_ARCH", self.system.1).env("CI", "true");
        for (variable, file) in
            [("GITHUB_PATH", "path"), ("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary.md")]
        {
            bash.env(variable, self.runner.path().join(file));
        }
        bash.output().unwrap()
    }

    /// The search path, with what a step before has added.
    fn path(&self) -> std::ffi::OsString {
        let added = self.written("path");
        let system = std::env::var_os("PATH").unwrap();
        std::env::join_paths(added.lines().map(PathBuf::from).chain(std::env::split_paths(&system))).unwrap()
    }

    fn written(&self, file: &str) -> String {
        fs::read_to_string(self.runner.path().join(file)).unwrap()
    }

    /// What was asked of the releases.
    fn downloads(&self) -> Vec<String> {
        let paths = self.server.requests().into_iter().map(|request| request.path);
        paths.filter_map(|path| path.strip_prefix("/acme/evenhand/releases/").map(str::to_owned)).collect()
    }

    fn is_installed(&self) -> bool {
        self.runner.path().join("temp/evenhand/evenhand").exists() || !self.written("path").is_empty()
    }
}

/// A value, with the expressions that `action.yml` uses.
fn expression(value: &str, inputs: &[(&str, &str)]) -> String {
    let Some(inside) = value.strip_prefix("${{ ").and_then(|rest| rest.strip_suffix(" }}")) else {
        return value.to_owned();
    };
    if let Some(name) = inside.strip_prefix("inputs.") {
        let given = inputs.iter().find(|input| input.0 == name);
        return given.map_or_else(|| default(name), |input| input.1.to_owned());
    }
    assert_eq!(inside, "github.action_repository || github.repository", "an expression new to this test");
    "acme/evenhand".to_owned()
}

#[test]
fn the_newest_release_is_installed_and_checks() {
    let job = Job::new();
    let (code, said) = job.run(&[]);
    assert_eq!(code, 0, "{said}");
    let newest = |file: &str| [format!("latest/download/{file}"), format!("download/v1.2.3/{file}")];
    assert_eq!(job.downloads(), [newest(ARCHIVE), newest("SHA256SUMS")].concat());
    let summary = job.written("summary.md");
    assert!(summary.starts_with("## evenhand\n") && summary.contains("`polite`"), "{summary}");
    assert_eq!(job.written("output"), "exit-code=0\n");
}

#[test]
fn arguments_are_split_and_the_folder_is_kept_to() {
    let mut job = Job::new();
    let project = std::mem::replace(&mut job.workspace, job.runner.path().to_owned());
    let elsewhere =
        [("working-directory", project.to_str().unwrap()), ("args", "polite\n--junit 'of polite.xml'\n")];
    let (code, said) = job.run(&elsewhere);
    assert_eq!(code, 0, "{said}");
    assert!(job.project.read("of polite.xml").contains("<testsuite"));
    let (code, said) = job.run(&[elsewhere[0], ("args", "polite 'of polite.xml")]);
    assert!(code != 0 && said.contains("quote"), "a quote that is not closed: {said}");
}

#[test]
fn the_exit_code_is_kept() {
    let job = Job::new();
    let signature = job.project.read("signatures/polite.toml");
    job.project
        .write("signatures/polite.toml", signature.replace("the text is polite", "the text is very polite"));
    let (code, said) = job.run(&[]);
    assert_eq!((code, job.written("output").as_str()), (1, "exit-code=1\n"), "{said}");
    assert!(job.written("summary.md").contains("regression"), "{}", job.written("summary.md"));
    job.project.write("evenhand.toml", "nonsense = true");
    let (code, said) = job.run(&[]);
    assert_eq!((code, job.written("output").as_str()), (2, "exit-code=1\nexit-code=2\n"), "{said}");
}

#[test]
fn a_release_is_named_with_or_without_its_v() {
    for version in ["1.2.3", "v1.2.3"] {
        let job = Job::new();
        let (code, said) = job.run(&[("version", version), ("sha256", checksum())]);
        assert_eq!(code, 0, "{said}");
        assert_eq!(
            job.downloads(),
            [format!("download/v1.2.3/{ARCHIVE}")],
            "with a checksum, no sums are asked for"
        );
    }
}

#[test]
fn a_wrong_checksum_installs_nothing() {
    let wrong = "0".repeat(64);
    let listed = Job::with_sums(format!("{wrong}  {ARCHIVE}\n"));
    let unlisted = Job::with_sums(format!("{}  another.tar.gz\n", checksum()));
    let given = Job::new();
    for (job, inputs) in [(&listed, vec![]), (&unlisted, vec![]), (&given, vec![("sha256", wrong.as_str())])]
    {
        let (code, said) = job.run(&inputs);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("it is not installed") && said.contains(checksum()), "{said}");
        assert!(!job.is_installed() && job.written("summary.md").is_empty());
    }
}

#[test]
fn what_was_never_released_is_told() {
    let mut job = Job::new();
    let (code, said) = job.run(&[("version", "9.9.9")]);
    assert!(
        code == 1 && said.contains("::error::cannot download") && said.contains("download/v9.9.9"),
        "{said}"
    );
    job.system = ("Windows", "ARM64");
    let (code, said) = job.run(&[]);
    assert!(code == 1 && said.contains("::error::evenhand has no binary for Windows on ARM64"), "{said}");
    assert!(!job.is_installed());
}

#[test]
fn every_target_of_the_action_is_released() {
    let install = step(&ACTION, "Install evenhand").run;
    let wanted = install.lines().filter_map(|line| Some(line.split_once("target=")?.1.split_once(' ')?.0));
    let mut wanted: Vec<&str> = wanted.collect();
    let built = RELEASE.lines().filter_map(|line| Some(line.split_once("{ target: ")?.1.split_once(',')?.0));
    let mut built: Vec<&str> = built.collect();
    wanted.sort_unstable();
    built.sort_unstable();
    assert_eq!(wanted, built);
    assert!(wanted.contains(&TARGET) && wanted.len() == 5);
}

#[test]
fn every_input_is_documented() {
    let page = file("docs/guides/ci.md");
    let lines: Vec<&str> = ACTION.lines().collect();
    for (name, _) in texts(&value(&lines, 0, "inputs").unwrap()) {
        let default = default(&name);
        let default = if default.is_empty() { String::new() } else { format!("`{default}`") };
        assert!(
            page.contains(&format!("| `{name}` | {default}")),
            "docs/guides/ci.md has no row of {name}, {default}"
        );
    }
}
