//! What the README and the book show is what the command prints.
//!
//! A `console` block is run, in the project that the comment before it names: `<!-- project: template agent -->`,
//! `this repository`, `empty`, or `the same` as before. Commands of `sh` blocks and in backticks are parsed. A block of
//! text says in a comment why it is not run: `<!-- not run: ... -->`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::project::Project;

/// A fenced block of a page.
pub struct Block<'a> {
    pub line: usize,
    pub language: &'a str,
    /// The comment before it, without its marks.
    pub comment: &'a str,
    pub lines: Vec<&'a str>,
}

/// A command of a `console` block, and what it is shown to print.
struct Shown<'a> {
    command: String,
    lines: Vec<&'a str>,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and the pages of the book, in order.
pub fn pages() -> Vec<(String, String)> {
    let mut paths = vec![repository().join("README.md")];
    let mut folders = vec![repository().join("docs")];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (inner, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
        folders.extend(inner);
        paths.extend(files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    paths.sort();
    let name = |path: &Path| path.strip_prefix(repository()).unwrap().display().to_string();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

pub fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut all: Vec<Block<'_>> = Vec::new();
    let (mut comment, mut inside) = ("", false);
    for (at, line) in page.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        if let Some(language) = fence.filter(|_| !inside) {
            all.push(Block { line: at + 1, language, comment, lines: Vec::new() });
            inside = true;
        } else if fence.is_some() {
            (inside, comment) = (false, "");
        } else if inside {
            all.last_mut().expect("a fence before its lines").lines.push(line);
        } else if let Some(rest) = line.trim().strip_prefix("<!-- ") {
            comment = rest.strip_suffix(" -->").unwrap_or(rest);
        } else if !line.trim().is_empty() {
            comment = "";
        }
    }
    all
}

/// The commands of a `console` block. A line after a command that begins with `> ` goes on with it.
fn shown<'a>(block: &Block<'a>) -> Vec<Shown<'a>> {
    let mut all: Vec<Shown<'_>> = Vec::new();
    for &line in &block.lines {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Shown { command: command.into(), lines: Vec::new() });
            continue;
        }
        let last = all.last_mut().expect("a command before its output");
        match line.strip_prefix("> ").filter(|_| last.lines.is_empty()) {
            Some(more) => last.command += &format!("\n{more}"),
            None => last.lines.push(line),
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

/// The projects in which a page's commands run.
struct Place {
    folder: Project,
    in_repository: bool,
    states: Project,
}

impl Place {
    fn enter(&mut self, project: &str) {
        if project == "the same" {
            return;
        }
        self.in_repository = project == "this repository";
        self.folder = Project::empty();
        if let Some(template) = project.strip_prefix("template ") {
            let made = self.folder.evenhand(&["init", "--template", template]);
            assert_eq!(made.code, 0, "{made}");
        } else {
            assert!(self.in_repository || project == "empty", "no such project: {project}");
        }
    }

    /// Runs a line by the shell, with the command that is tested before all others.
    fn run(&self, command: &str) -> Output {
        let mut shell = Command::new("sh");
        let binary = Path::new(env!("CARGO_BIN_EXE_evenhand")).parent().unwrap();
        let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
        shell.args(["-c", command]).env("PATH", path);
        for own in ["CI", "INSTA_UPDATE", "EVENHAND_UPDATE", "EVENHAND_MODEL", "COLUMNS"] {
            shell.env_remove(own);
        }
        if self.in_repository {
            shell.current_dir(repository()).env("EVENHAND_STATE_DIR", self.states.path("state"));
        } else {
            shell.current_dir(self.folder.path(""));
        }
        shell.output().unwrap()
    }
}

/// What a command prints otherwise than it is shown to, if anything. `(exit code N)` as the last line holds it to that.
fn difference(place: &Place, shown: &Shown<'_>) -> Option<String> {
    let ran = place.run(&shown.command);
    let printed = String::from_utf8(ran.stdout).unwrap();
    let mut printed: Vec<&str> = printed.trim_matches('\n').lines().map(str::trim_end).collect();
    let code = format!("(exit code {})", ran.status.code().unwrap());
    if shown.lines.last().is_some_and(|line| line.starts_with("(exit code ")) {
        printed.push(&code);
    }
    let errors = String::from_utf8_lossy(&ran.stderr);
    (!is_printed(&shown.lines, &printed)).then(|| format!("{}\n{errors}", printed.join("\n")))
}

#[test]
fn the_documents_show_what_is_printed() {
    let (mut differences, mut count) = (Vec::new(), 0);
    for (page, text) in pages() {
        let mut place = Place { folder: Project::empty(), in_repository: false, states: Project::empty() };
        for block in blocks(&text).iter().filter(|block| block.language == "console") {
            let project = block.comment.strip_prefix("project: ");
            place.enter(project.unwrap_or_else(|| panic!("{page}:{}: name the project", block.line)));
            for shown in shown(block) {
                count += 1;
                let told = |other| format!("{page}:{}: `{}` prints\n{other}", block.line, shown.command);
                differences.extend(difference(&place, &shown).map(told));
            }
        }
    }
    assert!(count >= 6, "the documents show only {count} commands");
    assert!(differences.is_empty(), "{count} commands; these print otherwise:\n{}", differences.join("\n\n"));
}

/// The words of a command line up to a pipe, a redirection or a comment, if it runs evenhand.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for char in line.trim().chars() {
        match quote {
            Some(mark) if char == mark => quote = None,
            None if char == '\'' || char == '"' => quote = Some(char),
            None if "|>#;&".contains(char) && word.is_empty() => break,
            None if char == ' ' => {
                words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()));
            }
            _ => word.push(char),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    let named = words.iter().position(|word| !word.contains('='))?;
    (words[named] == "evenhand").then(|| words.split_off(named + 1))
}

