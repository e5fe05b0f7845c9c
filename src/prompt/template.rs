//! Messages with roles, and the templates that render them.
//! A template has three sections, `system`, `user` and `assistant`, in minijinja. A user's template has
//! lines such as `=== system ===` between them; a section it leaves out is the default's.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use crate::error::{Diagnostic, Error, ErrorKind, Result};
use crate::signature::TemplateText;

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

/// The template every signature has that brings none of its own.
pub(crate) const DEFAULT_TEMPLATE: &str = include_str!("default.jinja");

/// The sections' names.
const SECTIONS: [&str; 3] = ["system", "user", "assistant"];

/// The compiled sections.
pub(super) fn environment(own: Option<&TemplateText>) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(match own {
        Some(_) => UndefinedBehavior::SemiStrict,
        None => UndefinedBehavior::Strict,
    });
    add_sections(&mut environment, "the default template", DEFAULT_TEMPLATE)?;
    if let Some(own) = own {
        add_sections(&mut environment, &own.file, &own.text)?;
    }
    Ok(environment)
}

fn add_sections(environment: &mut Environment<'static>, file: &str, text: &str) -> Result<()> {
    for section in split(file, text)? {
        environment
            .add_template_owned(section.name, section.text)
            .map_err(|error| template_error(&error, file, section.first_line))?;
    }
    Ok(())
}

struct Section {
    name: &'static str,
    text: String,
    /// The line of the file on which the section's text begins, from 1.
    first_line: usize,
}

fn split(file: &str, text: &str) -> Result<Vec<Section>> {
    let mut sections: Vec<Section> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(title) = line.strip_prefix("=== ").and_then(|rest| rest.strip_suffix(" ===")) {
            sections.push(section(title, file, index + 1, line)?);
        } else if let Some(section) = sections.last_mut() {
            section.text.push_str(line);
            section.text.push('\n');
        } else if !line.trim().is_empty() {
            let message = "a template begins with a section line such as `=== system ===`";
            return Err(fault(file, index + 1, line, message.into()));
        }
    }
    Ok(sections)
}

fn section(title: &str, file: &str, line: usize, text: &str) -> Result<Section> {
    let name = SECTIONS.into_iter().find(|name| *name == title.trim()).ok_or_else(|| {
        let message = format!("there is no section `{title}`; sections are {}", SECTIONS.join(", "));
        fault(file, line, text, message)
    })?;
    Ok(Section { name, text: String::new(), first_line: line + 1 })
}

/// A template's error, with the line it has in the user's file.
pub(super) fn template_error(error: &minijinja::Error, file: &str, first_line: usize) -> Error {
    let line = error.line().unwrap_or(1) + first_line - 1;
    let message = match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    };
    fault(file, line, "", message)
}

fn fault(file: &str, line: usize, text: &str, message: String) -> Error {
    let diagnostic = Diagnostic {
        file: file.into(),
        line,
        column: 1,
        message,
        help: None,
        excerpt: (!text.is_empty()).then(|| text.to_owned()),
    };
    Error::new(ErrorKind::Prompt, format!("the template {file} cannot be used"))
        .with_diagnostics(vec![diagnostic])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        let own = TemplateText { file: "own.jinja".into(), text: text.into() };
        format!("{:#}", environment(Some(&own)).unwrap_err())
    }

    #[test]
    fn faults_name_the_line_of_the_users_file() {
        insta::assert_snapshot!(error_of("=== system ===\nfine\n{% if %}\n"));
        insta::assert_snapshot!(error_of("=== sistem ===\n"));
        insta::assert_snapshot!(error_of("hello\n"));
    }

    #[test]
    fn a_section_left_out_is_the_defaults() {
        let own = TemplateText { file: "own.jinja".into(), text: "=== system ===\nmine\n".into() };
        let environment = environment(Some(&own)).unwrap();
        assert_eq!(environment.get_template("system").unwrap().source(), "mine\n");
        assert!(environment.get_template("user").unwrap().source().contains("record"));
    }
}
