//! The structure of the sources: layers that import downwards only, and no files that import each other.

use std::fs;
use std::path::Path;

use crate::imports::{Imports, names};

/// The layers from the lowest to the highest; modules on one line do not import each other.
const LAYERS: [&[&str]; 17] = [
    &["error", "number"],
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
    &["bench", "calibration", "comparison", "golden", "optimizer", "probe"],
    &["report"],
    &["suite", "testing"],
    &["serve"],
    &["cli"],
    &["lib", "main"],
];

/// Layers of which the command uses nothing but these.
const OF_THE_COMMAND: [&str; 6] = ["cli", "error", "number", "report", "serve", "suite"];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// The layer's module that a file belongs to: the first step of its path in `src`.
fn module(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().iter().next().unwrap().to_str().unwrap();
    first.trim_end_matches(".rs").to_owned()
}

/// The imports between modules, each as file, importer and imported.
fn between() -> Vec<(String, String, String)> {
    let imports = Imports::read();
    let each = imports.edges().map(|(from, to)| (from.display().to_string(), module(from), module(to)));
    // What the crate's root re-exports, everybody may use.
    each.filter(|(_, importer, imported)| importer != imported && imported != "lib").collect()
}

#[test]
fn modules_import_only_downwards() {
    let mut broken = Vec::new();
    for (file, importer, imported) in between() {
        let own = layer(&importer).unwrap_or_else(|| panic!("{file} is in no layer"));
        let other = layer(&imported).unwrap_or_else(|| panic!("{imported} is in no layer"));
        if other >= own {
            broken.push(format!("{file}: {importer} may not import {imported}"));
        }
    }
    assert!(broken.is_empty(), "layers are broken:\n{}", broken.join("\n"));
}

#[test]
fn the_command_knows_suites_and_reports_alone() {
    let of_command = between().into_iter().filter(|(_, importer, _)| importer == "cli");
    let broken: Vec<String> = of_command
        .filter(|(_, _, imported)| !OF_THE_COMMAND.contains(&imported.as_str()))
        .map(|(file, _, imported)| format!("{file} imports {imported}"))
        .collect();
    assert!(broken.is_empty(), "the command reaches past the suite layer:\n{}", broken.join("\n"));
}

#[test]
fn no_files_import_each_other() {
    let cycles: Vec<String> = Imports::read()
        .cycles()
        .iter()
        .map(|files| files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", "))
        .collect();
    assert!(cycles.is_empty(), "{} cycles:\n{}", cycles.len(), cycles.join("\n"));
}

#[test]
fn the_crates_root_lists_the_modules_in_their_order() {
    let root = fs::read_to_string("src/lib.rs").unwrap();
    let listed: Vec<usize> = root
        .lines()
        .filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'))
        .map(|name| layer(name).unwrap())
        .collect();
    assert!(listed.len() > 20 && listed.is_sorted(), "{listed:?}");
}

#[test]
fn the_files_that_the_architecture_names_exist() {
    let text = fs::read_to_string("ARCHITECTURE.md").unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = quoted
        .filter(|path| ["src/", "docs/", "tests/"].iter().any(|start| path.starts_with(start)))
        .collect();
    let gone: Vec<&str> = paths.iter().copied().filter(|path| !Path::new(path).exists()).collect();
    assert!(paths.len() > 30 && gone.is_empty(), "{} paths; these are not there: {gone:?}", paths.len());
}

#[test]
fn names_are_read_from_lists_over_several_lines_and_from_the_code() {
    let code = "use crate::{\n    eval::{Outcome, run as r},\n    stats,\n}; // crate::cli\n\
                pub use self::a::B;\npub(crate) use super::c;\nuse super::super::d::E;\n\
                fn f() -> crate::report::G { super::h::i() }\n\
                #[cfg(test)]\nmod tests {\n    use crate::testing;\n}\n";
    let read = names(code);
    assert_eq!(
        read,
        [
            "crate::eval::Outcome",
            "crate::eval::run",
            "crate::stats",
            "super::super::d::E",
            "crate::report::G",
            "super::h::i"
        ]
    );
}
