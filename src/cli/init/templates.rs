//! The small projects of `evenhand init --template`, and the files for CI.
//!
//! They are in `templates/`, as they are written. Their golden files and replies are made by the command itself: see
//! CONTRIBUTING.md.

use crate::cli::args::{CiService, TemplateName};

/// A file's path in a project, and its text.
pub(super) type File = (&'static str, &'static str);

/// The files of a project, by their paths in `templates/NAME/`.
macro_rules! files {
    ($name:literal: $($path:literal),+ $(,)?) => {
        &[$(($path, include_str!(concat!("templates/", $name, "/", $path)))),+]
    };
}

const AGENT: &[File] = files!("agent":
    "evenhand.toml",
    "README.md",
    "policy.md",
    "signatures/support.toml",
    "datasets/transcripts.jsonl",
    "golden/support.json",
    "golden/replies/support.jsonl",
);

const RUBRIC: &[File] = files!("rubric":
    "evenhand.toml",
    "README.md",
    "signatures/email.toml",
    "datasets/emails.jsonl",
    "golden/emails.json",
    "golden/replies/emails.jsonl",
);

const RAG: &[File] = files!("rag":
    "evenhand.toml",
    "README.md",
    "signatures/grounded.toml",
    "signatures/answers-the-question.toml",
    "datasets/answers.jsonl",
    "golden/answers.json",
    "golden/replies/answers.jsonl",
);

const PAIR: &[File] = files!("pair":
    "evenhand.toml",
    "README.md",
    "signatures/better.toml",
    "datasets/pairs.jsonl",
    "golden/pairs.json",
    "golden/replies/pairs.jsonl",
);

const UPGRADE: &[File] = files!("upgrade":
    "evenhand.toml",
    "README.md",
    "signatures/helpful.toml",
    "datasets/questions.jsonl",
    "outputs/old.jsonl",
    "outputs/new.jsonl",
    "golden/upgrade.json",
    "golden/replies/upgrade.jsonl",
);

/// What is not committed, in every project with golden files.
const GOLDEN_IGNORED: File = ("golden/.gitignore", "*.pending\n*.half\n");

/// The files of a job's project.
pub(super) fn template(name: TemplateName) -> impl Iterator<Item = File> {
    let files = match name {
        TemplateName::Agent => AGENT,
        TemplateName::Rubric => RUBRIC,
        TemplateName::Rag => RAG,
        TemplateName::Pair => PAIR,
        TemplateName::Upgrade => UPGRADE,
    };
    files.iter().copied().chain([GOLDEN_IGNORED])
}

/// The file of a CI service that checks a project.
pub(super) fn ci(service: CiService) -> File {
    match service {
        CiService::Github => (".github/workflows/evenhand.yml", include_str!("ci/github.yml")),
        CiService::Gitlab => (".gitlab-ci.yml", include_str!("ci/gitlab.yml")),
    }
}
