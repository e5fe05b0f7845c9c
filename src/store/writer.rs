//! Entries and the one writer: what arrives while it writes is written together next.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::file;
use crate::error::{Error, ErrorKind, Result};

/// The key of an entry: a hash of everything that decides the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreKey(pub [u8; 32]);

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

/// What an entry's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A model's reply.
    Reply,
    /// An output of a subject's, which is to be judged.
    Output,
}

impl Kind {
    /// The kind as the file has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Output => "output",
        }
    }
}

/// Bytes to be kept.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Their key.
    pub key: StoreKey,
    /// What they are.
    pub kind: Kind,
    /// Who made them: a model's name, a command.
    pub source: String,
    /// The record they are about, where that is known.
    pub record: Option<String>,
    /// A short hash of each part of what decides them, by the part's name.
    pub parts: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// An entry as it was found.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Its key.
    pub key: StoreKey,
    /// Who made it.
    pub source: String,
    /// The record it is about.
    pub record: Option<String>,
    /// The hashes of the parts.
    pub parts: Vec<(String, String)>,
    /// The bytes.
    pub body: Vec<u8>,
    /// When it was made, in seconds since 1970.
    pub made_s: i64,
    /// When it was used last, in seconds since 1970, within an hour.
    pub used_s: i64,
}

/// The most writes of one transaction.
const TOGETHER: usize = 512;

/// After so many writes the file's size is looked at.
const BETWEEN_LOOKS: usize = 1024;

enum WriteJob {
    Put(Box<Entry>, oneshot::Sender<Result<()>>),
    Used(Vec<i64>),
}

/// The thread that writes. It ends, with everything written, when this is dropped.
pub(super) struct Writer {
    jobs: Option<Sender<WriteJob>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(path: &Path, connection: Connection, max_bytes: u64) -> Result<Self> {
        let (jobs, coming) = channel();
        let mut worker = Worker { path: path.to_owned(), connection, max_bytes, since_look: BETWEEN_LOOKS };
        let thread = std::thread::Builder::new()
            .name("evenhand-store".to_owned())
            .spawn(move || worker.work(&coming))
            .map_err(|source| Error::new(ErrorKind::Internal, format!("cannot start a thread: {source}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn put(&self, entry: Entry) -> Result<()> {
        let (done, written) = oneshot::channel();
        let sent =
            self.jobs.as_ref().is_some_and(|jobs| jobs.send(WriteJob::Put(Box::new(entry), done)).is_ok());
        match written.await {
            Ok(result) if sent => result,
            _ => Err(Error::new(ErrorKind::Internal, "the thread that writes the cache ended")),
        }
    }

    /// Notes that entries were used now. Nobody waits for it.
    pub(super) fn used(&self, ids: Vec<i64>) {
        if let (Some(jobs), false) = (&self.jobs, ids.is_empty()) {
            // A thread that ended has said so to those who wait.
            let _ = jobs.send(WriteJob::Used(ids));
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Worker {
    path: PathBuf,
    connection: Connection,
    max_bytes: u64,
    since_look: usize,
}

impl Worker {
    fn work(&mut self, coming: &Receiver<WriteJob>) {
        while let Ok(first) = coming.recv() {
            let rest = std::iter::from_fn(|| coming.try_recv().ok());
            let jobs: Vec<WriteJob> = std::iter::once(first).chain(rest).take(TOGETHER).collect();
            let written = self.write(&jobs);
            self.since_look += jobs.len();
            for job in jobs {
                if let WriteJob::Put(_, done) = job {
                    let result = written.as_ref().map_err(|source| file::unusable(&self.path, source));
                    let _ = done.send(result.copied());
                }
            }
            if self.since_look >= BETWEEN_LOOKS {
                self.since_look = 0;
                // A file that stays too large is looked at again later.
                let _ = file::shrink(&mut self.connection, self.max_bytes);
            }
        }
    }

    fn write(&mut self, jobs: &[WriteJob]) -> rusqlite::Result<()> {
        let now = file::now_s();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for job in jobs {
            match job {
                WriteJob::Put(entry, _) => put(&transaction, entry, now)?,
                WriteJob::Used(ids) => {
                    let mut statement =
                        transaction.prepare_cached("UPDATE entries SET used = ?2 WHERE id = ?1")?;
                    for id in ids {
                        statement.execute([id, &now])?;
                    }
                }
            }
        }
        transaction.commit()
    }
}

fn put(connection: &Connection, entry: &Entry, now: i64) -> rusqlite::Result<()> {
    let parts = serde_json::to_string(&entry.parts).unwrap_or_default();
    let mut statement = connection.prepare_cached(
        "INSERT INTO entries (key, kind, source, record, made, used, parts, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
         ON CONFLICT (key) DO UPDATE SET
             record = excluded.record, made = excluded.made, used = excluded.used,
             parts = excluded.parts, body = excluded.body",
    )?;
    let kind = entry.kind.name();
    statement.execute(params![
        entry.key.0.as_slice(),
        kind,
        entry.source,
        entry.record,
        now,
        parts,
        entry.body
    ])?;
    Ok(())
}
