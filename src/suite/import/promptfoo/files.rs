//! Files that a configuration names, one by one or by a pattern.

use std::path::{Path, PathBuf};

/// A name without `file://`, and the function that may stand behind it.
pub(super) fn path_of(name: &str) -> (&str, Option<&str>) {
    let name = name.strip_prefix("file://").unwrap_or(name);
    match name.rsplit_once(':') {
        Some((path, function)) if !function.contains(['/', '\\']) && path.contains('.') => {
            (path, Some(function))
        }
        _ => (name, None),
    }
}

/// The same of JavaScript, without the function.
pub(super) fn path_of_script(name: &str) -> &str {
    let end = name.rfind("js:").map_or(name.len(), |at| at + 2);
    name.get(..end).unwrap_or(name)
}

/// What a file's name ends in, in lower case.
pub(super) fn extension(name: &str) -> String {
    Path::new(name).extension().and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase()
}

/// Whether a name is a pattern for several files.
pub(super) fn is_pattern(name: &str) -> bool {
    name.contains('*') || name.contains('?')
}

/// The files below a folder that fit a pattern, in the order of their names: `*` and `?` within a name, `**` for any
/// folders.
pub(super) fn matching(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let steps: Vec<&str> = pattern.split('/').filter(|step| !step.is_empty() && *step != ".").collect();
    let start = if pattern.starts_with('/') { PathBuf::from("/") } else { folder.to_path_buf() };
    let mut found = Vec::new();
    walk(&start, &steps, &mut found);
    found.sort();
    found.dedup();
    found
}

fn walk(folder: &Path, steps: &[&str], found: &mut Vec<PathBuf>) {
    let Some((step, rest)) = steps.split_first() else {
        if folder.is_file() {
            found.push(folder.to_path_buf());
        }
        return;
    };
    if *step == "**" {
        walk(folder, rest, found);
    } else if !is_pattern(step) {
        return walk(&folder.join(step), rest, found);
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if *step == "**" {
            if path.is_dir() && !path.is_symlink() {
                walk(&path, steps, found);
            }
        } else if fits(&name, step) {
            walk(&path, rest, found);
        }
    }
}

/// Whether a name fits a pattern.
fn fits(name: &str, pattern: &str) -> bool {
    let mut chars = pattern.chars();
    match chars.next() {
        None => name.is_empty(),
        Some('*') => {
            let rest = chars.as_str();
            name.char_indices().any(|(at, _)| name.get(at..).is_some_and(|tail| fits(tail, rest)))
                || fits("", rest)
        }
        Some(first) => {
            let mut letters = name.chars();
            letters.next().is_some_and(|letter| first == '?' || first == letter)
                && fits(letters.as_str(), chars.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns() {
        for (name, pattern) in
            [("a.txt", "*.txt"), ("a.txt", "?.t*"), ("é.md", "?.md"), ("x", "*"), ("ab", "a*b")]
        {
            assert!(fits(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("a.txt", "*.md"), ("ab", "a"), ("", "?"), ("abc", "a*b")] {
            assert!(!fits(name, pattern), "{name} {pattern}");
        }
    }

    #[test]
    fn a_function_may_stand_behind_a_file() {
        assert_eq!(path_of("file://a/b.py:f"), ("a/b.py", Some("f")));
        assert_eq!(path_of("b.py"), ("b.py", None));
        assert_eq!(path_of("C:/b.py"), ("C:/b.py", None));
    }
}
