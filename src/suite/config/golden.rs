//! `[suites.NAME.golden]`: how a suite is held against its golden file.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::golden::Watch;

/// How a suite is held against its golden file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoldenFile {
    /// What the suite is there to watch: its subject, the outputs that are judged; or its judge. The other
    /// side must stay as it was locked. By default the subject where the suite has `outputs`, else the judge.
    pub(crate) watch: Option<Watch>,
    /// How much worse the mean score may be, of 1; 0.05 by default.
    #[schemars(range(min = 0.0, max = 0.99))]
    pub(crate) margin: Option<f64>,
    /// The level of all intervals of one check together; 0.95 by default.
    #[schemars(range(min = 0.5, max = 0.9999))]
    pub(crate) level: Option<f64>,
    /// Scores of a record that differ by no more than this are the same; 0.005 by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) tolerance: Option<f64>,
    /// A field that records of one source share (a conversation, a document): they count together.
    pub(crate) cluster: Option<String>,
    /// What becomes of a check that is inconclusive; "fail" by default, with exit code 4.
    #[serde(default)]
    pub(crate) inconclusive: Inconclusive,
    /// A record that got worse is judged again up to so many times, an odd number, and is worse only if most of
    /// these verdicts are worse too; otherwise it is flaky. 0 for not at all, the default.
    #[schemars(range(max = 51))]
    pub(crate) confirm: Option<u32>,
    /// How often a single verdict of the judge flips, as `evenhand run --repeats` measures it: `confirm` is then chosen
    /// so that at most 1 % of unchanged records are reported as worse.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub(crate) flip_rate: Option<f64>,
    /// The temperature at which a record is judged again; by default the judge's own, or 0.7 where that is 0.
    #[schemars(range(min = 0.01, max = 2.0))]
    pub(crate) confirm_temperature: Option<f64>,
}

/// What becomes of a check that is inconclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inconclusive {
    /// It fails, with exit code 4.
    #[default]
    Fail,
    /// It passes, and says so.
    Pass,
}
