//! Whether a model is in its folder.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tokio::fs::{self, File};

use super::digest;
use super::entry::CatalogueEntry;

/// The state of a model's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Installed {
    /// There is no such file.
    Missing,
    /// The file is there.
    Present(PathBuf),
    /// A file of that name is there, but it is not the model.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// It has another size.
    Size {
        /// Its size in bytes.
        found: u64,
        /// The size it should have.
        expected: u64,
    },
    /// It has other bytes.
    Checksum {
        /// Its SHA-256.
        found: String,
    },
    /// It cannot be read, or is no file.
    Unreadable {
        /// The cause, as the system names it.
        why: String,
    },
}

/// Whether the model is in `dir`, by its size alone; see [`verify`].
pub async fn installed(entry: &CatalogueEntry, dir: &Path) -> Installed {
    let path = dir.join(entry.file_name);
    match fs::metadata(&path).await {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Installed::Missing,
        Err(error) => unreadable(path, &error),
        Ok(metadata) if !metadata.is_file() => {
            let damage = Damage::Unreadable { why: "is no file".to_owned() };
            Installed::Damaged { path, damage }
        }
        Ok(metadata) if metadata.len() != entry.bytes => {
            let damage = Damage::Size { found: metadata.len(), expected: entry.bytes };
            Installed::Damaged { path, damage }
        }
        Ok(_) => Installed::Present(path),
    }
}

/// Whether the model is in `dir`, by its checksum: reads the whole file.
pub async fn verify(entry: &CatalogueEntry, dir: &Path) -> Installed {
    match installed(entry, dir).await {
        Installed::Present(path) => match checksum(&path).await {
            Ok(found) if found == entry.sha256 => Installed::Present(path),
            Ok(found) => Installed::Damaged { path, damage: Damage::Checksum { found } },
            Err(error) => unreadable(path, &error),
        },
        other => other,
    }
}

async fn checksum(path: &Path) -> io::Result<String> {
    digest::of_file(File::open(path).await?).await
}

fn unreadable(path: PathBuf, error: &io::Error) -> Installed {
    Installed::Damaged { path, damage: Damage::Unreadable { why: error.to_string() } }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { found, expected } => write!(f, "has {found} bytes instead of {expected}"),
            Self::Checksum { found } => write!(f, "has other bytes (sha256 {found})"),
            Self::Unreadable { why } => write!(f, "cannot be read: {why}"),
        }
    }
}
