//! The file a download is written to until its checksum agrees.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;

use super::checksum;
use super::entry::CatalogueEntry;
use super::fault::{FetchEvent, FetchFault, Listener, SourceFault, Stop};

/// A model's `.part` file, with the hash of what is in it.
///
/// Every source gives the same bytes in the same order, so each continues what another began.
pub(super) struct PartFile {
    path: PathBuf,
    total: u64,
    sha256: &'static str,
    /// None until there is something to write.
    file: Option<File>,
    hash: Sha256,
    written: u64,
}

impl PartFile {
    /// Opens the model's part at `path`, reading again what an earlier fetch left.
    pub(super) async fn open(
        entry: &CatalogueEntry,
        path: PathBuf,
        listener: &mut Listener<'_>,
    ) -> Result<Self, FetchFault> {
        let (total, sha256) = (entry.bytes, entry.sha256);
        let mut part = Self { path, total, sha256, file: None, hash: Sha256::new(), written: 0 };
        match fs::metadata(&part.path).await.map_or(0, |metadata| metadata.len()) {
            0 => {}
            have if have > total => part.delete().await?,
            have => {
                listener(FetchEvent::Resuming { have });
                part.read_again().await.map_err(|error| part.fault("read", error))?;
            }
        }
        Ok(part)
    }

    /// Bytes of the model that are there.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Bytes of the whole model.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Whether all bytes are there; their checksum is another matter.
    pub(super) fn is_complete(&self) -> bool {
        self.written == self.total
    }

    /// Adds the next bytes; more than the model has are refused, and the file deleted.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let end = self.written.saturating_add(bytes.len() as u64);
        if end > self.total {
            self.delete().await?;
            return Err(SourceFault::WrongSize { found: end, expected: self.total }.into());
        }
        self.append(bytes).await.map_err(|error| self.fault("write", error))?;
        self.hash.update(bytes);
        self.written = end;
        Ok(())
    }

    /// Makes sure that what was written is in the file, for the next fetch to find.
    pub(super) async fn flush(&mut self) -> Result<(), FetchFault> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.flush().await.map_err(|error| self.fault("write", error))
    }

    /// Compares the checksum and gives the file its final name; deletes it if the bytes are wrong.
    pub(super) async fn finish(&mut self, target: &Path) -> Result<(), Stop> {
        self.flush().await?;
        if let Some(file) = self.file.take() {
            // The name must not outlive a power cut that the bytes did not.
            file.sync_all().await.map_err(|error| self.fault("write", error))?;
        }
        let found = checksum::hex(self.hash.clone());
        if found != self.sha256 {
            self.delete().await?;
            return Err(SourceFault::WrongChecksum { found }.into());
        }
        let renamed = fs::rename(&self.path, target).await;
        renamed.map_err(|error| FetchFault::storage("rename the download to", target, 0, error).into())
    }

    /// Throws away what is there.
    pub(super) async fn delete(&mut self) -> Result<(), FetchFault> {
        self.file = None;
        self.hash = Sha256::new();
        self.written = 0;
        match fs::remove_file(&self.path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.fault("delete", error)),
            _ => Ok(()),
        }
    }

    async fn read_again(&mut self) -> io::Result<()> {
        let mut file = OpenOptions::new().read(true).write(true).open(&self.path).await?;
        self.written = checksum::absorb(&mut self.hash, &mut file).await?;
        self.file = Some(file);
        Ok(())
    }

    async fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            return file.write_all(bytes).await;
        }
        let file = self.file.insert(File::create(&self.path).await?);
        file.write_all(bytes).await
    }

    fn fault(&self, action: &'static str, error: io::Error) -> FetchFault {
        FetchFault::storage(action, &self.path, self.total.saturating_sub(self.written), error)
    }
}
