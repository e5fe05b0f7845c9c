//! The tools called, compared with a list.

use std::collections::BTreeMap;

use super::choices::{Compare, Order, Repeats};
use super::examined::{CheckResult, Finding};
use super::expected;
use super::expected::{Material, Source};
use super::file::{ToolListFile, ToolOrderFile};
use crate::error::Result;

/// Tools were called in this order.
#[derive(Debug)]
pub(super) struct ToolOrder {
    expected: Source<Vec<String>>,
    order: Order,
}

impl ToolOrder {
    pub(super) fn new(name: &str, file: &ToolOrderFile) -> Result<Self> {
        let expected = Source::new(name, "expected", file.expected.as_ref(), file.expected_field.as_ref())?;
        Ok(Self { expected, order: file.order })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let expected = self.expected.get(material, "a list of tools", expected::texts)?;
        let calls: Vec<&str> =
            material.steps_with(&expected)?.calls().map(|(_, call)| call.name.as_str()).collect();
        Ok(match self.order {
            Order::Subsequence => in_turn(&expected, &calls),
            Order::Strict => {
                let listed: Vec<&str> =
                    calls.into_iter().filter(|name| expected.iter().any(|tool| tool == name)).collect();
                sequence(&expected, &listed)
            }
        })
    }
}

/// Whether the expected tools are called one after the other, whatever else is called.
fn in_turn(expected: &[String], calls: &[&str]) -> CheckResult {
    let mut rest = calls.iter();
    let mut before: Option<&str> = None;
    for tool in expected {
        if !rest.any(|name| name == tool) {
            return CheckResult::fail(match before {
                Some(before) => format!("{tool} was not called after {before}; called: {}", names(calls)),
                None => format!("{tool} was not called; called: {}", names(calls)),
            });
        }
        before = Some(tool);
    }
    CheckResult::pass("the tools were called in this order")
}

fn sequence(expected: &[String], calls: &[&str]) -> CheckResult {
    let same = calls.iter().eq(expected.iter());
    if same {
        return CheckResult::pass("the tools were called in this order");
    }
    CheckResult::fail(format!("called: {}; expected: {}", names(calls), names(expected)))
}

/// The tools called are those of a list.
#[derive(Debug)]
pub(super) struct ToolList {
    expected: Source<Vec<String>>,
    compare: Compare,
    repeats: Repeats,
}

impl ToolList {
    pub(super) fn new(name: &str, file: &ToolListFile) -> Result<Self> {
        let expected = Source::new(name, "expected", file.expected.as_ref(), file.expected_field.as_ref())?;
        Ok(Self { expected, compare: file.compare, repeats: file.repeats })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let mut expected = self.expected.get(material, "a list of tools", expected::texts)?;
        let mut calls: Vec<&str> =
            material.steps_with(&expected)?.calls().map(|(_, call)| call.name.as_str()).collect();
        if self.repeats == Repeats::Ignore {
            expected = firsts(expected);
            calls = firsts(calls);
        }
        if self.compare == Compare::Strict {
            return Ok(sequence(&expected, &calls));
        }
        let balance = Balance::new(&expected, &calls);
        let missing = balance.missing.as_deref().filter(|_| self.compare != Compare::Subset);
        let extra = balance.extra.as_deref().filter(|_| self.compare != Compare::Superset);
        let faults: Vec<String> = [
            missing.map(|tools| format!("missing: {tools}")),
            extra.map(|tools| format!("not in the list: {tools}")),
        ]
        .into_iter()
        .flatten()
        .collect();
        if faults.is_empty() {
            return Ok(CheckResult::pass(format!("called: {}", names(&calls))));
        }
        Ok(CheckResult::fail(faults.join("; ")))
    }
}

fn firsts<T: PartialEq>(names: Vec<T>) -> Vec<T> {
    let mut firsts = Vec::new();
    for name in names {
        if !firsts.contains(&name) {
            firsts.push(name);
        }
    }
    firsts
}

/// Calls that the list has and the agent did not make, and the other way round, with their numbers.
struct Balance {
    missing: Option<String>,
    extra: Option<String>,
}

impl Balance {
    fn new(expected: &[String], calls: &[&str]) -> Self {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for tool in expected {
            counts.entry(tool).or_default().0 += 1;
        }
        for name in calls {
            counts.entry(name).or_default().1 += 1;
        }
        let more = |of: fn((usize, usize)) -> (usize, usize)| {
            let more: Vec<String> = counts
                .iter()
                .filter_map(|(tool, pair)| {
                    let (more, less) = of(*pair);
                    (more > less).then(|| times(tool, more - less))
                })
                .collect();
            (!more.is_empty()).then(|| more.join(", "))
        };
        Self {
            missing: more(|(listed, called)| (listed, called)),
            extra: more(|(listed, called)| (called, listed)),
        }
    }
}

fn times(tool: &str, count: usize) -> String {
    if count == 1 { tool.to_owned() } else { format!("{tool} (× {count})") }
}

fn names<T: AsRef<str>>(names: &[T]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}
