//! The command line that runs now, and the one that goes on with it.

use std::ffi::OsString;
use std::sync::OnceLock;

use crate::suite::shell::quoted;

/// The words after the command's name. Where the command runs inside another program, that program's own are others.
static WORDS: OnceLock<Vec<String>> = OnceLock::new();

/// Keeps the command line, the command's name first.
pub(super) fn keep(words: &[OsString]) {
    let words = words.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    // A program that runs several commands is told to go on with the first.
    let _ = WORDS.set(words);
}

/// The command that runs now, to go on with.
pub(super) fn resume_this_command() -> String {
    let words = WORDS.get().map_or(&[][..], Vec::as_slice).iter().filter(|word| *word != "--resume");
    let words: Vec<String> = words.map(|word| quoted(word).into_owned()).collect();
    format!("evenhand {} --resume", words.join(" "))
}
