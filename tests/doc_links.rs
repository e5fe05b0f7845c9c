//! Every link of the documents leads somewhere: to a file of this repository, and to a heading of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Folders that hold no document of ours: built or recorded things.
const LEFT_OUT: [&str; 4] = ["target", ".git", ".evenhand", "node_modules"];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder whose names end so, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if !LEFT_OUT.iter().any(|left| name == *left) {
                found.extend(files(&path, ending));
            }
        } else if name.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The lines that are prose: what stands between code fences is left out.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        fenced ^= is_fence;
        !fenced && !is_fence
    })
}

/// The line without what is quoted as code.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// The targets of a line's links that are no address of the web.
fn targets(line: &str) -> Vec<String> {
    let line = without_code(line);
    let after = line.split("](").skip(1);
    after
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.contains("://") && !target.starts_with("mailto:"))
        .collect()
}

/// What GitHub and mdBook make of a heading: small letters, no punctuation, a hyphen for each blank.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || " -_".contains(*char));
    kept.flat_map(char::to_lowercase).map(|char| if char == ' ' { '-' } else { char }).collect()
}

/// The anchors of a page. The second heading of a name ends in `-1`.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (_, line) in prose(text).filter(|(_, line)| line.starts_with('#')) {
        let heading = line.trim_start_matches('#').trim();
        let first = anchor(heading);
        let names = (0..).map(|n| if n == 0 { first.clone() } else { format!("{first}-{n}") });
        all.extend(names.into_iter().find(|name| !all.contains(name)));
    }
    all
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// What is wrong with a link of a page, if anything.
fn fault(page: &Path, target: &str) -> Option<String> {
    let (file, heading) = target.split_once('#').map_or((target, None), |(file, to)| (file, Some(to)));
    let path = if file.is_empty() { page.to_path_buf() } else { plain(&page.parent()?.join(file)) };
    if !path.exists() {
        return Some("no such file".into());
    }
    let heading = heading.filter(|_| path.extension().is_some_and(|ending| ending == "md"))?;
    let known = anchors(&fs::read_to_string(&path).unwrap());
    (!known.contains(heading)).then(|| format!("no such heading; there are {known:?}"))
}

#[test]
fn every_link_of_the_documents_leads_to_a_file_and_a_heading() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for page in files(repository(), ".md") {
        let text = fs::read_to_string(&page).unwrap();
        for (number, line) in prose(&text) {
            for target in targets(line) {
                count += 1;
                let place = page.strip_prefix(repository()).unwrap().display();
                let fault = fault(&page, &target);
                faults.extend(fault.map(|fault| format!("{place}:{}: {target}: {fault}", number + 1)));
            }
        }
    }
    assert!(count > 150 && faults.is_empty(), "{count} links\n{}", faults.join("\n"));
}

#[test]
fn the_book_lists_every_page_once() {
    let docs = repository().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let listed: Vec<String> = summary.lines().flat_map(targets).collect();
    let pages: Vec<String> = files(&docs, ".md")
        .iter()
        .map(|page| page.strip_prefix(&docs).unwrap().to_string_lossy().replace('\\', "/"))
        .filter(|page| page != "SUMMARY.md")
        .collect();
    let mut sorted = listed.clone();
    sorted.sort();
    assert_eq!(sorted, pages, "docs/SUMMARY.md lists other pages than there are");
}

/// Messages, comments and help texts name pages, too.
#[test]
fn the_pages_that_the_code_names_exist() {
    let (mut gone, mut count) = (Vec::new(), 0);
    for folder in ["src", "tests", "benches", "scripts", "examples", "signatures"] {
        for ending in [".rs", ".snap", ".toml", ".py", ".sh"] {
            for file in files(&repository().join(folder), ending) {
                let text = fs::read_to_string(&file).unwrap();
                for rest in text.split("docs/").skip(1) {
                    let name = rest.split(|char: char| !(char.is_alphanumeric() || "/-_.".contains(char)));
                    let name = name.into_iter().next().unwrap_or_default().trim_end_matches('.');
                    if [".md", ".json", ".toml"].iter().any(|ending| name.ends_with(ending)) {
                        count += 1;
                        let is_there = repository().join("docs").join(name).exists();
                        gone.extend((!is_there).then(|| format!("{}: docs/{name}", file.display())));
                    }
                }
            }
        }
    }
    assert!(count > 20 && gone.is_empty(), "{count} names; these are not there:\n{}", gone.join("\n"));
}
