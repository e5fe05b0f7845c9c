//! The project has one name.

use std::fs;
use std::path::{Path, PathBuf};

/// The name it had before, in any case.
const OLD: &str = concat!("kar", "at");

/// The line of the changelog that tells of it.
const TOLD: &str = "The project, the crate and the command are called evenhand.";

/// What is built or fetched, and what git keeps.
const NOT_OURS: [&str; 4] = ["target", ".git", ".evenhand", "node_modules"];

#[test]
fn nothing_has_the_old_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found: Vec<String> = files(root).iter().flat_map(|path| mentions(root, path)).collect();
    assert!(found.is_empty(), "the old name stands in:\n{}", found.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if NOT_OURS.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The places of the old name in a file and in its path.
fn mentions(root: &Path, path: &Path) -> Vec<String> {
    let place = path.strip_prefix(root).unwrap().display().to_string();
    let named = place.to_lowercase().contains(OLD).then(|| place.clone());
    let bytes = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().enumerate().filter(|(_, line)| line.to_lowercase().contains(OLD));
    let lines = lines.filter(|(_, line)| !(place == "CHANGELOG.md" && line.contains(TOLD)));
    named.into_iter().chain(lines.map(|(at, _)| format!("{place}:{}", at + 1))).collect()
}
