//! Prompts, for people to read.

use std::fmt::Write as _;

use crate::prompt::{Compiled, Message};

/// Messages as they are sent, each under its role.
pub(crate) fn messages(messages: &[Message]) -> String {
    let mut text = String::new();
    for message in messages {
        let _ = writeln!(text, "--- {} ---\n{}", message.role.name(), message.content);
    }
    text
}

/// Which demos are shown where they are chosen for each record; nothing where they are not.
pub(crate) fn chosen_demos(compiled: &Compiled) -> String {
    let pool = compiled.pool().count() / 2;
    let nearest = compiled.spec().nearest_demos;
    nearest.map_or_else(String::new, |nearest| format!("--- {} ---\n", nearest.in_words(pool)))
}
