//! The metrics by name, the value of one text, and that of all texts together.

use serde::{Deserialize, Serialize};

use super::bleu::Orders;
use super::rouge::{Common, overlap};
use super::{bleu, chrf};
use crate::check::choices::RougeMeasure;

/// How near a text is to reference texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// BLEU.
    Bleu,
    /// chrF.
    Chrf,
    /// chrF++.
    #[serde(rename = "chrf++")]
    ChrfPlusPlus,
    /// ROUGE-1.
    Rouge1,
    /// ROUGE-2.
    Rouge2,
    /// ROUGE-L.
    #[serde(rename = "rougeL")]
    RougeL,
    /// 1 − Levenshtein distance / length of the longer text.
    EditSimilarity,
}

/// What a metric found for one output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The metric.
    pub metric: Metric,
    /// Its value in `0..=1`.
    pub value: f64,
    /// Counts that add up over outputs, where the metric of all outputs together is made of sums.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<u64>,
}

impl Metric {
    /// Its name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Bleu => "BLEU",
            Self::Chrf => "chrF",
            Self::ChrfPlusPlus => "chrF++",
            Self::Rouge1 => "ROUGE-1",
            Self::Rouge2 => "ROUGE-2",
            Self::RougeL => "ROUGE-L",
            Self::EditSimilarity => "edit similarity",
        }
    }

    /// Its value for all outputs together, from their added counts; `None` where it has only a mean.
    #[must_use]
    pub fn of_all(self, counts: &[u64]) -> Option<f64> {
        match self {
            Self::Bleu => bleu::value(counts, Orders::All),
            Self::Chrf | Self::ChrfPlusPlus => Some(chrf::value(counts)),
            Self::Rouge1 | Self::Rouge2 | Self::RougeL | Self::EditSimilarity => None,
        }
    }
}

/// How near `text` is to the nearest of `references`. Only ROUGE has a measure to choose.
pub(in crate::check) fn measure(
    metric: Metric,
    rouge: RougeMeasure,
    text: &str,
    references: &[String],
) -> Measured {
    let (value, counts) = match metric {
        Metric::Bleu => {
            let counts = bleu::counts(text, references);
            (bleu::value(&counts, Orders::Reached).unwrap_or_default(), counts)
        }
        Metric::Chrf | Metric::ChrfPlusPlus => {
            let words = if metric == Metric::Chrf { 0 } else { 2 };
            let counts = chrf::counts(text, references, words);
            (chrf::value(&counts), counts)
        }
        Metric::Rouge1 => (of_overlap(rouge, text, references, Common::Runs(1)), Vec::new()),
        Metric::Rouge2 => (of_overlap(rouge, text, references, Common::Runs(2)), Vec::new()),
        Metric::RougeL => (of_overlap(rouge, text, references, Common::Subsequence), Vec::new()),
        Metric::EditSimilarity => (edit_similarity(text, references), Vec::new()),
    };
    Measured { metric, value, counts }
}

fn of_overlap(measure: RougeMeasure, text: &str, references: &[String], common: Common) -> f64 {
    let overlap = overlap(text, references, common);
    match measure {
        RougeMeasure::F1 => overlap.f1,
        RougeMeasure::Precision => overlap.precision,
        RougeMeasure::Recall => overlap.recall,
    }
}

fn edit_similarity(text: &str, references: &[String]) -> f64 {
    let each = references.iter().map(|reference| strsim::normalized_levenshtein(text, reference));
    each.fold(0.0, f64::max)
}
