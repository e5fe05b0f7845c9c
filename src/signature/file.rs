//! Signatures as files: TOML, with an optional template beside them.

mod build;
mod check;
mod write;

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::spec::{Spec, TemplateText};
use crate::document::{Document, faulty, read_text};
use crate::error::{ErrorKind, Result};

pub(crate) use self::write::write;

/// A signature file, as its author writes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureFile {
    /// The name; by default the file's, without `.toml`.
    pub name: Option<String>,
    /// What the judge is told to do.
    #[schemars(length(min = 1))]
    pub instruction: String,
    /// What the judge is given, by name, in the order it is shown.
    pub inputs: Ordered<FieldFile>,
    /// What the judge answers, by name, in the order it is asked; not for a rubric, which has its own.
    #[serde(default)]
    pub outputs: Ordered<FieldFile>,
    /// Which output is the verdict, and what it is worth.
    pub score: Option<ScoreFile>,
    /// Two inputs that change places: each record is asked about in both orders; not beside a rubric.
    pub pair: Option<PairFile>,
    /// Weighted criteria on one scale.
    pub rubric: Option<RubricFile>,
    /// Which of the demos each record is shown: those most like it. Without, all are shown.
    pub nearest_demos: Option<NearestDemosFile>,
    /// Worked examples, in the order they are shown.
    #[serde(default)]
    pub demos: Vec<DemoFile>,
    /// Where `evenhand tune` notes how instruction and demos came about; it changes nothing in what is asked.
    pub tuned: Option<TunedFile>,
}

/// How an instruction and demos were found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TunedFile {
    /// The suite.
    pub suite: String,
    /// The model that judged.
    pub model: String,
    /// How its verdicts were read.
    pub reading: String,
    /// The optimizer.
    pub optimizer: String,
    /// Its seed.
    pub seed: u64,
    /// What candidates were ranked by.
    pub objective: String,
    /// The winner's origin.
    pub origin: String,
    /// BLAKE3 of the dataset's bytes.
    pub dataset: String,
    /// Fingerprint of the signature it started from.
    pub from: String,
    /// How many records demos were taken from, candidates were compared on, and the end was compared with.
    pub records: [u64; 3],
    /// The objective on the validation part: the baseline's and the winner's.
    pub validation: Vec<f64>,
    /// The objective on the test part: the baseline's and the winner's.
    pub test: Vec<f64>,
    /// Hashes of the ids of the records that its principles were learned from: a run with this signature leaves them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learned_from: Vec<String>,
}

/// A table whose keys keep the order of the file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub(crate) struct Ordered<T>(
    #[serde(with = "ordered", bound(deserialize = "T: Deserialize<'de>"))]
    #[schemars(with = "std::collections::BTreeMap<String, T>")]
    pub Vec<(String, T)>,
);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// One input or output.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldFile {
    /// The type; by default a string.
    #[serde(default, rename = "type")]
    pub kind: FieldKind,
    /// What it holds.
    #[serde(default)]
    pub description: String,
    /// Whether it may be left out.
    #[serde(default)]
    pub optional: bool,
    /// The only values allowed, for a string.
    #[serde(default)]
    pub choices: Vec<String>,
    /// The smallest number allowed.
    pub min: Option<f64>,
    /// The largest number allowed.
    pub max: Option<f64>,
    /// The most characters allowed in a string.
    pub max_length: Option<u64>,
    /// What an array holds.
    pub items: Option<Box<FieldFile>>,
    /// The fewest items allowed in an array.
    pub min_items: Option<u64>,
    /// The most items allowed in an array.
    pub max_items: Option<u64>,
    /// What an object holds, by name.
    #[serde(default)]
    pub fields: Ordered<FieldFile>,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldKind {
    #[default]
    String,
    Number,
    Integer,
    Boolean,
    Array,
    Object,
}

