//! Following what a report advises, as a user does: changing evenhand.toml, and typing the commands.

use regex::Regex;

use super::project::{Project, Ran};

/// The commands under "Do this:".
pub fn commands(text: &str) -> Vec<String> {
    let (_, advice) = text.split_once("Do this:\n").unwrap_or_default();
    let typed = advice.lines().filter_map(|line| line.strip_prefix("    "));
    typed.filter(|line| line.starts_with("evenhand ")).map(str::to_owned).collect()
}

/// Sets what the advice says to set in evenhand.toml, then runs its commands: each of them must succeed.
///
/// # Panics
/// There is no command, or one fails.
#[cfg(unix)]
pub fn follow(project: &Project, text: &str) -> Vec<Ran> {
    set(project, text);
    let commands = commands(text);
    assert!(!commands.is_empty(), "no command in:\n{text}");
    let run = |command: &String| {
        let ran = project.shell(command);
        assert_eq!(ran.code, 0, "{command}: {ran}");
        ran
    };
    commands.iter().map(run).collect()
}

/// Each ``Set `KEY = VALUE` in [TABLE]`` of the advice; lines may be broken anywhere between words.
fn set(project: &Project, text: &str) {
    let words = text.split_whitespace().collect::<Vec<&str>>().join(" ");
    let set = Regex::new(r"[Ss]et `((\w+) = [^`]*)` in \[([^\]]+)\]").unwrap();
    for found in set.captures_iter(&words) {
        let (line, key, table) = (&found[1], &found[2], &found[3]);
        let config = project.read("evenhand.toml");
        let header = format!("[{table}]\n");
        let (before, rest) = config.split_once(&header).unwrap();
        let (own, after) = rest.split_at(rest.find("\n[").map_or(rest.len(), |end| end + 1));
        let start = format!("{key} = ");
        let kept: String =
            own.lines().filter(|line| !line.starts_with(&start)).map(|line| format!("{line}\n")).collect();
        project.write("evenhand.toml", format!("{before}{header}{line}\n{kept}{after}"));
    }
}