/// The lines of `sh` blocks and of the files of CI services, and what stands in backticks, each with its line's number.
fn mentioned(page: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let mut fenced = None;
    for (at, line) in page.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), fenced) {
            (Some(language), None) => fenced = Some(language),
            (Some(_), Some(_)) => fenced = None,
            (None, Some("sh" | "yaml" | "groovy")) => all.push((at + 1, line.trim_end_matches('\\'))),
            (None, Some(_)) => {}
            (None, None) => all.extend(line.split('`').skip(1).step_by(2).map(|code| (at + 1, code))),
        }
    }
    all
}

/// `--help` at the end asks for nothing else, and what stands before it is read first.
#[test]
fn the_commands_that_are_not_run_are_ones_that_evenhand_knows() {
    let project = Project::empty();
    let (mut unknown, mut seen) = (Vec::new(), BTreeSet::new());
    for (page, text) in pages() {
        for (number, line) in mentioned(&text) {
            // What may be left out stands in brackets: a form, and no command.
            let Some(mut words) = words(line).filter(|_| !line.contains('[')) else { continue };
            for word in &mut words {
                *word = word.replace("JOB", "agent").replace("SHELL", "bash");
            }
            words.push("--help".into());
            if words.len() > 1 && seen.insert(words.clone()) {
                let ran = project.evenhand(&words.iter().map(String::as_str).collect::<Vec<_>>());
                unknown.extend((ran.code != 0).then(|| format!("{page}:{number}: {line}\n{ran}")));
            }
        }
    }
    assert!(seen.len() > 100 && unknown.is_empty(), "{} commands\n{}", seen.len(), unknown.join("\n"));
}

#[test]
fn what_is_not_run_says_why() {
    let mut silent = Vec::new();
    for (page, text) in pages() {
        for block in blocks(&text) {
            let is_output = ["", "text"].contains(&block.language);
            let says = block.comment.strip_prefix("not run: ").is_some_and(|why| !why.is_empty());
            silent.extend((is_output && !says).then(|| format!("{page}:{}", block.line)));
        }
    }
    assert!(silent.is_empty(), "a block of text needs `<!-- not run: WHY -->` before it: {silent:?}");
}

#[test]
fn a_difference_is_found() {
    let page = "<!-- project: empty -->\n```console\n$ echo one;\n> exit 3\none\n(exit code 3)\n```\n";
    let place = Place { folder: Project::empty(), in_repository: false, states: Project::empty() };
    let block = &blocks(page)[0];
    assert_eq!((block.comment, block.line), ("project: empty", 2));
    let mut shown = shown(block).remove(0);
    assert_eq!(difference(&place, &shown), None);
    shown.lines[0] = "two";
    assert_eq!(difference(&place, &shown).as_deref(), Some("one\n(exit code 3)\n"));
    assert_eq!(words("A=b evenhand run --filter 'a b' > x # y").unwrap(), ["run", "--filter", "a b"]);
    assert_eq!(words("# evenhand run"), None);
}
