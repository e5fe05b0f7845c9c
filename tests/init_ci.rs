//! The files that `evenhand init --ci` writes: they are YAML, and what their jobs run checks the project.

#![expect(clippy::print_stderr, reason = "what is skipped is said")]

use std::process::Command;

use serde_json::Value;

use crate::support::project::{Project, Ran};

const SERVICES: [(&str, &str); 2] =
    [("github", ".github/workflows/evenhand.yml"), ("gitlab", ".gitlab-ci.yml")];

/// A CI file's `EVENHAND_FROM`, and what its job runs, line by line.
const READ: &str = "
import json, sys, yaml
file = yaml.safe_load(open(sys.argv[1]))
job = file['jobs' if 'jobs' in file else 'evenhand']
runs = job['script'] if 'script' in job else [step['run'] for step in job['evenhand']['steps'] if 'run' in step]
print(json.dumps({'from': file['env' if 'env' in file else 'variables']['EVENHAND_FROM'], 'runs': runs}))
";

/// What a CI file says; `None` where Python cannot read YAML, and it says so.
fn read(project: &Project, file: &str) -> Option<Value> {
    let python = |words: &[&str]| Command::new("python3").args(words).output().ok();
    if !python(&["-c", "import yaml"]).is_some_and(|ran| ran.status.success()) {
        eprintln!("skipped: there is no python3 with PyYAML");
        return None;
    }
    let read = python(&["-c", READ, project.path(file).to_str().unwrap()]).unwrap();
    assert!(read.status.success(), "{file}: {}", String::from_utf8_lossy(&read.stderr));
    Some(serde_json::from_slice(&read.stdout).unwrap())
}

/// Runs the job's lines, with a `cargo` that installs the command under test.
#[cfg(unix)]
fn run(project: &Project, said: &Value, from: &str) -> Ran {
    let runs: Vec<&str> = said["runs"].as_array().unwrap().iter().map(|run| run.as_str().unwrap()).collect();
    let command = env!("CARGO_BIN_EXE_evenhand");
    let cargo = format!(
        "cargo() {{ echo \"$@\" > cargo.txt; mkdir -p \"$4/bin\"; ln -sf '{command}' \"$4/bin/evenhand\"; }}"
    );
    let script = runs.join("\n");
    project.shell(&format!(
        "set -e\nexport HOME=\"$PWD/home\" CI=true GITHUB_STEP_SUMMARY=\"$PWD/summary.md\"\nEVENHAND_FROM='{from}'\n\
         {cargo}\n{script}"
    ))
}

#[test]
#[cfg(unix)]
fn what_the_job_of_a_ci_file_runs_checks_the_project() {
    for (service, file) in SERVICES {
        let project = Project::empty();
        let ran = project.evenhand(&["init", "--template", "rag", "--ci", service]);
        assert_eq!(ran.code, 0, "{ran}");
        let Some(said) = read(&project, file) else { return };
        let as_written = run(&project, &said, said["from"].as_str().unwrap());
        let told = format!("Set EVENHAND_FROM at the top of {file}");
        assert!(as_written.code == 1 && as_written.stdout.contains(&told), "{service}: {as_written}");
        assert!(!project.has("cargo.txt"), "{service}: nothing is fetched from nowhere");
        let ran = run(&project, &said, "--git https://example.org/evenhand --rev 1234");
        assert_eq!(ran.code, 0, "{service}: {ran}");
        let asked = project.read("cargo.txt");
        assert!(
            asked.starts_with("install --locked --root")
                && asked.ends_with("--git https://example.org/evenhand --rev 1234\n"),
            "{service}: {asked}"
        );
        assert!(project.has("evenhand.xml") && project.has("evenhand.html"), "{service}: {ran}");
    }
}

#[test]
fn a_file_for_ci_needs_a_template() {
    let project = Project::empty();
    let ran = project.evenhand(&["init", "--ci", "github"]);
    assert_eq!(ran.code, 2, "there is nothing to check without one: {ran}");
    assert!(project.files().is_empty());
}
