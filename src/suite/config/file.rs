//! What `evenhand.toml` may say, and what is wrong with what a suite says of its golden file and its gates.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::headers::HeaderFile;
use super::inputs;
use super::inputs::InputTable;
use super::outputs::OutputsTable;
use super::routes::RouteTable;
use super::scores::ScoreFile;
use crate::check::CheckFile;
use crate::document::Places;
use crate::error::Diagnostic;
use crate::eval::OnFault;
use crate::golden::{Gates, Policy, Watch};
use crate::judge::{Aggregation, JuryRule, Reading, StrategyChoice};
use crate::model::AnswerForm;

/// evenhand.toml.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfigFile {
    /// The role that judges where a suite names none.
    pub(crate) default_model: Option<String>,
    /// Models by role: fast, alternative, primary, quality, or any other name.
    #[serde(default)]
    pub(crate) models: BTreeMap<String, ModelFile>,
    /// Routes by name: rules that choose which model judges a record. A suite or a judge names one as its `model`.
    #[serde(default)]
    pub(crate) routes: BTreeMap<String, RouteTable>,
    /// Suites by name.
    #[serde(default)]
    pub(crate) suites: BTreeMap<String, SuiteFile>,
    /// Judgments that are made already, by name: for `evenhand score`.
    #[serde(default)]
    pub(crate) scores: BTreeMap<String, ScoreFile>,
    /// The cache of replies.
    #[serde(default)]
    pub(crate) cache: CacheFile,
    /// What one command may spend, on all its suites together.
    #[serde(default)]
    pub(crate) budget: BudgetFile,
}

/// The cache of replies, which every command shares.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CacheFile {
    /// The most megabytes it may take; 2048 by default. What was not used for longest goes first.
    #[schemars(range(min = 1))]
    pub(crate) max_mb: Option<u64>,
}

/// What may be spent: nothing is sent that might go beyond it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "as they stand in the file, where `calls` alone says too little"
)]
pub(crate) struct BudgetFile {
    /// The most US dollars. Every model that is asked needs a price then.
    #[schemars(range(min = 0.0))]
    pub(crate) max_cost_usd: Option<f64>,
    /// The most calls, those sent again by the transport included.
    pub(crate) max_calls: Option<u64>,
    /// The most tokens, of prompts and answers together.
    pub(crate) max_tokens: Option<u64>,
    /// The minutes within which calls are sent.
    #[schemars(range(min = 0.0))]
    pub(crate) max_minutes: Option<f64>,
}

/// A model and how it is called.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelFile {
    /// PROVIDER/NAME: openai/gpt-6-luna, ollama/qwen2.5:7b, anthropic/claude-haiku-5-5, local/qwen2.5-coder-1.5b, replay/golden/replies/x.jsonl.
    pub(crate) model: String,
    /// The server's address; by default the one in `OPENAI_BASE_URL` (or `OPENAI_API_BASE`), `ANTHROPIC_BASE_URL` or
    /// `OLLAMA_HOST`, else the provider's own.
    pub(crate) base_url: Option<String>,
    /// The environment variable that holds the key; where no `base_url` is set, `OPENAI_API_KEY` for openai/ and `ANTHROPIC_API_KEY` for anthropic/ by default.
    pub(crate) api_key_env: Option<String>,
    /// Further headers of every call: `{ "x-team" = "evals", "api-key" = { env = "GATEWAY_KEY" } }`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, HeaderFile>,
    /// Sampling temperature; 0 by default.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
    /// Nucleus sampling's share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) top_p: Option<f64>,
    /// The seed of sampling.
    pub(crate) seed: Option<u64>,
    /// The most tokens of an answer; 1024 by default.
    #[schemars(range(min = 1))]
    pub(crate) max_tokens: Option<u32>,
    /// The context's length in tokens, for ollama/ and local/; for ollama/ as long as the prompts need by default.
    #[schemars(range(min = 256))]
    pub(crate) context_tokens: Option<u32>,
    /// Threads, for local/; by default as many as are free.
    #[schemars(range(min = 1))]
    pub(crate) threads: Option<u32>,
    /// Requests of a local/ model evaluated side by side, in one shared context; 1 by default.
    #[schemars(range(min = 1, max = 32))]
    pub(crate) parallel: Option<u32>,
    /// How long Ollama keeps the model loaded: "10m", "-1" for ever.
    pub(crate) keep_alive: Option<String>,
    /// Whether the model may think first, for ollama/.
    pub(crate) think: Option<bool>,
    /// The form of answers asked of the server, for openai/ and anthropic/; auto by default.
    pub(crate) structured: Option<AnswerForm>,
    /// Whether replies are streamed, which tells the time to the first token; false by default.
    #[serde(default)]
    pub(crate) stream: bool,
    /// The longest a call may take, in seconds; 300 by default.
    #[schemars(range(min = 1))]
    pub(crate) timeout_s: Option<u64>,
    /// How often a failed call is sent again by the transport; 4 by default.
    pub(crate) transport_retries: Option<u32>,
    /// The most calls at the same time; 8 by default, `parallel` for local/.
    #[schemars(range(min = 1))]
    pub(crate) concurrency: Option<usize>,
    /// The most requests a minute.
    #[schemars(range(min = 1))]
    pub(crate) requests_per_minute: Option<u64>,
    /// The most tokens a minute, of prompts and answers together.
    #[schemars(range(min = 1))]
    pub(crate) tokens_per_minute: Option<u64>,
    /// What a million tokens cost.
    pub(crate) price: Option<Price>,
    /// Further keys of the request's body, sent as they are.
    #[serde(default)]
    pub(crate) extra: Map<String, Value>,
}

