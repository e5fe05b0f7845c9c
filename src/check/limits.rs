//! Limits of steps, time and money.

use super::choices::Counted;
use super::examined::{CheckResult, Finding, Unexamined};
use super::expected;
use super::expected::{Material, Source};
use super::file::{MaxCostFile, MaxLatencyFile, MaxStepsFile};
use crate::error::Result;

/// The agent took at most so many steps.
#[derive(Debug)]
pub(super) struct MaxSteps {
    max: Source<usize>,
    count: Counted,
}

impl MaxSteps {
    pub(super) fn new(name: &str, file: &MaxStepsFile) -> Result<Self> {
        let max = Source::new(name, "max", file.max.as_ref(), file.max_field.as_ref())?;
        Ok(Self { max, count: file.count })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let max = self.max.get(material, "a whole number", expected::count)?;
        let trajectory = material.steps()?;
        let (count, noun) = match self.count {
            Counted::Steps => (trajectory.agent_steps(), "step"),
            Counted::Calls => (trajectory.calls().count(), "call"),
        };
        let ending = if count == 1 { "" } else { "s" };
        Ok(CheckResult::of(count <= max, format!("{count} {noun}{ending}, at most {max} allowed")))
    }
}

/// The output took at most so long, or cost at most so much.
#[derive(Debug)]
pub(super) struct Limit {
    max: Source<f64>,
    quantity: Quantity,
}

#[derive(Clone, Copy, Debug)]
enum Quantity {
    Latency,
    Cost,
}

impl Limit {
    pub(super) fn latency(name: &str, file: &MaxLatencyFile) -> Result<Self> {
        let max = Source::new(name, "max", file.max.as_ref(), file.max_field.as_ref())?;
        Ok(Self { max, quantity: Quantity::Latency })
    }

    pub(super) fn cost(name: &str, file: &MaxCostFile) -> Result<Self> {
        let max = Source::new(name, "max", file.max.as_ref(), file.max_field.as_ref())?;
        Ok(Self { max, quantity: Quantity::Cost })
    }

    pub(super) fn examine(&self, material: &Material<'_>) -> Finding {
        let max = self.max.get(material, "a number", expected::number)?;
        let (known, name, unit) = match self.quantity {
            Quantity::Latency => (material.latency_ms, "latency", "ms"),
            Quantity::Cost => (material.cost_usd, "cost", "US dollars"),
        };
        let Some(known) = known.filter(|known| known.is_finite()) else {
            return Err(Unexamined::Unknown(format!("the output's {name} is not known")));
        };
        Ok(CheckResult::of(known <= max, format!("{name} {known} {unit}, at most {max} allowed")))
    }
}
