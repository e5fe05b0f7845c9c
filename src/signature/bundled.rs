//! The bundled signatures: the files of `signatures/`, compiled in.

use std::sync::LazyLock;

use super::spec::Spec;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../../signatures/", $name)))),+]
    };
}

/// Each file's name and text, in the order of their names.
const FILES: [(&str, &str); 9] = files![
    "correctness.toml",
    "faithfulness.toml",
    "graded-relevance.toml",
    "groundedness.toml",
    "instruction-following.toml",
    "preference.toml",
    "professional-email.toml",
    "relevance.toml",
    "trajectory.toml",
];

static SPECS: LazyLock<Vec<Spec>> = LazyLock::new(|| {
    let parsed: Result<_> = FILES.iter().map(|(file, text)| Spec::parse(text, file)).collect();
    parsed.expect("a test parses every bundled file")
});

/// The bundled signature of this name: `relevance`, for one. `-` and `_` are the same.
///
/// # Errors
/// There is none of this name; the help names them all.
pub fn bundled(name: &str) -> Result<Spec> {
    named(name).cloned().ok_or_else(|| unknown(name, Vec::new()))
}

/// Every bundled signature, in the order of their names.
#[must_use]
pub fn all_bundled() -> &'static [Spec] {
    &SPECS
}

pub(crate) fn named(name: &str) -> Option<&'static Spec> {
    let name = name.replace('-', "_");
    SPECS.iter().find(|spec| spec.name == name)
}

/// No signature is called `name`, neither a bundled one nor one of `own`.
pub(crate) fn unknown(name: &str, own: Vec<String>) -> Error {
    let mut known: Vec<String> = SPECS.iter().map(|spec| spec.name.clone()).chain(own).collect();
    known.sort();
    known.dedup();
    let near = closest(name, known.iter().map(String::as_str))
        .map_or_else(String::new, |near| format!("did you mean `{near}`? "));
    let help = format!("{near}signatures: {}", known.join(", "));
    Error::new(ErrorKind::Signature, format!("there is no signature `{name}`")).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_bundled_under_its_name() {
        let mut files: Vec<String> = std::fs::read_dir("signatures")
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        assert_eq!(files, FILES.map(|(file, _)| file.to_owned()));
        for (file, spec) in files.iter().zip(all_bundled()) {
            let stem = file.trim_end_matches(".toml");
            assert_eq!(spec.name, stem.replace('-', "_"));
            assert_eq!(bundled(stem).unwrap(), bundled(&spec.name).unwrap());
        }
    }

    #[test]
    fn an_unknown_name_is_told_all_that_there_are() {
        let error = bundled("relevanse").unwrap_err();
        assert_eq!(
            error.help_text(),
            Some(
                "did you mean `relevance`? signatures: correctness, faithfulness, graded_relevance, groundedness, \
                 instruction_following, preference, professional_email, relevance, trajectory"
            )
        );
    }
}
