//! docs/reference/commands.md is what the commands say of themselves.

use std::collections::{BTreeMap, BTreeSet};
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

/// The heading above the options that every command has, the last ones of each help.
const OF_EVERY_COMMAND: &str = "\nOptions of every command:\n";

/// A command's help without the options that every command has.
fn own(help: &str) -> &str {
    let (own, _) = help.split_once(OF_EVERY_COMMAND).expect("the options of every command");
    own.trim_end()
}

fn sections(project: &Project, words: &[&str], page: &mut String) {
    let help = help(project, words);
    let title = format!("evenhand {}", words.join(" "));
    let level = "#".repeat(words.len() + 1);
    let comment = "<!-- not run: it is generated from the command's own help -->";
    write!(page, "\n{level} `{title}`\n\n{comment}\n```text\n{}\n```\n", own(&help)).unwrap();
    for name in below(&help) {
        sections(project, &[words, &[&name]].concat(), page);
    }
}

#[test]
fn the_page_of_commands_is_what_the_commands_say() {
    let project = Project::empty();
    let all = help(&project, &[]);
    let (_, options) = all.split_once(OF_EVERY_COMMAND).expect("the options of every command");
    let options = options.trim_end();
    let mut page = HEAD.to_owned();
    let comment = "<!-- not run: it is generated from the command's own help -->";
    write!(page, "\n## Options of every command\n\n{comment}\n```text\n{options}\n```\n").unwrap();
    for name in below(&all) {
        sections(&project, &[&name], &mut page);
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

/// Options that are about something else in some commands, and in which.
const SAID_IN_SEVERAL_WAYS: [(&str, &str); 6] = [
    ("--filter <FIELD=PATTERN>", "score reads lines, which become records afterwards"),
    ("--json", "run, check and score print a line for each result"),
    ("--model <MODEL>", "cost asks for prices, and judges nothing"),
    ("--plan", "calibrate says how many labels to collect, label draws the records"),
    ("--resume", "tune, probe and bench continue a work of their own"),
    ("--suite <SUITE>", "compare and models recommend look for runs and benches of a suite"),
];

/// The options of a command's help, each with its value as it is written and with the first sentence about it.
fn options(help: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut is_option = false;
    for line in help.lines() {
        let begun = line.trim_start();
        let indent = line.len() - begun.len();
        if begun.starts_with('-') && (1..=6).contains(&indent) {
            let long = begun.find("--").expect("a long name");
            let (name, text) = begun[long..].split_once("  ").unwrap_or((&begun[long..], ""));
            found.push((name.trim().to_owned(), text.trim().to_owned()));
            is_option = true;
        } else if indent <= 6 {
            is_option = false;
        } else if let Some((_, text)) = found.last_mut().filter(|_| is_option) {
            text.push(' ');
            text.push_str(begun);
        }
    }
    let first = |text: &str| {
        text.split([';', '[', ':']).next().unwrap_or("").split(". ").next().unwrap_or("").trim().to_owned()
    };
    found.into_iter().map(|(name, text)| (name, first(&text))).collect()
}

fn helps(project: &Project, words: &[&str], all: &mut Vec<(String, String)>) {
    let text = help(project, words);
    all.push((words.join(" "), own(&text).to_owned()));
    for name in below(&text) {
        helps(project, &[words, &[&name]].concat(), all);
    }
}

#[test]
fn an_option_says_the_same_in_every_command() {
    let mut all = Vec::new();
    helps(&Project::empty(), &[], &mut all);
    let mut said: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (command, help) in &all {
        for (option, sentence) in options(help) {
            assert!(!sentence.is_empty(), "evenhand {command}: nothing about {option}");
            said.entry(option).or_default().entry(sentence).or_default().push(command.clone());
        }
    }
    assert!(said.len() > 100, "the options are not found: {said:?}");
    let several: BTreeMap<_, _> = said.iter().filter(|(_, sentences)| sentences.len() > 1).collect();
    let known: BTreeSet<&str> = SAID_IN_SEVERAL_WAYS.iter().map(|(option, _)| *option).collect();
    let unknown: Vec<_> = several.iter().filter(|(option, _)| !known.contains(option.as_str())).collect();
    assert!(unknown.is_empty(), "the same option says different things: {unknown:#?}");
    for option in known {
        assert!(
            several.contains_key(&option.to_owned()),
            "{option} says the same everywhere: take it off the list"
        );
    }
}
