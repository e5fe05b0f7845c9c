//! What `evenhand.toml` may say about judgments that are made already.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::suite::RankingTable;
use crate::eval::OnFault;
use crate::imported::{Combine, Equal, LabelRule, Reduce, Several, Swapped, Take, Unreadable};

/// Judgments that are made already: where they stand, and how they are read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreFile {
    /// The file of judgments, where the command line names none: .jsonl, .ndjson, .csv or .tsv.
    pub(crate) replies: Option<PathBuf>,
    /// Its field with the id of what was judged; "id" by default.
    pub(crate) id: Option<String>,
    /// Who judged, where one judge made them all; the file's name by default.
    pub(crate) judge: Option<String>,
    /// The fields that say who judged. Each judge is a run of its own.
    #[serde(default)]
    pub(crate) judge_fields: Vec<String>,
    /// The field that tells repeats apart. Each repeat is a record of its own.
    pub(crate) repeat: Option<String>,
    /// Fields by whose values the agreement is also shown, of the line or of the dataset's record.
    #[serde(default)]
    pub(crate) by: Vec<String>,
    /// Only lines that fit all of these: `subset=Natural`, `strategy!=*CoT`.
    #[serde(default)]
    pub(crate) filter: Vec<String>,
    /// The dataset with the labels, joined by id; without it they stand on the lines themselves.
    pub(crate) dataset: Option<PathBuf>,
    /// The dataset's field that holds the id; "id" by default.
    pub(crate) dataset_id: Option<String>,
    /// The field that holds the label.
    pub(crate) label: Option<String>,
    /// The labels in other words than the verdicts: { "Fully attributable" = "pass" }.
    #[serde(default)]
    pub(crate) label_values: BTreeMap<String, String>,
    /// Several people's labels.
    pub(crate) people: Option<PeopleFile>,
    /// The verdicts there are, by name.
    #[serde(default)]
    pub(crate) labels: Vec<String>,
    /// What they are worth, from 0 to 1; of two, the first listed 1 and the other 0 by default.
    #[serde(default)]
    pub(crate) worth: BTreeMap<String, f64>,
    /// The numbers there are, where verdicts and labels are numbers.
    pub(crate) scale: Option<RangeFile>,
    /// The share of the scale within which two numbers are a tie; 1e-9 by default, 0 for exact numbers.
    #[schemars(range(min = 0.0, max = 0.1))]
    pub(crate) near_ties: Option<f64>,
    /// Records that are ranked within groups by the judge's scores, against labels that are grades.
    pub(crate) ranking: Option<RankingTable>,
    /// The two answers that are compared, where it is a pair.
    pub(crate) pair: Option<PairFile>,
    /// How a line becomes a verdict; without it only people's labels are compared with each other.
    pub(crate) read: Option<ReadFile>,
    /// What to do about a line that cannot be used.
    #[serde(default)]
    pub(crate) on_fault: OnFault,
    /// Records, by id, to see in every report.
    #[serde(default)]
    pub(crate) show: Vec<String>,
    /// The largest share of records without a score by which the rest still counts; 0.1 by default.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) max_unscored: Option<f64>,
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RangeFile {
    /// The lowest.
    pub(crate) min: f64,
    /// The highest.
    pub(crate) max: f64,
}

/// Several people's labels of a record.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleFile {
    /// A field that holds a list, or a field for each person.
    pub(crate) fields: Vec<String>,
    /// The people's names, if the same place of a list is the same person's in every record.
    #[serde(default)]
    pub(crate) names: Vec<String>,
    /// How they become the label a judge is compared with, where `label` names none.
    #[serde(default)]
    pub(crate) rule: LabelRule,
    /// The label of a record without a majority; it has none by default.
    pub(crate) tied: Option<String>,
}

/// Two answers that are compared.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairFile {
    /// The verdict for the first answer.
    pub(crate) first: String,
    /// The verdict for the second answer.
    pub(crate) second: String,
    /// The verdict that neither is better.
    pub(crate) tie: Option<String>,
    /// The names of the orders in which the pair was shown: its own, then the swapped one. `{order}` in a path stands for them.
    #[serde(default)]
    pub(crate) orders: Vec<String>,
    /// The field that tells a line's order, where each order has a line of its own.
    pub(crate) order: Option<String>,
    /// What a verdict on the swapped pair names.
    #[serde(default)]
    pub(crate) swapped: Swapped,
    /// How the verdicts of both orders become one.
    #[serde(default)]
    pub(crate) combine: Combine,
}

/// How a line becomes a verdict: one of text, value, distribution, compare, difference.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadFile {
    /// The field of a text, in which patterns or a signature find the verdict.
    pub(crate) text: Option<String>,
    /// The patterns, in the order in which they are tried.
    #[serde(default)]
    pub(crate) patterns: Vec<PatternFile>,
    /// Which match counts.
    #[serde(default)]
    pub(crate) take: Take,
    /// What a text with several different verdicts is worth.
    #[serde(default)]
    pub(crate) several: Several,
    /// The signature whose JSON answer the text holds.
    pub(crate) signature: Option<String>,
    /// The field of a verdict or a number.
    pub(crate) value: Option<String>,
    /// What is said, in the verdicts' names: { "A>>B" = "A>B" }.
    #[serde(default)]
    pub(crate) values: BTreeMap<String, String>,
    /// The range of the judge's numbers, where it is not the labels': it becomes theirs.
    pub(crate) range: Option<RangeFile>,
    /// Take the lowest and the highest number in the file as that range.
    #[serde(default)]
    pub(crate) range_observed: bool,
    /// The field of a list with a probability for each level, or an object from level to probability.
    pub(crate) distribution: Option<String>,
    /// How a distribution becomes one score.
    #[serde(default)]
    pub(crate) reduce: Reduce,
    /// Two fields with scores: the higher wins.
    #[serde(default)]
    pub(crate) compare: Vec<String>,
    /// What two equal scores mean.
    #[serde(default)]
    pub(crate) equal: Equal,
    /// What a comparison is worth in which a score is no number.
    #[serde(default)]
    pub(crate) unreadable: Unreadable,
    /// Two fields with numbers: the first minus the second.
    #[serde(default)]
    pub(crate) difference: Vec<String>,
    /// The field of the judge's reasons.
    pub(crate) reasons: Option<String>,
    /// The field that says why a line has no verdict: a line with a text there is unscored.
    pub(crate) unscored: Option<String>,
}

/// One way to say a verdict.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatternFile {
    /// A regular expression.
    pub(crate) regex: String,
    /// The verdict it means; without it the first group says the verdict.
    pub(crate) label: Option<String>,
}