/// What a million tokens cost, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    /// A million tokens of prompts.
    #[schemars(range(min = 0.0))]
    pub(crate) input_per_million: f64,
    /// A million tokens of answers.
    #[schemars(range(min = 0.0))]
    pub(crate) output_per_million: f64,
}

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
}

/// A further judge of a suite.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgeTable {
    /// A bundled signature, one in signatures/, or a file.
    pub(crate) signature: String,
    /// The judge's share in the score; 1 by default.
    #[schemars(range(min = 0.0))]
    pub(crate) weight: Option<f64>,
    /// Whether the whole is worth 0 if this judge gives 0; false by default.
    #[serde(default)]
    pub(crate) required: bool,
    /// How a rubric's criteria become one score.
    #[serde(default)]
    pub(crate) aggregation: Aggregation,
    /// A jury in the judge's place: judges that vote on its verdict.
    pub(crate) jury: Option<JuryTable>,
    /// A cascade in the judge's place: each judge is asked where the one before is not sure enough.
    pub(crate) cascade: Option<CascadeTable>,
    /// The model that this judge asks: a role, PROVIDER/NAME, or a route; the suite's by default.
    pub(crate) model: Option<String>,
    /// How its verdicts are read; as the suite says by default.
    pub(crate) reading: Option<Reading>,
    /// How its question is asked; as the suite says by default.
    pub(crate) strategy: Option<StrategyChoice>,
    /// How many draws a sampled reading takes; as the suite says by default.
    #[schemars(range(min = 1))]
    pub(crate) samples: Option<u32>,
    /// How often an invalid answer is asked for again; as the suite says by default.
    pub(crate) retries: Option<u32>,
    /// Sampling temperature; the model's by default.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
    /// Nucleus sampling's share; the model's by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) top_p: Option<f64>,
    /// The seed of sampling; the model's by default.
    pub(crate) seed: Option<u64>,
    /// The most tokens of an answer; the model's by default.
    #[schemars(range(min = 1))]
    pub(crate) max_tokens: Option<u32>,
}

/// Judges that vote on one verdict.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JuryTable {
    /// How votes become one verdict: "majority" by default, "median" where verdicts are numbers.
    pub(crate) rule: Option<JuryRule>,
    /// The fewest votes that make a verdict; with fewer the record is unscored. More than half by default.
    #[schemars(range(min = 1))]
    pub(crate) quorum: Option<usize>,
    /// Whether no more members are asked when the rest cannot change the verdict, in the order in which they stand
    /// here; false by default.
    #[serde(default)]
    pub(crate) early_stop: bool,
    /// The members.
    #[schemars(length(min = 2))]
    pub(crate) members: Vec<MemberTable>,
}

/// Judges that are asked one after the other, each where the one before is not sure enough.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CascadeTable {
    /// The judges, in the order in which they are asked.
    #[schemars(length(min = 2))]
    pub(crate) stages: Vec<MemberTable>,
}

