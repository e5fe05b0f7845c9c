//! Which file imports which, read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The source files, and what each imports. Tests are left out, and so are re-exports and the lines that list
/// a module's parts: they say where things are, and use nothing.
pub struct Imports {
    files: BTreeMap<String, PathBuf>,
    edges: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
}

impl Imports {
    pub fn read() -> Self {
        let all = sources(Path::new("src"));
        let files = all.iter().map(|path| (module(path).join("::"), path.clone())).collect();
        let mut imports = Self { files, edges: BTreeMap::new() };
        for path in all.iter().filter(|path| !is_test(path)) {
            let text = fs::read_to_string(path).unwrap();
            let names = names(&text).into_iter().filter_map(|name| imports.file(path, &name));
            let names: BTreeSet<PathBuf> = names.filter(|other| other != path).collect();
            imports.edges.insert(path.clone(), names);
        }
        imports
    }

    /// The files, and what each imports.
    pub fn edges(&self) -> impl Iterator<Item = (&PathBuf, &PathBuf)> {
        self.edges.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
    }

    /// The file that a path of a `use` leads to: that of its longest part that is a module.
    fn file(&self, from: &Path, name: &str) -> Option<PathBuf> {
        let mut steps = name.split("::").peekable();
        let mut base = match steps.next()? {
            "crate" => Vec::new(),
            "self" => module(from),
            "super" => parent(module(from)),
            _ => return None,
        };
        while steps.next_if_eq(&"super").is_some() {
            base = parent(base);
        }
        base.extend(steps.filter(|step| *step != "self").map(str::to_owned));
        (0..=base.len()).rev().find_map(|length| self.files.get(&base[..length].join("::")).cloned())
    }

    /// Groups of files that import each other, directly or through others.
    pub fn cycles(&self) -> Vec<Vec<PathBuf>> {
        let reach: BTreeMap<&PathBuf, BTreeSet<&PathBuf>> =
            self.edges.keys().map(|file| (file, self.reached(file))).collect();
        let mut cycles = BTreeSet::new();
        for (file, reached) in &reach {
            if reached.contains(file) {
                let back = |other: &&&PathBuf| reach.get(**other).is_some_and(|from| from.contains(file));
                cycles.insert(reached.iter().filter(back).map(|other| (*other).clone()).collect::<Vec<_>>());
            }
        }
        cycles.into_iter().collect()
    }

    fn reached(&self, file: &PathBuf) -> BTreeSet<&PathBuf> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&PathBuf> = self.edges.get(file).into_iter().flatten().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(self.edges.get(next).into_iter().flatten());
            }
        }
        reached
    }
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "tests.rs")
}

/// A file's module, step by step.
fn module(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    let steps: Vec<String> = inside.iter().map(|step| step.to_str().unwrap().to_owned()).collect();
    match steps.last().map(String::as_str) {
        Some("mod") => parent(steps),
        _ => steps,
    }
}

fn parent(mut module: Vec<String>) -> Vec<String> {
    module.pop();
    module
}

pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Every path that begins with `crate::`, `super::` or `self::` in the code, each name of a list by itself.
pub fn names(text: &str) -> Vec<String> {
    let code: String =
        text.lines().map(|line| line.split("//").next().unwrap_or_default().to_owned() + "\n").collect();
    let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut names = Vec::new();
    for statement in code.split_inclusive(';') {
        let (before, used) = match statement.split_once("use ") {
            Some((before, used)) if before.trim_end().is_empty() || !before.contains('{') => (before, used),
            _ => (statement, ""),
        };
        let is_reexport =
            before.trim_end().lines().last().is_some_and(|line| line.trim_start().starts_with("pub"));
        if !used.is_empty() && !is_reexport {
            names.extend(listed(used.trim_end_matches(';')));
        }
        if used.is_empty() {
            names.extend(inline(statement));
        }
    }
    names
}

/// The names of a `use`: `a::{b, c::{d}}` is `a::b` and `a::c::d`.
fn listed(used: &str) -> Vec<String> {
    let used = used.trim();
    let Some((prefix, list)) = used.split_once('{') else {
        return vec![used.split_whitespace().next().unwrap_or_default().to_owned()];
    };
    let list = list.rsplit_once('}').map_or(list, |(list, _)| list);
    let (mut names, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in list.char_indices().chain([(list.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = list[start..at].trim();
                if !part.is_empty() {
                    names.extend(listed(part).into_iter().map(|name| format!("{}{name}", prefix.trim())));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

/// Paths in the code itself.
fn inline(code: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c: char| !is_part(c));
    let begins = |word: &&str| ["crate::", "super::", "self::"].iter().any(|start| word.starts_with(start));
    words.filter(begins).map(|word| word.trim_end_matches(':').to_owned()).collect()
}
