//! A suite's gates on probes.

use crate::golden::{GateResult, GateVerdict, ProbeGates};
use crate::probe::{ProbeFinding, ProbeReport};

/// Compares what was found with the gates, probe by probe.
pub(super) fn gates(gates: &ProbeGates, report: &ProbeReport) -> Vec<GateResult> {
    report.probes.iter().filter_map(|finding| gate(gates, finding)).collect()
}

fn gate(gates: &ProbeGates, finding: &ProbeFinding) -> Option<GateResult> {
    let own = gates.each.get(finding.probe.name()).copied();
    let bound = own.or(gates.max_flip_rate)?;
    let of = if own.is_some() { "each." } else { "max_flip_rate of " };
    let verdict = match (finding.beyond, finding.beyond_interval) {
        (_, Some(interval)) if interval.low > bound => GateVerdict::Fails,
        (Some(beyond), _) if beyond <= bound => GateVerdict::Holds,
        _ => GateVerdict::Inconclusive,
    };
    Some(GateResult {
        gate: format!("probes.{of}{}", finding.probe.name()),
        bound,
        value: finding.beyond,
        interval: finding.beyond_interval,
        verdict,
        why: None,
    })
}
