//! What is put in, and what comes out.

use std::fmt;

use serde::{Deserialize, Serialize};

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
