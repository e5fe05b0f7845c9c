//! A check made ready, and the record it is tried on.

use super::choices::IfMissing;
use super::examined::{Examined, Finding, Unexamined, Verdict};
use super::expected::{Material, unusable};
use super::file::{CheckFile, Shared};
use super::length::Length;
use super::limits::{Limit, MaxSteps};
use super::metrics::Metric;
use super::schema::OutputSchema;
use super::similarity::Similarity;
use super::text::{Contains, Exact, Number, Pattern};
use super::tool_lists::{ToolList, ToolOrder};
use super::tools::{ForbiddenTool, ToolArguments, ToolCalled};
use crate::error::Result;

/// A check made ready.
#[derive(Debug)]
pub struct Check {
    name: String,
    shared: Shared,
    kind: CheckKind,
}

#[derive(Debug)]
enum CheckKind {
    Exact(Exact),
    Contains(Contains),
    Pattern(Pattern),
    Length(Length),
    Number(Number),
    Similarity(Similarity),
    OutputSchema(OutputSchema),
    ToolCalled(ToolCalled),
    ToolOrder(ToolOrder),
    ToolList(ToolList),
    ToolArguments(ToolArguments),
    ForbiddenTool(ForbiddenTool),
    MaxSteps(MaxSteps),
    Limit(Limit),
}

impl Check {
    /// Makes a check ready.
    ///
    /// # Errors
    /// It cannot work: a pattern or a schema is broken, what is expected is not
    /// given or given twice, a schema's file has not been read.
    pub fn compile(name: &str, file: &CheckFile) -> Result<Self> {
        let shared = file.shared();
        if !shared.weight.is_finite() || shared.weight < 0.0 {
            return Err(unusable(name, &format!("weight {} is not a number from 0 up", shared.weight)));
        }
        let kind = match file {
            CheckFile::Exact(file) => CheckKind::Exact(Exact::new(name, file)?),
            CheckFile::Contains(file) => CheckKind::Contains(Contains::new(name, file)?),
            CheckFile::Regex(file) => CheckKind::Pattern(Pattern::new(name, file)?),
            CheckFile::Length(file) => CheckKind::Length(Length::new(name, file)?),
            CheckFile::Number(file) => CheckKind::Number(Number::new(name, file)?),
            CheckFile::Bleu(file) => CheckKind::Similarity(Similarity::bleu(name, file)?),
            CheckFile::Chrf(file) => CheckKind::Similarity(Similarity::chrf(name, file)?),
            CheckFile::Rouge(file) => CheckKind::Similarity(Similarity::rouge(name, file)?),
            CheckFile::EditSimilarity(file) => CheckKind::Similarity(Similarity::edit(name, file)?),
            CheckFile::JsonSchema(file) => CheckKind::OutputSchema(OutputSchema::new(name, file)?),
            CheckFile::ToolCalled(file) => CheckKind::ToolCalled(ToolCalled::new(name, file)?),
            CheckFile::ToolOrder(file) => CheckKind::ToolOrder(ToolOrder::new(name, file)?),
            CheckFile::ToolList(file) => CheckKind::ToolList(ToolList::new(name, file)?),
            CheckFile::ToolArguments(file) => CheckKind::ToolArguments(ToolArguments::new(name, file)?),
            CheckFile::ForbiddenTool(file) => CheckKind::ForbiddenTool(ForbiddenTool::new(name, file)?),
            CheckFile::MaxSteps(file) => CheckKind::MaxSteps(MaxSteps::new(name, file)?),
            CheckFile::MaxLatencyMs(file) => CheckKind::Limit(Limit::latency(name, file)?),
            CheckFile::MaxCostUsd(file) => CheckKind::Limit(Limit::cost(name, file)?),
        };
        Ok(Self { name: name.to_owned(), shared, kind })
    }

    /// The check's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The metric whose value it measures, if it does.
    #[must_use]
    pub(crate) fn metric(&self) -> Option<Metric> {
        match &self.kind {
            CheckKind::Similarity(check) => Some(check.metric()),
            _ => None,
        }
    }

    /// Whether it looks at what the output took, and not at the output.
    #[must_use]
    pub fn is_of_measurement(&self) -> bool {
        matches!(self.kind, CheckKind::Limit(_))
    }

    /// Tries the check on one record and its output.
    #[must_use]
    pub fn examine(&self, material: &Material<'_>) -> Examined {
        let (verdict, detail, measured) = match self.finding(material) {
            Ok(found) => {
                let verdict = if found.pass { Verdict::Pass } else { Verdict::Fail };
                (verdict, found.detail, found.measured)
            }
            Err(Unexamined::Missing(why)) if self.shared.if_missing == IfMissing::Skip => {
                (Verdict::Skipped, why, None)
            }
            Err(Unexamined::Missing(why) | Unexamined::Unknown(why)) => (Verdict::NotApplicable, why, None),
        };
        Examined {
            name: self.name.clone(),
            weight: self.shared.weight,
            required: self.shared.required,
            verdict,
            detail,
            measured,
        }
    }

    fn finding(&self, material: &Material<'_>) -> Finding {
        match &self.kind {
            CheckKind::Exact(check) => check.examine(material),
            CheckKind::Contains(check) => check.examine(material),
            CheckKind::Pattern(check) => check.examine(material),
            CheckKind::Length(check) => check.examine(material),
            CheckKind::Number(check) => check.examine(material),
            CheckKind::Similarity(check) => check.examine(material),
            CheckKind::OutputSchema(check) => check.examine(material),
            CheckKind::ToolCalled(check) => check.examine(material),
            CheckKind::ToolOrder(check) => check.examine(material),
            CheckKind::ToolList(check) => check.examine(material),
            CheckKind::ToolArguments(check) => check.examine(material),
            CheckKind::ForbiddenTool(check) => check.examine(material),
            CheckKind::MaxSteps(check) => check.examine(material),
            CheckKind::Limit(check) => check.examine(material),
        }
    }
}
