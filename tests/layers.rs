//! The house stands: a module imports only from those above it in the list.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the ground to the top; modules on one line do not import each other.
const LAYERS: [&[&str]; 16] = [
    &["error"],
    &["document", "stats", "store"],
    &["data"],
    &["signature", "trajectory"],
    &["answer", "prompt"],
    &["model"],
    &["ask"],
    &["check", "judge", "subject"],
    &["eval"],
    &["imported"],
    &["summary"],
    &["calibration", "comparison", "golden", "optimizer"],
    &["report"],
    &["suite", "testing"],
    &["cli"],
    &["lib", "main"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The module of a source file: the first step of its path in `src`.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix("src").unwrap();
    let first = inside.iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
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

/// The modules a line names after `crate::`, in braces too.
fn imported(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or_default();
    let names =
        |text: &str| -> String { text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    code.match_indices("crate::")
        .flat_map(|(at, found)| {
            let rest = &code[at + found.len()..];
            match rest.strip_prefix('{') {
                Some(list) => list.split(',').map(|part| names(part.trim())).collect(),
                None => vec![names(rest)],
            }
        })
        .filter(|name| !name.is_empty())
        .collect()
}

#[test]
fn modules_import_only_downwards() {
    let mut broken = Vec::new();
    for path in sources(Path::new("src")) {
        let importer = module(&path);
        let own = layer(&importer).unwrap_or_else(|| panic!("{} is in no layer", path.display()));
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            for name in imported(line).iter().filter(|name| **name != importer) {
                // What is not a module is a re-export of the crate's root, which everybody may use.
                let Some(other) = layer(name) else { continue };
                if other >= own {
                    let place = format!("{}:{}", path.display(), number + 1);
                    broken.push(format!("{place}: {importer} may not import {name}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "layers are broken:\n{}", broken.join("\n"));
}

#[test]
fn the_crates_root_lists_the_modules_in_their_order() {
    let root = fs::read_to_string("src/lib.rs").unwrap();
    let listed: Vec<usize> = root
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "))
        .map(|name| layer(name.trim_end_matches(';')).unwrap())
        .collect();
    assert!(listed.is_sorted(), "{listed:?}");
}

#[test]
fn the_check_sees_a_broken_layer() {
    assert_eq!(imported("use crate::{eval::Outcome, stats}; // crate::cli"), ["eval", "stats"]);
    assert_eq!(imported("    let x = crate::report::count(1);"), ["report"]);
}
