//! docs/why/statistics.md has the formula and the source of every figure that reports print.

use std::collections::BTreeSet;

use crate::support::project::Project;

const PAGE: &str = include_str!("../docs/why/statistics.md");

/// The text below a heading, to the next one.
fn section(heading: &str) -> &'static str {
    let (_, below) = PAGE.split_once(&format!("\n## {heading}\n")).expect("the page has this section");
    below.split_once("\n## ").map_or(below, |(section, _)| section)
}

/// The cells of a section's table, row by row, without its head.
fn rows(section: &'static str) -> Vec<Vec<&'static str>> {
    let lines = section.lines().filter(|line| line.starts_with("| "));
    lines.skip(1).map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// What stands in backticks.
fn in_code(text: &'static str) -> Vec<&'static str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Whether a year of publication stands in a text.
fn has_year(text: &str) -> bool {
    let words = text.split(|letter: char| !letter.is_ascii_digit());
    words.filter(|word| word.len() == 4).any(|word| (1700..2100).contains(&word.parse::<u32>().unwrap()))
}

#[test]
fn every_word_that_is_explained_has_its_formula_and_source() {
    let listed = Project::empty().evenhand(&["explain"]).stdout;
    let words: BTreeSet<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let printed = section("What reports print");
    let (table, below) = printed.rsplit_once("|\n").expect("a table");
    let mut named: Vec<&str> = Vec::new();
    for row in rows(table) {
        let [name, formula, source] = row.as_slice() else { panic!("three cells: {row:?}") };
        named.push(in_code(name)[0]);
        assert!(!formula.is_empty(), "{name} has no formula");
        assert!(has_year(source) || source.starts_with("as th"), "{name}: no year in {source:?}");
    }
    // Probes, and what is no figure.
    named.extend(in_code(below));
    let known: BTreeSet<&str> = named.iter().copied().collect();
    assert_eq!(known.len(), named.len(), "a word stands twice: {named:?}");
    assert_eq!(known, words, "left: the page; right: evenhand explain");
    assert!(words.len() > 40, "{listed}");
}

#[test]
fn every_function_of_the_list_exists_and_has_a_source() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/stats");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let code: String = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let table = rows(section("Functions and sources"));
    assert!(table.len() > 30, "{table:?}");
    for row in table {
        let [what, functions, source] = row.as_slice() else { panic!("three cells: {row:?}") };
        assert!(has_year(source), "{what}: no year in {source:?}");
        for name in in_code(functions).into_iter().flat_map(|path| path.split("::")) {
            let is_there =
                ["fn", "struct", "enum"].iter().any(|kind| code.contains(&format!("{kind} {name}")));
            assert!(is_there, "{what}: evenhand::stats has no {name}");
        }
    }
}
