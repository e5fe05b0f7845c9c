//! A tool's arguments, held against a schema.

use jsonschema::Validator;

use super::examined::{CheckResult, Finding};
use super::expected::{self, Source};
use super::file::{Arguments, ToolArgumentsFile};
use super::material::Material;
use super::schema::{SchemaFile, faults, validator};
use super::tools::at;
use crate::error::Result;
use crate::trajectory::Call;

#[derive(Debug)]
pub(super) struct ToolArguments {
    tool: Source<String>,
    validator: Validator,
    calls: Arguments,
}

impl ToolArguments {
    pub(super) fn new(name: &str, file: &ToolArgumentsFile) -> Result<Self> {
        let tool = Source::new(name, "tool", file.tool.as_ref(), file.tool_field.as_ref())?;
        let validator = validator(name, file.schema.as_ref(), SchemaFile::of(file.schema_file.is_some()))?;
        Ok(Self { tool, validator, calls: file.calls })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let tool = self.tool.get(material, "a tool's name", expected::text)?;
        let mut fitting = Vec::new();
        let mut broken = Vec::new();
        for (number, call) in material.steps_with(&[&tool])?.calls().filter(|(_, call)| call.name == tool) {
            match self.faults(call) {
                None => fitting.push(number),
                Some(faults) => broken.push(format!("step {number}: {faults}")),
            }
        }
        if fitting.is_empty() && broken.is_empty() {
            let pass = self.calls == Arguments::EveryIfCalled;
            return Ok(CheckResult::of(pass, format!("{tool} was never called")));
        }
        let enough = broken.is_empty() || (self.calls == Arguments::Any && !fitting.is_empty());
        if enough {
            return Ok(CheckResult::pass(format!("the arguments of {tool} fit{}", at(&fitting))));
        }
        Ok(CheckResult::fail(format!("the arguments of {tool} do not fit: {}", broken.join("; "))))
    }

    fn faults(&self, call: &Call) -> Option<String> {
        if call.malformed {
            return Some("they are not JSON".into());
        }
        faults(&self.validator, &call.arguments)
    }
}
