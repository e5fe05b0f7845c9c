//! How a suite is compared with its golden file.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::golden::{Policy, Watch};

/// How a suite is compared with its golden file.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-renamed" = {
    "margin": "it is `prove` now: by default a check asks whether anything is worse; `prove = 0.05` asks for a proof that nothing is worse by 0.05",
}))]
pub(crate) struct GoldenFile {
    /// What the suite is there to watch: its subject, the outputs that are judged; or its judge. The other
    /// side must stay as it was locked. By default the subject where the suite has `outputs`, else the judge.
    pub(crate) watch: Option<Watch>,
    /// What makes the suite fail; "both" by default.
    #[serde(default)]
    pub(crate) policy: Policy,
    /// Asks for a proof that the mean score is worse by no more than this, of 1; what cannot be proved is
    /// inconclusive. Without it the question is whether anything is worse.
    #[schemars(range(min = 0.0, max = 0.99))]
    pub(crate) prove: Option<f64>,
    /// The level of intervals, inside 0..1, and of what `prove` asks for; 0.95 by default.
    #[schemars(range(min = 0.5, max = 0.9999))]
    pub(crate) level: Option<f64>,
    /// Scores of a record that differ by no more than this are the same; 0.005 by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) tolerance: Option<f64>,
    /// A field that records of one source share (a conversation, a document): they count together.
    pub(crate) cluster: Option<String>,
    /// Keeps the outputs that scores are locked of, in golden/outputs/SUITE.jsonl, so that a check can show what
    /// changed and try changed checks on locked outputs; false by default. Commit them with care: they are what
    /// was produced.
    #[serde(default)]
    pub(crate) keep_outputs: bool,
    /// What becomes of a check that is inconclusive, under `prove` and gates by bound; "fail" by default, with exit
    /// code 4.
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
