//! A suite: what is judged, by what, against what.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::budget::BudgetFile;
use super::golden::GoldenFile;
use super::inputs::InputTable;
use super::judge::{CascadeTable, JudgeTable, JuryTable, MemberTable};
use super::outputs::OutputsTable;
use super::probes::ProbesTable;
use crate::check::CheckFile;
use crate::eval::OnFault;
use crate::golden::Gates;
use crate::judge::{Aggregation, AnswerLabels, AnswerOrders, Reading, StrategyChoice};
use crate::stats::Gain;
use crate::summary::Ranking;

/// What is judged, by what, against what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuiteFile {
    /// The judge's signature: a bundled one, one in signatures/, or a file. A suite may do with checks alone.
    pub(crate) signature: Option<String>,
    /// The dataset: .jsonl, .ndjson, .csv or .tsv.
    pub(crate) dataset: PathBuf,
    /// The dataset's field that holds the id; "id" by default.
    pub(crate) id: Option<String>,
    /// Which field of the record becomes which input; the field of the same name by default.
    #[serde(default)]
    pub(crate) fields: BTreeMap<String, String>,
    /// Inputs that are the same for every record, by name: `{ file = "policy.md" }` or `{ text = "..." }`.
    #[serde(default)]
    pub(crate) inputs: BTreeMap<String, InputTable>,
    /// The judged outputs, where they are not a field of the record.
    pub(crate) outputs: Option<OutputsTable>,
    /// The record's field that holds the label, to compare the judge with.
    pub(crate) label: Option<String>,
    /// A folder of people's labels, as `evenhand label` keeps them: they become the records' `label`.
    pub(crate) labels: Option<PathBuf>,
    /// The signature that people label by, where the judge's own was changed since, by a tuning for example.
    pub(crate) label_signature: Option<String>,
    /// How well the scores rank the records of each group, such as the passages of one query: nDCG in the report.
    pub(crate) ranking: Option<RankingTable>,
    /// The dataset's labels in the judge's words: { "Fully attributable" = "pass" }.
    #[serde(default)]
    pub(crate) label_values: BTreeMap<String, String>,
    /// The model that judges: a role, PROVIDER/NAME, or a route.
    pub(crate) model: Option<String>,
    /// How verdicts are read: weighted for local/, text elsewhere, by default.
    pub(crate) reading: Option<Reading>,
    /// The calibration that the judge's scores go through, as `evenhand calibrate --write` stores it.
    pub(crate) calibration: Option<PathBuf>,
    /// How many draws a sampled reading takes; 20 by default.
    #[schemars(range(min = 1))]
    pub(crate) samples: Option<u32>,
    /// In which orders a weighted reading lists the possible answers, each order a call: their distributions are
    /// averaged. "own" by default.
    pub(crate) orders: Option<AnswerOrders>,
    /// What stands for each possible answer in a weighted reading: "words" by default, "letters" or "digits".
    pub(crate) answer_labels: Option<AnswerLabels>,
    /// How often each record is taken: its output produced anew where a command or a model produces it, and judged
    /// anew; 1 by default.
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) repeats: Option<u32>,
    /// How a question is asked: `direct` by default.
    #[serde(default)]
    pub(crate) strategy: StrategyChoice,
    /// How a rubric's criteria become one score.
    #[serde(default)]
    pub(crate) aggregation: Aggregation,
    /// The judge's share in the score, beside checks and further judges; 1 by default.
    #[schemars(range(min = 0.0))]
    pub(crate) weight: Option<f64>,
    /// A jury in the judge's place: judges that vote on its verdict.
    pub(crate) jury: Option<JuryTable>,
    /// A cascade in the judge's place: each judge is asked where the one before is not sure enough.
    pub(crate) cascade: Option<CascadeTable>,
    /// Further judges, by name. Each is asked as the suite's own judge is, unless it says otherwise.
    #[serde(default)]
    pub(crate) judges: BTreeMap<String, JudgeTable>,
    /// Deterministic checks, by name.
    #[serde(default)]
    pub(crate) checks: BTreeMap<String, CheckFile>,
    /// The score from which on the parts of a suite together pass; 0.5 by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) pass_at: Option<f64>,
    /// The record's field that checks look at; by default the outputs' or the trajectory's, or else "artifact".
    pub(crate) output: Option<String>,
    /// The record's field in which an agent's trajectory stands.
    pub(crate) trajectory: Option<TrajectoryTable>,
    /// How often an invalid answer is asked for again; 2 by default.
    pub(crate) retries: Option<u32>,
    /// At most so many records at the same time; as many as the model takes by default.
    #[schemars(range(min = 1))]
    pub(crate) concurrency: Option<usize>,
    /// What to do about a line of the dataset that cannot be used.
    #[serde(default)]
    pub(crate) on_fault: OnFault,
    /// Ask afterwards for the reasons of at most so many records whose verdict is not their label; 0 by default.
    #[serde(default)]
    pub(crate) explain: usize,
    /// Records, by id, to see in every report.
    #[serde(default)]
    pub(crate) show: Vec<String>,
    /// The largest share of records without a score by which the rest still counts; 0.1 by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) max_unscored: Option<f64>,
    /// The longest the judging of one record may take, in seconds, with everything that is asked again; no limit
    /// by default.
    #[schemars(range(min = 1))]
    pub(crate) deadline_s: Option<u64>,
    /// What one run of this suite may spend.
    #[serde(default)]
    pub(crate) budget: BudgetFile,
    /// How the suite is compared with its golden file.
    #[serde(default)]
    pub(crate) golden: GoldenFile,
    /// What a run must reach, whatever was before.
    #[serde(default)]
    pub(crate) gates: Gates,
    /// How its judge is probed.
    #[serde(default)]
    pub(crate) probes: ProbesTable,
}

