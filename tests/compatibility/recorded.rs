//! What was recorded of a project, and how it differs from what came now.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::RECORD;
use super::allowed::{ALLOWED, Allowed};
use super::files::{self, Files};

/// The most differing lines that are shown of a file.
const LINES: usize = 6;

/// So much is shown of a line, before and after the place where it differs.
const AROUND: usize = 120;

/// The recorded files of a project.
pub struct Recorded {
    project: String,
    folder: PathBuf,
}

impl Recorded {
    /// Those of a folder.
    pub fn new(project: &str, folder: &Path) -> Self {
        Self { project: project.to_owned(), folder: folder.to_owned() }
    }

    /// Records what came now.
    pub fn write(&self, now: &Files) {
        std::fs::remove_dir_all(&self.folder).ok();
        files::write(&self.folder, now);
    }

    /// Holds what came now against what was recorded.
    ///
    /// # Panics
    /// They differ: says where.
    pub fn hold(&self, now: &Files) {
        assert!(self.folder.exists(), "nothing is recorded of {}: {RECORD}={0} cargo test", self.project);
        let recorded = files::below(&self.folder);
        let paths: BTreeSet<&String> = recorded.keys().chain(now.keys()).collect();
        let mut differences: Vec<String> = paths
            .into_iter()
            .filter_map(|path| match (recorded.get(path), now.get(path)) {
                (Some(recorded), Some(now)) => self.difference(path, recorded, now),
                (Some(_), None) => Some(format!("{path}: is not there any more")),
                (None, _) => Some(format!("{path}: was not there")),
            })
            .collect();
        let nowhere = allowed_in(&self.project).filter(|allowed| !recorded.contains_key(allowed.file));
        differences.extend(
            nowhere.map(|allowed| format!("{}: is allowed to differ, and not recorded", allowed.file)),
        );
        assert!(
            differences.is_empty(),
            "the project {0} is not as it was recorded (tests/compatibility/projects/{0}):\n\n{1}\n\n\
             If that is wanted: list it in allowed.rs with the reason, or record anew: {RECORD}={0} cargo test",
            self.project,
            differences.join("\n\n")
        );
    }

    fn difference(&self, path: &str, recorded: &[u8], now: &[u8]) -> Option<String> {
        let allowed: Vec<&Allowed> =
            allowed_in(&self.project).filter(|allowed| allowed.file == path).collect();
        if recorded == now {
            let needless: Vec<&str> = allowed.iter().map(|allowed| allowed.reason).collect();
            return (!needless.is_empty()).then(|| {
                format!("{path}: is as recorded, so nothing needs to be allowed: {}", needless.join("; "))
            });
        }
        let text = |bytes: &[u8]| {
            allowed.iter().fold(String::from_utf8_lossy(bytes).into_owned(), |text, allowed| {
                Regex::new(allowed.pattern).unwrap().replace_all(&text, "[allowed]").into_owned()
            })
        };
        let (recorded, now) = (text(recorded), text(now));
        (recorded != now).then(|| format!("{path}:\n{}", lines(&recorded, &now)))
    }
}

fn allowed_in(project: &str) -> impl Iterator<Item = &'static Allowed> {
    ALLOWED.iter().filter(move |allowed| allowed.project == project)
}

/// The lines that differ, each with its number.
fn lines(recorded: &str, now: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (recorded.lines().collect(), now.lines().collect());
    let mut shown = Vec::new();
    for index in 0..old.len().max(new.len()) {
        let (old, new) = (old.get(index).copied(), new.get(index).copied());
        if old != new {
            let (old, new) = around(old.unwrap_or("(no line)"), new.unwrap_or("(no line)"));
            shown.push(format!("  line {}\n    recorded  {old}\n    now       {new}", index + 1));
        }
    }
    let more = shown.len().saturating_sub(LINES);
    shown.truncate(LINES);
    let more = if more > 0 { format!("\n  and {more} lines more") } else { String::new() };
    shown.join("\n") + &more
}

/// Both lines, from a little before the first character that differs.
fn around(old: &str, new: &str) -> (String, String) {
    let same = old.chars().zip(new.chars()).take_while(|(old, new)| old == new).count();
    let skipped = same.saturating_sub(AROUND);
    let part = |text: &str| {
        let part: String = text.chars().skip(skipped).take(2 * AROUND).collect();
        if skipped > 0 { format!("…{part}") } else { part }
    };
    (part(old), part(new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let recorded = Recorded::new("none", folder.path());
        let file = |text: &str| Files::from([("told/01.txt".to_owned(), text.as_bytes().to_vec())]);
        recorded.write(&file("one\ntwo\n"));
        recorded.hold(&file("one\ntwo\n"));
        let told = std::panic::catch_unwind(|| recorded.hold(&file("one\nthree\n"))).unwrap_err();
        let told = told.downcast_ref::<String>().unwrap();
        assert!(told.contains("the project none is not as it was recorded"), "{told}");
        assert!(told.contains("told/01.txt:\n  line 2\n    recorded  two\n    now       three"), "{told}");
        assert!(std::panic::catch_unwind(|| recorded.hold(&Files::new())).is_err());
    }
}
