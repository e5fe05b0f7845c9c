//! The help of options that several commands have, so that each says the same everywhere.

/// The heading above the options that every command has.
pub(super) const EVERY_COMMAND: &str = "Options of every command";
/// The heading above the files that a report is written to.
pub(super) const REPORTS: &str = "Reports";

pub(super) const MODEL: &str = "The model that judges: a role of evenhand.toml, or PROVIDER/NAME";
pub(super) const MODEL_OR_ROUTE: &str =
    "The model that judges: a role or a route of evenhand.toml, or PROVIDER/NAME";
pub(super) const READING: &str = "How verdicts are read: from the answer's text, from the model's probabilities (weighted), or from several draws (sampled)";
pub(super) const CONCURRENCY: &str =
    "Judge at most N records at the same time. By default as evenhand.toml says";
pub(super) const OUTPUTS: &str = "Take the outputs from this file, joined by id, instead of the suite's";
pub(super) const LIMIT: &str = "Take at most N records of each suite";
pub(super) const FILTER: &str =
    "Take only records that fit: tag=hard, id=rel-0*, label!=pass. May be given several times";
pub(super) const JUDGE: &str = "The judge, if the suite has several";
pub(super) const SEED: &str = "The seed of the random draws. The same seed gives the same draws";

pub(super) const DRY_RUN: &str =
    "Ask no model: print how many calls, tokens, dollars and minutes it would take";
pub(super) const NO_CACHE: &str = "Do not use the cache: read no reply from it and keep none in it";
pub(super) const REFRESH: &str = "Ask the model again where a reply is cached, and replace the cached reply";
pub(super) const RESUME: &str = "Continue the suite's last run where it stopped";
pub(super) const NO_CALIBRATION: &str = "Leave out the suite's score correction, made by evenhand calibrate";
pub(super) const FROM: &str = "Take the judgments of an earlier run instead of judging: its folder, or last";
pub(super) const RECORD: &str = "Write every reply to this file. The model replay/FILE answers from it";
pub(super) const PORT: &str = "The port to listen on; 0 takes a free one";

pub(super) const SUITE: &str = "The suite, by name";
pub(super) const SUITES: &str = "The suites, by name";

pub(super) const JSON: &str = "Print JSON instead of text";
pub(super) const JSON_LINES: &str =
    "Print JSON lines instead of text: one per outcome, in the order of the records, and one per summary";
pub(super) const HTML: &str = "Write the report as one HTML page; `-` is the standard output, here and below";
pub(super) const MARKDOWN: &str = "Write the report as Markdown, for a pull request";

pub(super) const WATTS: &str = "Power that the machine draws while it works, in watts";
pub(super) const KWH_PRICE: &str = "Price of electricity, in US dollars per kilowatt-hour";
pub(super) const MACHINE_PRICE: &str = "Price of the machine, in US dollars";
pub(super) const MACHINE_YEARS: &str = "Years after which the machine is worth nothing";
