//! A check made ready, and the record it is tried on.

use super::examined::{Examined, Finding, Unexamined, Verdict};
use super::expected::{Material, unusable};
use super::file::{CheckFile, IfMissing, Shared};
use super::limits::{Limit, MaxSteps};
use super::schema::OutputSchema;
use super::text::{Contains, Exact, Number, Pattern};
use super::tool_lists::{ToolList, ToolOrder};
use super::tools::{ForbiddenTool, ToolArguments, ToolCalled};
use crate::error::Result;

/// A check made ready.
#[derive(Debug)]
pub struct Check {
    name: String,
    shared: Shared,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Exact(Exact),
    Contains(Contains),
    Pattern(Pattern),
    Number(Number),
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
            CheckFile::Exact(file) => Kind::Exact(Exact::new(name, file)?),
            CheckFile::Contains(file) => Kind::Contains(Contains::new(name, file)?),
            CheckFile::Regex(file) => Kind::Pattern(Pattern::new(name, file)?),
            CheckFile::Number(file) => Kind::Number(Number::new(name, file)?),
            CheckFile::JsonSchema(file) => Kind::OutputSchema(OutputSchema::new(name, file)?),
            CheckFile::ToolCalled(file) => Kind::ToolCalled(ToolCalled::new(name, file)?),
            CheckFile::ToolOrder(file) => Kind::ToolOrder(ToolOrder::new(name, file)?),
            CheckFile::ToolList(file) => Kind::ToolList(ToolList::new(name, file)?),
            CheckFile::ToolArguments(file) => Kind::ToolArguments(ToolArguments::new(name, file)?),
            CheckFile::ForbiddenTool(file) => Kind::ForbiddenTool(ForbiddenTool::new(name, file)?),
            CheckFile::MaxSteps(file) => Kind::MaxSteps(MaxSteps::new(name, file)?),
            CheckFile::MaxLatencyMs(file) => Kind::Limit(Limit::latency(name, file)?),
            CheckFile::MaxCostUsd(file) => Kind::Limit(Limit::cost(name, file)?),
        };
        Ok(Self { name: name.to_owned(), shared, kind })
    }

    /// The check's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it looks at what the output took, and not at the output.
    #[must_use]
    pub fn is_of_measurement(&self) -> bool {
        matches!(self.kind, Kind::Limit(_))
    }

    /// Tries the check on one record and its output.
    #[must_use]
    pub fn examine(&self, material: &Material<'_>) -> Examined {
        let (verdict, detail) = match self.finding(material) {
            Ok(found) if found.pass => (Verdict::Pass, found.detail),
            Ok(found) => (Verdict::Fail, found.detail),
            Err(Unexamined::Missing(why)) if self.shared.if_missing == IfMissing::Skip => {
                (Verdict::Skipped, why)
            }
            Err(Unexamined::Missing(why) | Unexamined::Unknown(why)) => (Verdict::NotApplicable, why),
        };
        Examined {
            name: self.name.clone(),
            weight: self.shared.weight,
            required: self.shared.required,
            verdict,
            detail,
        }
    }

    fn finding(&self, material: &Material<'_>) -> Finding {
        match &self.kind {
            Kind::Exact(check) => check.examine(material),
            Kind::Contains(check) => check.examine(material),
            Kind::Pattern(check) => check.examine(material),
            Kind::Number(check) => check.examine(material),
            Kind::OutputSchema(check) => check.examine(material),
            Kind::ToolCalled(check) => check.examine(material),
            Kind::ToolOrder(check) => check.examine(material),
            Kind::ToolList(check) => check.examine(material),
            Kind::ToolArguments(check) => check.examine(material),
            Kind::ForbiddenTool(check) => check.examine(material),
            Kind::MaxSteps(check) => check.examine(material),
            Kind::Limit(check) => check.examine(material),
        }
    }
}