/// Records that are ranked within groups, by their scores; their labels are the gains.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RankingTable {
    /// The record's field whose value names its group.
    pub(crate) group: String,
    /// How many places count; 10 by default.
    #[schemars(range(min = 1))]
    pub(crate) k: Option<usize>,
    /// What a label is worth: "linear" (the label itself) by default, or "exponential" (2^label − 1).
    #[serde(default)]
    pub(crate) gain: Gain,
}

/// The places of a ranking that count, where nobody says.
const PLACES: usize = 10;

impl RankingTable {
    /// How the report ranks records.
    pub(crate) fn ranking(&self) -> Ranking {
        Ranking { group: self.group.clone(), k: self.k.unwrap_or(PLACES), gain: self.gain }
    }
}

/// Where an agent's trajectory stands, and how a long one is shown to a judge.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrajectoryTable {
    /// The record's field; "trajectory" by default.
    pub(crate) field: Option<String>,
    /// The most characters of a trajectory; beyond that its longest pieces are shortened and then steps in the
    /// middle left out, always saying so; 8000 by default.
    #[schemars(range(min = 1000))]
    pub(crate) max_chars: Option<usize>,
    /// The most characters of one text, argument list or result once something must be cut; 600 by default.
    #[schemars(range(min = 100))]
    pub(crate) piece_chars: Option<usize>,
    /// Keys and types in a trajectory that carry no action of the agent's, besides those that evenhand knows.
    #[serde(default)]
    pub(crate) ignore: Vec<String>,
}

/// The members of a suite's juries and the stages of its cascades, each with its place.
pub(crate) fn members<'s>(name: &str, suite: &'s SuiteFile) -> Vec<(String, &'s MemberTable)> {
    let mut all = Vec::new();
    let mut take = |pointer: String, jury: Option<&'s JuryTable>, cascade: Option<&'s CascadeTable>| {
        let members = jury.iter().flat_map(|jury| &jury.members).enumerate();
        all.extend(members.map(|(index, member)| (format!("{pointer}/jury/members/{index}"), member)));
        let stages = cascade.iter().flat_map(|cascade| &cascade.stages).enumerate();
        all.extend(stages.map(|(index, stage)| (format!("{pointer}/cascade/stages/{index}"), stage)));
    };
    take(format!("/suites/{name}"), suite.jury.as_ref(), suite.cascade.as_ref());
    for (judge, table) in &suite.judges {
        take(format!("/suites/{name}/judges/{judge}"), table.jury.as_ref(), table.cascade.as_ref());
    }
    all
}
