//! docs/reference/commands.md is what the commands say of themselves.

use std::fmt::Write as _;
use std::fs;

use crate::support::project::Project;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/commands.md");

const HEAD: &str = "# Commands

What each command prints with `-h`. With `--help` it says more of some options. This page is generated: \
`EVENHAND_WRITE_REFERENCE=1 cargo test --test evenhand -- command_reference` writes it anew, and a test fails where it \
is not what the command prints.

Exit codes are in [configuration.md](configuration.md#exit-codes).
";

fn help(project: &Project, words: &[&str]) -> String {
    let ran = project.evenhand(&[words, &["-h"]].concat());
    assert_eq!(ran.code, 0, "{ran}");
    ran.stdout
}

/// The commands below one, in the order of its help.
fn below(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = lines.take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  "));
    let names =
        listed.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The long name of the option that a line of help begins with.
fn option(line: &str) -> Option<&str> {
    let begun = line.trim_start();
    let is_begun = begun.starts_with('-') && line.len() - begun.len() <= 6;
    begun.split([' ', ',']).find(|word| word.starts_with("--")).filter(|_| is_begun)
}

/// A command's help without the options that every command has; those stand anywhere among its own.
fn own(help: &str, of_all: &[&str]) -> String {
    let mut kept = Vec::new();
    let mut is_of_all = false;
    for line in help.trim_end().lines() {
        if line.is_empty() || !line.starts_with(' ') {
            is_of_all = false;
        } else if let Some(option) = option(line) {
            is_of_all = of_all.contains(&option);
        }
        if !is_of_all {
            kept.push(line);
        }
    }
    // A heading under which nothing is left.
    kept.join("\n")
        .replace("\n\nOptions:\n\n", "\n\n")
        .trim_end()
        .trim_end_matches("Options:")
        .trim_end()
        .to_owned()
}

fn sections(project: &Project, words: &[&str], of_all: &[&str], page: &mut String) {
    let help = help(project, words);
    let title = format!("evenhand {}", words.join(" "));
    let level = "#".repeat(words.len() + 1);
    let comment = "<!-- not run: it is generated from the command's own help -->";
    write!(page, "\n{level} `{title}`\n\n{comment}\n```text\n{}\n```\n", own(&help, of_all)).unwrap();
    for name in below(&help) {
        sections(project, &[words, &[&name]].concat(), of_all, page);
    }
}

#[test]
fn the_page_of_commands_is_what_the_commands_say() {
    let project = Project::empty();
    let all = help(&project, &[]);
    let (_, options) = all.split_once("\nOptions:\n").expect("the options of every command");
    let options = options.trim_end();
    let of_all: Vec<&str> = options.lines().filter_map(option).collect();
    let mut page = HEAD.to_owned();
    let comment = "<!-- not run: it is generated from the command's own help -->";
    write!(page, "\n## Options of every command\n\n{comment}\n```text\n{options}\n```\n").unwrap();
    for name in below(&all) {
        sections(&project, &[&name], &of_all, &mut page);
    }
    if std::env::var_os("EVENHAND_WRITE_REFERENCE").is_some() {
        fs::write(PAGE, &page).unwrap();
    }
    let there = fs::read_to_string(PAGE).unwrap_or_default().replace("\r\n", "\n");
    let differs = there.lines().zip(page.lines()).find(|(old, new)| old != new);
    assert!(
        there == page,
        "docs/reference/commands.md is out of date ({differs:?}); write it anew: \
         EVENHAND_WRITE_REFERENCE=1 cargo test --test evenhand -- command_reference"
    );
}
