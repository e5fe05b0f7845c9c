//! `evenhand init`: a project that runs as it is.

mod templates;

use std::fs;
use std::path::Path;

use self::templates::{File, ci, template};
use super::args::InitArgs;
use super::print;
use crate::error::{Error, ErrorKind, Result};
use crate::suite::Exit;
use crate::suite::model_config::EMBEDDED_DEFAULT;

/// The files of a new project without a template, but for `evenhand.toml`.
const FILES: [File; 2] = [
    ("signatures/helpfulness.toml", include_str!("init/helpfulness.toml")),
    ("datasets/helpfulness.jsonl", include_str!("init/helpfulness.jsonl")),
];

/// Runs are not committed.
const STATE_IGNORED: File = (".evenhand/.gitignore", "*\n");

pub(super) fn init(args: &InitArgs) -> Result<Exit> {
    let folder = &args.folder;
    let mut files: Vec<File> = match args.template {
        Some(name) => template(name).map(|file| beside_a_readme(file, folder)).collect(),
        None => [("evenhand.toml", configuration(judge()))].into_iter().chain(FILES).collect(),
    };
    files.push(STATE_IGNORED);
    files.extend(args.ci.map(ci));
    let there = files.iter().map(|(name, _)| folder.join(name)).find(|path| path.exists());
    if let Some(path) = there {
        return Err(Error::new(ErrorKind::Usage, format!("{} is there already", path.display()))
            .help("nothing was written; start in another folder, or move it away"));
    }
    for (name, text) in files {
        write(&folder.join(name), text)?;
        print(&format!("wrote {}\n", folder.join(name).display()))?;
    }
    print(&args.template.map_or_else(|| next(judge()), |_| NEXT_OF_A_TEMPLATE.to_owned()))?;
    Ok(Exit::Success)
}

/// What to do next where a template was taken.
const NEXT_OF_A_TEMPLATE: &str =
    "\nNext: evenhand run, then evenhand check --replay. The project's README tells more.\n";

/// A repository has a README of its own: then the template's is called otherwise.
fn beside_a_readme((name, text): File, folder: &Path) -> File {
    let is_taken = name == "README.md" && folder.join(name).exists();
    (if is_taken { "EVENHAND.md" } else { name }, text)
}

/// What judges a new project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judge {
    /// The embedded model.
    Embedded,
    /// What the user names.
    ToBeNamed,
}

/// What this build can judge with.
fn judge() -> Judge {
    if cfg!(feature = "local") { Judge::Embedded } else { Judge::ToBeNamed }
}

/// `evenhand.toml`.
fn configuration(judge: Judge) -> &'static str {
    match judge {
        Judge::Embedded => {
            concat!(include_str!("init/embedded_judge.toml"), include_str!("init/evenhand.toml"))
        }
        Judge::ToBeNamed => concat!(include_str!("init/judge.toml"), include_str!("init/evenhand.toml")),
    }
}

/// What to do next.
fn next(judge: Judge) -> String {
    match judge {
        Judge::Embedded => format!(
            "\nNext: evenhand run\nIt judges with local/{EMBEDDED_DEFAULT}, and asks before it fetches that model.\n"
        ),
        Judge::ToBeNamed => "\nName a model in evenhand.toml, then: evenhand run\n".to_owned(),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let refused = |source: std::io::Error| {
        Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()))
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(refused)?;
    }
    fs::write(path, text).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::config::ConfigFile;
    use crate::suite::loaded_models;

    fn read(judge: Judge) -> ConfigFile {
        toml::from_str(configuration(judge)).unwrap()
    }

    #[test]
    fn a_build_with_the_engine_judges_with_its_first_model() {
        let first = loaded_models::entries()[0];
        assert_eq!(EMBEDDED_DEFAULT, first.name);
        assert_eq!(read(Judge::Embedded).default_model, Some(format!("local/{}", first.name)));
        let size = format!("{} MB", first.megabytes());
        assert!(configuration(Judge::Embedded).contains(&size), "the file says how large it is: {size}");
        assert_eq!(read(Judge::ToBeNamed).default_model, None);
    }

    #[test]
    fn only_a_build_without_the_engine_is_told_to_build_it() {
        assert!(!configuration(Judge::Embedded).contains("--features local"));
        assert!(configuration(Judge::ToBeNamed).contains("--features local"));
    }

    #[test]
    fn every_model_that_is_offered_can_be_uncommented() {
        for judge in [Judge::Embedded, Judge::ToBeNamed] {
            let text = configuration(judge);
            let lines = text.lines().map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with("[models.") || rest.contains(" = ") => rest,
                _ => line,
            });
            let text = lines.collect::<Vec<_>>().join("\n");
            let file: ConfigFile = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(file.models.len() >= 4);
        }
    }
}
