//! The files that a project's steps leave behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use regex::Regex;

use super::plan::Plan;
use super::scene::{self, Scene};
use super::{cache, masks};

/// Files by their paths, with `/` between the parts.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Where the recordings have what is in the cache.
pub const CACHE: &str = "state/cache.jsonl";

/// Files that differ in every run, or that say again what others say.
const NEVER: [&str; 3] = ["state/cache.sqlite", ".gitignore", ".html"];

/// Files that most projects need not record: a run's outcomes and summary are in what it tells with `--json`.
const SELDOM: [&str; 4] = ["/journal.jsonl", "/summary.json", "/replies.jsonl", CACHE];

/// All files below a folder.
pub fn below(folder: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Writes files into a folder.
pub fn write(folder: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// What the steps made or changed, as it is recorded.
pub fn kept(scene: &Scene, plan: &Plan) -> Files {
    let begins = |list: &[String], path: &str| list.iter().any(|start| path.starts_with(start.as_str()));
    let is_kept = |path: &str| {
        let usually = !SELDOM.iter().any(|end| path.ends_with(end));
        (usually || begins(&plan.keep, path)) && !begins(&plan.leave_out, path)
    };
    let all = numbered(state(scene)).into_iter().filter(|(path, _)| is_kept(path));
    all.map(|(path, bytes)| (format!("files/{path}"), scene.masked(&bytes))).collect()
}

/// What an earlier version left behind, as a later one finds it.
pub fn left_behind(scene: &Scene, plan: &Plan) -> Files {
    let is_kept = |path: &str| plan.made.iter().any(|start| path.starts_with(start.as_str()));
    let all = dated(state(scene)).into_iter().filter(|(path, _)| is_kept(path));
    all.map(|(path, bytes)| (path, masks::times(&String::from_utf8(bytes).unwrap()).into_bytes())).collect()
}

fn state(scene: &Scene) -> Files {
    let mut files: Files = below(scene.path())
        .into_iter()
        .map(|(path, bytes)| (scene::recorded(&path), bytes))
        .filter(|(path, bytes)| {
            let is_noise = NEVER.iter().any(|end| path.ends_with(end) || path.starts_with(end));
            !is_noise && scene.inputs().get(path) != Some(bytes)
        })
        .collect();
    if let Some(entries) = cache::entries(scene.path()) {
        files.insert(CACHE.to_owned(), entries);
    }
    files
}

/// Folders that are named by their time, by their number among those of their suite instead. Two
/// suites may have the same second, or not.
fn numbered(files: Files) -> Files {
    renamed(files, |number, suite| format!("{suite}-{number}"))
}

/// The same with a time of long ago, so that every later run is later.
fn dated(files: Files) -> Files {
    renamed(files, |number, suite| format!("20200101T0000{number:02}-{suite}"))
}

fn renamed(files: Files, name: impl Fn(usize, &str) -> String) -> Files {
    let timed = Regex::new(r"^(state/\w+)/(\d{8}T\d{6}(?:\.\d+)?-([^/]+))").unwrap();
    let mut folders: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut renamed = Files::new();
    for (path, bytes) in files {
        let Some(found) = timed.captures(&path) else {
            renamed.insert(path, bytes);
            continue;
        };
        let (kind, folder, suite) = (&found[1], &found[2], &found[3]);
        let known = folders.entry((kind.to_owned(), suite.to_owned())).or_default();
        if !known.iter().any(|known| known == folder) {
            known.push(folder.to_owned());
        }
        let rest = &path[found[0].len()..];
        renamed.insert(format!("{kind}/{}{rest}", name(known.len(), suite)), bytes);
    }
    renamed
}
