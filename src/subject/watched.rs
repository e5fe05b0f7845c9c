//! The files a subject is made of: when one of them changes, kept outputs are stale.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// A hash of the paths and bytes of files and whole folders, 64 hex digits.
///
/// # Errors
/// One of them cannot be read.
pub(super) fn fingerprint(paths: &[PathBuf]) -> Result<String> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|source| unreadable(path, &source))?;
    }
    files.sort();
    files.dedup();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let bytes = fs::read(&file).map_err(|source| unreadable(&file, &source))?;
        hasher.update(file.to_string_lossy().as_bytes());
        hasher.update(&[0]);
        hasher.update(blake3::hash(&bytes).as_bytes());
    }
    Ok(hasher.finalize().to_hex().to_string())
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

fn unreadable(path: &Path, source: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("cannot read {}: {source}", path.display()))
        .help("it is watched by the suite's outputs: `watch`, or a file the command names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_in_a_folder_changes_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("prompts");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("a.txt"), "one").unwrap();
        let paths = [folder.path().to_owned()];
        let before = fingerprint(&paths).unwrap();
        assert_eq!(fingerprint(&paths).unwrap(), before);
        fs::write(inner.join("a.txt"), "two").unwrap();
        assert_ne!(fingerprint(&paths).unwrap(), before);
        assert!(fingerprint(&[folder.path().join("missing")]).is_err());
    }
}
