//! The lock that keeps two processes from writing the same `.part`.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::event::{FetchEvent, Listener};
use super::fault::FetchFault;

/// How often a waiting process looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The lock; held until dropped, and given up by the system when the process ends in any way.
pub(super) struct Lock {
    _file: File,
    /// Whether another process held it first.
    pub(super) waited: bool,
}

/// Locks `path`, waiting for as long as another process holds it.
///
/// The file stays afterwards: removing it would let a third process lock a file that a second one,
/// still waiting, holds open under the same name.
pub(super) async fn acquire(path: PathBuf, listener: &mut Listener<'_>) -> Result<Lock, FetchFault> {
    let file = File::create(&path).map_err(|error| FetchFault::storage("create", &path, 0, error))?;
    let mut waited = false;
    while !try_lock(&file, &path)? {
        if !waited {
            waited = true;
            listener(FetchEvent::Waiting { lock: path.clone() });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(Lock { _file: file, waited })
}

fn try_lock(file: &File, path: &Path) -> Result<bool, FetchFault> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(source)) => {
            Err(FetchFault::Io { action: "lock", path: path.to_owned(), source })
        }
    }
}
