//! The one error type of the crate: what went wrong, where, and what to do.
//!
//! It knows no type of any other module. What can go wrong *inside* a layer is
//! a data type of that layer (a model's failure, an answer's faults); those
//! become outcomes. An [`Error`] is for the caller who asked for something
//! impossible: a file that is not there, a configuration that cannot work.

use std::error::Error as StdError;
use std::fmt;

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The command line or a call's arguments make no sense.
    Usage,
    /// `evenhand.toml`, or what it says, cannot be used.
    Config,
    /// A signature, typed or from a file, has faults.
    Signature,
    /// A dataset or a file of outputs cannot be read.
    Dataset,
    /// A prompt could not be compiled or rendered.
    Prompt,
    /// A model cannot be had: not installed, not known, not reachable.
    Model,
    /// A run's journal cannot be written, or does not belong to this run.
    Journal,
    /// A golden file cannot be used, or was locked with another judge setup.
    Golden,
    /// The operating system refused a file or folder.
    Io,
    /// A fault of evenhand's own.
    Internal,
}

impl ErrorKind {
    /// The kind in words, as it stands at the head of a message.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Config => "configuration",
            Self::Signature => "signature",
            Self::Dataset => "dataset",
            Self::Prompt => "prompt",
            Self::Model => "model",
            Self::Journal => "journal",
            Self::Golden => "golden",
            Self::Io => "input/output",
            Self::Internal => "internal fault",
        }
    }
}

/// One fault in one of the user's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
    /// What to do about it, if that can be said.
    pub help: Option<String>,
    /// The line of the file itself.
    pub excerpt: Option<String>,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        if let Some(excerpt) = &self.excerpt {
            let gutter = self.line.to_string();
            let blank = " ".repeat(gutter.len());
            let caret = " ".repeat(self.column.saturating_sub(1));
            write!(f, "\n {gutter} | {excerpt}\n {blank} | {caret}^")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n   = {help}")?;
        }
        Ok(())
    }
}

/// What went wrong, where, and what to do about it.
///
/// `Display` is one line; the faults of a file, the help and the chain of
/// causes are read with their own methods, or all at once with `{:#}`.
#[derive(Debug)]
pub struct Error {
    repr: Box<Repr>,
}

#[derive(Debug)]
struct Repr {
    kind: ErrorKind,
    detail: String,
    help: Option<String>,
    diagnostics: Vec<Diagnostic>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with its detail: a lower-case fragment with the name and the place.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self {
            repr: Box::new(Repr {
                kind,
                detail: detail.into(),
                help: None,
                diagnostics: Vec::new(),
                source: None,
            }),
        }
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.repr.help = Some(help.into());
        self
    }

    /// Adds the faults found in a file.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: Vec<Diagnostic>) -> Self {
        self.repr.diagnostics = diagnostics;
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.repr.source = Some(source.into());
        self
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.repr.kind
    }

    /// What went wrong, without its kind.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.repr.detail
    }

    /// What to do about it.
    #[must_use]
    pub fn help_text(&self) -> Option<&str> {
        self.repr.help.as_deref()
    }

    /// The faults of a file, in the file's order.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.repr.diagnostics
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.repr.kind.description(), self.repr.detail)?;
        if !f.alternate() {
            return Ok(());
        }
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        for diagnostic in &self.repr.diagnostics {
            write!(f, "\n\n{diagnostic}")?;
        }
        if let Some(help) = &self.repr.help {
            let mut lines = help.lines();
            write!(f, "\n\nhelp: {}", lines.next().unwrap_or_default())?;
            for line in lines {
                write!(f, "\n      {line}")?;
            }
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.repr.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_story_in_the_alternate_form() {
        let error = Error::new(ErrorKind::Config, "evenhand.toml has 1 fault")
            .caused_by(std::io::Error::other("the disk said no"))
            .with_diagnostics(vec![Diagnostic {
                file: "evenhand.toml".into(),
                line: 12,
                column: 3,
                message: "unknown key `modle`".into(),
                help: Some("did you mean `model`?".into()),
                excerpt: Some("  modle = 3".into()),
            }])
            .help("see `evenhand schema`");
        insta::assert_snapshot!(format!("{error:#}"), @r"
        configuration: evenhand.toml has 1 fault: the disk said no

        evenhand.toml:12:3: unknown key `modle`
         12 |   modle = 3
            |   ^
           = did you mean `model`?

        help: see `evenhand schema`
        ");
        assert_eq!(error.to_string(), "configuration: evenhand.toml has 1 fault");
    }
}
