//! What is sent to a judge: messages with roles.

use serde::{Deserialize, Serialize};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The instruction.
    System,
    /// The record, or a remark about an invalid answer.
    User,
    /// An answer: a demo's, or one the judge gave before.
    Assistant,
}

impl Role {
    /// The role's name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    /// A message of `role`.
    pub fn new(role: Role, content: impl Into<String>) -> Self {
        Self { role, content: content.into() }
    }
}

/// The messages for one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// All messages, the stable ones first.
    pub messages: Vec<Message>,
    /// How many messages at the start are the same for every record.
    pub stable: usize,
    /// How many messages after those are demos that were chosen for the record.
    pub chosen: usize,
    /// How many known delimiters were found in the record's texts and broken up.
    pub neutralized: usize,
}

impl Prompt {
    /// A hash of every byte that would be sent as messages: 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for message in &self.messages {
            hasher.update(message.role.name().as_bytes());
            hasher.update(&(message.content.len() as u64).to_le_bytes());
            hasher.update(message.content.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}
