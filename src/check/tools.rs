//! Which tools were called, how often, and with which arguments.

use jsonschema::Validator;

use super::choices::Arguments;
use super::examined::{CheckResult, Finding};
use super::expected;
use super::expected::{Material, Source, unusable};
use super::file::{ForbiddenToolFile, ToolArgumentsFile, ToolCalledFile};
use super::schema::{SchemaFile, faults, validator};
use crate::error::Result;
use crate::trajectory::{Call, Trajectory};

/// A tool was called so many times.
#[derive(Debug)]
pub(super) struct ToolCalled {
    tool: Source<String>,
    min: usize,
    max: Option<usize>,
}

impl ToolCalled {
    pub(super) fn new(name: &str, file: &ToolCalledFile) -> Result<Self> {
        if file.max.is_some_and(|max| max < file.min) {
            return Err(unusable(name, &format!("`max` is below `min`, which is {}", file.min))
                .help("to allow no call, set `min = 0` and `max = 0`, or use the kind `forbidden_tool`"));
        }
        let tool = Source::new(name, "tool", file.tool.as_ref(), file.tool_field.as_ref())?;
        Ok(Self { tool, min: file.min, max: file.max })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let tool = self.tool.get(material, "a tool's name", expected::text)?;
        let steps = steps_of(&tool, material.steps_with(&[&tool])?);
        let was = called(&tool, &steps);
        if steps.len() < self.min {
            return Ok(CheckResult::fail(format!("{was}, at least {} wanted{}", self.min, at(&steps))));
        }
        if let Some(max) = self.max.filter(|max| steps.len() > *max) {
            return Ok(CheckResult::fail(format!("{was}, at most {max} allowed{}", at(&steps))));
        }
        Ok(CheckResult::pass(format!("{was}{}", at(&steps))))
    }
}

/// None of these tools was called.
#[derive(Debug)]
pub(super) struct ForbiddenTool {
    tools: Source<Vec<String>>,
}

impl ForbiddenTool {
    pub(super) fn new(name: &str, file: &ForbiddenToolFile) -> Result<Self> {
        if file.tools.as_ref().is_some_and(Vec::is_empty) {
            return Err(unusable(name, "`tools` is empty: no tool is forbidden").help("name the tools"));
        }
        Ok(Self { tools: Source::new(name, "tools", file.tools.as_ref(), file.tools_field.as_ref())? })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let tools = self.tools.get(material, "a list of tools", expected::texts)?;
        let trajectory = material.steps_with(&tools)?;
        let broken: Vec<String> = tools
            .iter()
            .map(|tool| (tool, steps_of(tool, trajectory)))
            .filter(|(_, steps)| !steps.is_empty())
            .map(|(tool, steps)| format!("{}{}", called(tool, &steps), at(&steps)))
            .collect();
        Ok(match (broken.is_empty(), tools.is_empty()) {
            (false, _) => CheckResult::fail(format!("{}, which is forbidden", broken.join(", "))),
            (true, true) => CheckResult::pass("no tool is forbidden for this record"),
            (true, false) => CheckResult::pass(format!("{} not called", was_or_were(&tools))),
        })
    }
}

fn was_or_were(tools: &[String]) -> String {
    match tools {
        [tool] => format!("{tool} was"),
        tools => format!("{} were", tools.join(", ")),
    }
}

/// The numbers of the steps that call a tool.
pub(super) fn steps_of(tool: &str, trajectory: &Trajectory) -> Vec<usize> {
    trajectory.calls().filter(|(_, call)| call.name == tool).map(|(number, _)| number).collect()
}

/// `refund was called 2 times`.
pub(super) fn called(tool: &str, steps: &[usize]) -> String {
    match steps.len() {
        0 => format!("{tool} was never called"),
        1 => format!("{tool} was called once"),
        count => format!("{tool} was called {count} times"),
    }
}

/// Step numbers named in one detail.
const MOST_STEPS: usize = 10;

/// ` (steps 3, 7)`.
pub(super) fn at(steps: &[usize]) -> String {
    let named: Vec<String> = steps.iter().take(MOST_STEPS).map(usize::to_string).collect();
    let dots = if steps.len() > MOST_STEPS { ", …" } else { "" };
    match steps.len() {
        0 => String::new(),
        1 => format!(" (step {})", named.concat()),
        _ => format!(" (steps {}{dots})", named.join(", ")),
    }
}

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