/// A member of a jury, or a stage of a cascade. What it does not say is as for the judge in whose place it is.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberTable {
    /// Its name in reports.
    pub(crate) name: String,
    /// The model that it asks: a role, or PROVIDER/NAME.
    pub(crate) model: Option<String>,
    /// A signature of its own with the same inputs and verdicts.
    pub(crate) signature: Option<String>,
    /// Of a member: how often it is right, in 0..=1, as measured on labels. What its vote weighs under rule "weighted".
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) accuracy: Option<f64>,
    /// Of a stage: the confidence in 0..=1 from which on its verdict stands; without one it always does.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) threshold: Option<f64>,
    /// How its verdicts are read.
    pub(crate) reading: Option<Reading>,
    /// How its question is asked.
    pub(crate) strategy: Option<StrategyChoice>,
    /// How many draws a sampled reading takes.
    #[schemars(range(min = 1))]
    pub(crate) samples: Option<u32>,
    /// How often an invalid answer is asked for again.
    pub(crate) retries: Option<u32>,
    /// Sampling temperature.
    #[schemars(range(min = 0.0, max = 2.0))]
    pub(crate) temperature: Option<f64>,
    /// Nucleus sampling's share.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) top_p: Option<f64>,
    /// The seed of sampling.
    pub(crate) seed: Option<u64>,
    /// The most tokens of an answer.
    #[schemars(range(min = 1))]
    pub(crate) max_tokens: Option<u32>,
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

/// What the whole suite alone can tell about its golden file and its gates.
pub(crate) fn faults(name: &str, suite: &SuiteFile, places: &Places) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    for check in suite.gates.checks.keys().filter(|check| !suite.checks.contains_key(*check)) {
        let pointer = format!("/suites/{name}/gates/checks/{check}");
        let mut fault = places.at_key(&pointer, format!("the suite has no check named {check:?}"));
        let names: Vec<&str> = suite.checks.keys().map(String::as_str).collect();
        fault.help = Some(format!("its checks: {}", names.join(", ")));
        faults.push(fault);
    }
    if suite.gates.min_kappa.is_some() && suite.label.is_none() {
        let pointer = format!("/suites/{name}/gates/min_kappa");
        let mut fault = places.at_value(&pointer, "κ is agreement with labels, and this suite names none");
        fault.help = Some("set the suite's `label` to the record's field that holds the label".into());
        faults.push(fault);
    }
    faults.extend(inputs::faults(name, &suite.inputs, &suite.fields, places));
    faults.extend(members_faults(name, suite, places));
    faults
}

/// Judges, members of juries and stages of cascades that have the same name: reports and the command line tell them
/// apart by it. And what a member or a stage says that only the other can.
fn members_faults(name: &str, suite: &SuiteFile, places: &Places) -> Vec<Diagnostic> {
    let mut known: BTreeSet<&str> = suite.judges.keys().map(String::as_str).collect();
    let mut faults = Vec::new();
    for (pointer, member) in members(name, suite) {
        if !known.insert(&member.name) {
            let detail = format!("two judges are called {:?}", member.name);
            faults.push(places.at_value(&format!("{pointer}/name"), detail));
        }
        let is_stage = pointer.contains("/stages/");
        let misplaced = match (is_stage, member.accuracy, member.threshold) {
            (true, Some(_), _) => Some(("accuracy", "is of a jury's members: a stage has a `threshold`")),
            (false, _, Some(_)) => Some(("threshold", "is of a cascade's stages: a jury takes every vote")),
            _ => None,
        };
        faults.extend(
            misplaced.map(|(key, problem)| {
                places.at_key(&format!("{pointer}/{key}"), format!("`{key}` {problem}"))
            }),
        );
    }
    let both = std::iter::once((format!("/suites/{name}"), suite.jury.is_some() && suite.cascade.is_some()));
    let further = suite.judges.iter().map(|(judge, table)| {
        (format!("/suites/{name}/judges/{judge}"), table.jury.is_some() && table.cascade.is_some())
    });
    for (pointer, _) in both.chain(further).filter(|(_, has_both)| *has_both) {
        let detail = "a judge is a jury or a cascade, not both".to_owned();
        faults.push(places.at_key(&format!("{pointer}/cascade"), detail));
    }
    faults
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