/// Which output is the verdict.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreFile {
    /// The output's name.
    pub field: String,
    /// What each choice is worth, from 0 to 1; a choice left out is a verdict without a score.
    #[serde(default)]
    pub labels: std::collections::BTreeMap<String, f64>,
    /// Whether the output `claims` decides: the score is the share of claims whose verdict is "supported" and whose
    /// quote stands in the input `source`; false by default.
    #[serde(default)]
    pub by_claims: bool,
}

/// Weighted criteria on one scale.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RubricFile {
    /// The lowest level; 1 by default.
    #[serde(default = "one")]
    pub min: i64,
    /// The highest level; 5 by default.
    #[serde(default = "five")]
    pub max: i64,
    /// What each level means for the whole, by its number.
    #[serde(default)]
    pub levels: Ordered<String>,
    /// What is looked at, in the order it is asked.
    #[schemars(length(min = 1))]
    pub criteria: Vec<CriterionFile>,
}

/// One criterion.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CriterionFile {
    /// The name: letters, digits and underscores.
    pub name: String,
    /// What is looked at.
    #[serde(default)]
    pub description: String,
    /// Its share in the score, relative to the others; 1 by default.
    pub weight: Option<f64>,
    /// Its points, instead of a weight: the score is the points reached by the points above 0. Below 0 for a fault.
    pub points: Option<f64>,
    /// Whether the whole is worth 0 where this is not met; false by default.
    #[serde(default)]
    pub essential: bool,
    /// What each level means for this criterion, by its number.
    #[serde(default)]
    pub levels: Ordered<String>,
}

/// Two inputs that are compared, in both orders.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PairFile {
    /// The two inputs that change places.
    pub inputs: [String; 2],
    /// The verdict for each of them, in the same order.
    pub verdicts: [String; 2],
    /// The verdict on a pair whose orders disagree; without one it decides nothing.
    pub undecided: Option<String>,
}

/// Demos that are looked up for each record, by the words they share with it (BM25).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NearestDemosFile {
    /// How many are shown.
    #[schemars(range(min = 1))]
    pub show: usize,
    /// Whether labels take turns: the likest demo of each label, then the next likest of each.
    #[serde(default)]
    pub balanced: bool,
}

/// A worked example.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DemoFile {
    /// The inputs by name.
    pub inputs: Map<String, Value>,
    /// The answer by name.
    pub outputs: Map<String, Value>,
}

fn one() -> i64 {
    1
}

fn five() -> i64 {
    5
}

impl Spec {
    /// Reads a signature file, and the template of the same name beside it.
    ///
    /// # Errors
    /// The file cannot be read or has faults: all of them, each with its line.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let document = Document::<SignatureFile>::open(path, ErrorKind::Signature)?;
        let file = path.display().to_string();
        let mut spec = spec(&document, &file, &stem(path))?;
        let template = path.with_extension("jinja");
        if template.exists() {
            spec.template = Some(TemplateText {
                file: template.display().to_string(),
                text: read_text(&template, ErrorKind::Signature)?,
            });
        }
        Ok(spec)
    }

    /// Reads a signature from a text that came from `file`.
    ///
    /// # Errors
    /// The text has faults: all of them, each with its line.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        let document = Document::<SignatureFile>::parse(text, file, ErrorKind::Signature)?;
        spec(&document, file, &stem(Path::new(file)))
    }
}

fn spec(document: &Document<SignatureFile>, file: &str, stem: &str) -> Result<Spec> {
    let spec = build::spec(&document.content, stem);
    let faults = check::faults(&document.content, &spec, &document.places);
    if faults.is_empty() {
        return Ok(spec);
    }
    Err(faulty(file, ErrorKind::Signature, faults))
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Tables whose order matters, as lists of pairs.
mod ordered {
    use std::fmt;
    use std::marker::PhantomData;

    use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

    pub(super) fn deserialize<'de, D, T>(deserializer: D) -> Result<Vec<(String, T)>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        deserializer.deserialize_map(Pairs(PhantomData))
    }

    struct Pairs<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Pairs<T> {
        type Value = Vec<(String, T)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a table")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }
}
