//! Files that are written whole.

use std::fs;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// Writes a file, and the folders above it.
pub(crate) fn to_file(path: &Path, text: &str) -> Result<()> {
    let refused = |source| Error::new(ErrorKind::Io, format!("cannot write {}: {source}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(refused)?;
    }
    fs::write(path, text).map_err(refused)
}
