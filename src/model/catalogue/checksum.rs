//! Whether a model is in its folder, by the SHA-256 of what is on disk.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use sha2::{Digest, Sha256};
use tokio::fs;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::entry::CatalogueEntry;

const BUFFER_BYTES: usize = 256 << 10;

/// Adds all that `reader` still gives to `hash`; returns the number of bytes.
pub(super) async fn absorb(
    hash: &mut Sha256,
    reader: &mut (dyn AsyncRead + Unpin + Send),
) -> io::Result<u64> {
    let mut buffer = Vec::with_capacity(BUFFER_BYTES);
    let mut total = 0_u64;
    while reader.read_buf(&mut buffer).await? > 0 {
        hash.update(&buffer);
        total = total.saturating_add(buffer.len() as u64);
        buffer.clear();
    }
    Ok(total)
}

/// The SHA-256 of an open file from its start, in lower-case hexadecimal.
pub(super) async fn of_file(mut file: File) -> io::Result<String> {
    let mut hash = Sha256::new();
    absorb(&mut hash, &mut file).await?;
    Ok(hex(hash))
}

/// The finished hash in lower-case hexadecimal.
pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The state of a model's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Installed {
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
pub(crate) enum Damage {
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
pub(crate) async fn installed(entry: &CatalogueEntry, dir: &Path) -> Installed {
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
pub(crate) async fn verify(entry: &CatalogueEntry, dir: &Path) -> Installed {
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
    of_file(File::open(path).await?).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1: the message "abc".
        let mut hash = Sha256::new();
        assert_eq!(absorb(&mut hash, &mut &b"abc"[..]).await.unwrap(), 3);
        assert_eq!(hex(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
