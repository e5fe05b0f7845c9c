//! What the README shows is what the command prints.

use std::path::Path;
use std::process::Command;

use crate::support::project::Project;

/// A command of the README, and what it is shown to print.
struct Shown<'a> {
    project: &'a str,
    command: &'a str,
    lines: Vec<&'a str>,
}

/// The README's `console` blocks, each after a comment that names its project.
fn shown(readme: &str) -> Vec<Shown<'_>> {
    let mut all: Vec<Shown<'_>> = Vec::new();
    let (mut project, mut inside) = ("", false);
    for line in readme.lines() {
        if let Some(named) = line.strip_prefix("<!-- project: ").and_then(|rest| rest.strip_suffix(" -->")) {
            project = if named == "the same" { project } else { named };
        } else if line == "```console" {
            inside = true;
        } else if line == "```" {
            inside = false;
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            all.push(Shown { project, command, lines: Vec::new() });
        } else if inside {
            all.last_mut().expect("a command before its output").lines.push(line);
        }
    }
    all
}

/// Whether the lines are the printed ones; `...` stands for any number of them.
fn is_printed(lines: &[&str], printed: &[&str]) -> bool {
    match lines.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|from| is_printed(rest, &printed[from..])),
        Some((line, rest)) => printed.first() == Some(line) && is_printed(rest, &printed[1..]),
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(repository.join("README.md")).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_evenhand")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let states = Project::empty();
    let (mut started, mut folder) = ("", Project::empty());
    let all = shown(&readme);
    assert!(all.len() >= 6, "the README shows only {} commands", all.len());
    for Shown { project, command, lines } in all {
        if let Some(template) = project.strip_prefix("template ").filter(|_| project != started) {
            folder = Project::empty();
            let made = folder.evenhand(&["init", "--template", template]);
            assert_eq!(made.code, 0, "{made}");
        }
        started = project;
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).env("PATH", &path);
        for own in ["CI", "INSTA_UPDATE", "EVENHAND_UPDATE", "EVENHAND_MODEL"] {
            shell.env_remove(own);
        }
        match project {
            "this repository" => {
                shell.current_dir(repository).env("EVENHAND_STATE_DIR", states.path("state"))
            }
            _ => shell.current_dir(folder.path("")),
        };
        let ran = shell.output().unwrap();
        let printed = String::from_utf8(ran.stdout).unwrap();
        let printed: Vec<&str> = printed.trim().lines().collect();
        assert!(
            is_printed(&lines, &printed),
            "`{command}` of the README prints otherwise:\n{}\n{}",
            printed.join("\n"),
            String::from_utf8_lossy(&ran.stderr)
        );
    }
}
