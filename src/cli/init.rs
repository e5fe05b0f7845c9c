//! `karat init`: a project that runs as it is.

use std::fs;
use std::path::Path;

use super::exit::Exit;
use super::print;
use crate::error::{Error, ErrorKind, Result};

/// The files of a new project.
const FILES: [(&str, &str); 4] = [
    ("karat.toml", include_str!("init/karat.toml")),
    ("signatures/helpfulness.toml", include_str!("init/helpfulness.toml")),
    ("datasets/helpfulness.jsonl", include_str!("init/helpfulness.jsonl")),
    (".karat/.gitignore", "*\n"),
];

pub(super) fn init(folder: &Path) -> Result<Exit> {
    let there = FILES.iter().map(|(name, _)| folder.join(name)).find(|path| path.exists());
    if let Some(path) = there {
        return Err(Error::new(ErrorKind::Usage, format!("{} is there already", path.display()))
            .help("nothing was written; start in another folder, or move it away"));
    }
    for (name, text) in FILES {
        write(&folder.join(name), text)?;
        print(&format!("wrote {}\n", folder.join(name).display()))?;
    }
    print("\nName a model in karat.toml, then: karat run\n")?;
    Ok(Exit::Success)
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
