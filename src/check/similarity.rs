//! The output is as near to reference texts as a metric wants it.

use std::borrow::Cow;

use super::choices::{ChrfVariant, RougeMeasure, RougeVariant};
use super::examined::{CheckResult, Finding, Unexamined};
use super::expected;
use super::expected::{Material, Source, unusable};
use super::file::{BleuFile, ChrfFile, EditSimilarityFile, RougeFile};
use super::metrics::{Metric, letters_and_digits, measure, words_13a};
use super::text::{ROUNDING, is_pointer};
use crate::error::Result;

/// The metric of the output against its references is at least so high.
#[derive(Debug)]
pub(super) struct Similarity {
    expected: Source<Vec<String>>,
    metric: Metric,
    rouge: RougeMeasure,
    min: f64,
    ignore_case: bool,
    pointer: Option<String>,
}

/// What a kind's own keys say.
macro_rules! similarity {
    ($name:expr, $file:expr, $metric:expr, $ignore_case:expr, $rouge:expr) => {
        Similarity {
            expected: Source::new($name, "expected", $file.expected.as_ref(), $file.expected_field.as_ref())?,
            metric: $metric,
            rouge: $rouge,
            min: $file.min,
            ignore_case: $ignore_case,
            pointer: $file.pointer.clone(),
        }
        .checked($name)
    };
}

impl Similarity {
    pub(super) fn bleu(name: &str, file: &BleuFile) -> Result<Self> {
        similarity!(name, file, Metric::Bleu, file.ignore_case, RougeMeasure::F1)
    }

    pub(super) fn chrf(name: &str, file: &ChrfFile) -> Result<Self> {
        let metric = match file.variant {
            ChrfVariant::Chrf => Metric::Chrf,
            ChrfVariant::ChrfPlusPlus => Metric::ChrfPlusPlus,
        };
        similarity!(name, file, metric, file.ignore_case, RougeMeasure::F1)
    }

    pub(super) fn rouge(name: &str, file: &RougeFile) -> Result<Self> {
        let metric = match file.variant {
            RougeVariant::RougeL => Metric::RougeL,
            RougeVariant::Rouge1 => Metric::Rouge1,
            RougeVariant::Rouge2 => Metric::Rouge2,
        };
        // Its words are in lower case anyway.
        similarity!(name, file, metric, false, file.measure)
    }

    pub(super) fn edit(name: &str, file: &EditSimilarityFile) -> Result<Self> {
        similarity!(name, file, Metric::EditSimilarity, file.ignore_case, RougeMeasure::F1)
    }

    fn checked(self, name: &str) -> Result<Self> {
        if !(0.0..=1.0).contains(&self.min) {
            return Err(unusable(name, &format!("`min` {} is not from 0 to 1", self.min))
                .help("values are from 0 to 1; sacrebleu's are 100 times as high"));
        }
        if let Some(pointer) = self.pointer.as_deref().filter(|pointer| !is_pointer(pointer)) {
            return Err(unusable(name, &format!("`pointer` {pointer:?} is not a JSON pointer"))
                .help("begin it with a slash: \"/summary\""));
        }
        if let Source::Here(references) = &self.expected
            && references.is_empty()
        {
            return Err(unusable(name, "`expected` is empty").help("name at least one reference text"));
        }
        Ok(self)
    }

    pub(super) fn metric(&self) -> Metric {
        self.metric
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let mut references = self.expected.get(material, "a text or a list of texts", expected::texts)?;
        if !references.iter().any(|reference| self.is_comparable(reference)) {
            return Err(Unexamined::Unknown(format!(
                "no reference has anything that {} compares",
                self.title()
            )));
        }
        let text = match self.text(material)? {
            Ok(text) => text,
            Err(fault) => return Ok(self.found("", &references, Some(&fault))),
        };
        if self.ignore_case {
            for reference in &mut references {
                *reference = reference.to_lowercase();
            }
            return Ok(self.found(&text.to_lowercase(), &references, None));
        }
        Ok(self.found(&text, &references, None))
    }

    /// Whether a reference has at least one word or character that counts. Without any, every output would be
    /// worth 0.
    fn is_comparable(&self, reference: &str) -> bool {
        match self.metric {
            Metric::Bleu => !words_13a(reference).is_empty(),
            Metric::Rouge1 | Metric::Rouge2 | Metric::RougeL => !letters_and_digits(reference).is_empty(),
            Metric::Chrf | Metric::ChrfPlusPlus => !reference.trim().is_empty(),
            Metric::EditSimilarity => true,
        }
    }

    /// The text to compare; the inner error says why the output has none, which is worth as much as an empty one.
    fn text<'a>(
        &self,
        material: &Material<'a>,
    ) -> std::result::Result<std::result::Result<Cow<'a, str>, String>, Unexamined> {
        let Some(pointer) = &self.pointer else {
            return material.text().map(Ok);
        };
        Ok(material.json()?.and_then(|output| {
            let text = output.pointer(pointer).and_then(expected::text);
            text.map(Cow::Owned).ok_or_else(|| format!("the output has no text at {pointer}"))
        }))
    }

    fn found(&self, text: &str, references: &[String], fault: Option<&str>) -> CheckResult {
        let measured = measure(self.metric, self.rouge, text, references);
        let why = fault.map(|fault| format!("{fault}; ")).unwrap_or_default();
        let (title, value, min) = (self.title(), measured.value, self.min);
        let detail = format!("{why}{title} {value:.3}, at least {min} wanted");
        CheckResult::of(measured.value + ROUNDING >= self.min, detail).measured(measured)
    }

    fn title(&self) -> String {
        match self.rouge {
            RougeMeasure::F1 => self.metric.title().to_owned(),
            RougeMeasure::Precision => format!("{} precision", self.metric.title()),
            RougeMeasure::Recall => format!("{} recall", self.metric.title()),
        }
    }
}
