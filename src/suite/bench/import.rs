//! Measurements of files, put side by side: benches of evenhand's own, and results of other tools.

use std::fs;
use std::path::{Path, PathBuf};

use super::folder;
use crate::bench::{Bench, FORMS, Imported, Limits, Part, Volume, read};
use crate::error::{Error, ErrorKind, Result};

/// A bench of what is in these files. No model is asked.
pub(crate) fn imported(files: &[PathBuf], limits: Limits, volume: Volume) -> Result<Bench> {
    let parts = files.iter().map(|file| part(file)).collect::<Result<Vec<Part>>>()?;
    Bench::side_by_side(parts, limits, volume).map_err(|why| {
        Error::new(ErrorKind::Usage, why)
            .help("import them one at a time, or use `evenhand bench compare OLD NEW`")
    })
}

fn part(path: &Path) -> Result<Part> {
    let file = path.display().to_string();
    if path.is_dir() {
        let (meta, lines) = folder::read(path)?;
        return Ok(Part::Own { file, meta: Some(Box::new(meta)), lines });
    }
    let text = fs::read_to_string(path).map_err(|source| unreadable(&file, &source.to_string()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    match read(&text, &name).map_err(|why| unreadable(&file, &why))? {
        Imported::Cells(cells) => Ok(Part::Other(cells)),
        Imported::Lines(lines) => match path.parent().filter(|folder| folder::is_whole(folder, path)) {
            Some(folder) => {
                let (meta, lines) = folder::read(folder)?;
                Ok(Part::Own { file, meta: Some(Box::new(meta)), lines })
            }
            None => Ok(Part::Own { file, meta: None, lines }),
        },
    }
}

fn unreadable(file: &str, why: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("cannot import {file}: {why}")).help(format!("name {FORMS}"))
}
