//! Routes for the terminal: how many records each role answered, how well, and what its calls took.

use super::formatting::{Detail, Lines, count, dollars, duration, share_by};
use crate::summary::RoleSummary;

pub(super) fn roles(lines: &mut Lines, roles: &[RoleSummary], detail: Detail) {
    for role in roles {
        let judge = role.judge.as_ref().map_or_else(String::new, |judge| format!("{judge}: "));
        let what = format!("{judge}{} answered", role.role);
        lines.folded_under("routes", &share_by(detail, &what, &role.answered));
        if role.accuracy.n > 0 {
            lines.folded_under("routes", &format!("  {}", share_by(detail, "accuracy", &role.accuracy)));
        }
        let mut took = Vec::new();
        if role.failed > 0 {
            took.push(format!("failed on {}", count(role.failed)));
        }
        took.extend(role.call.map(|call| format!("a call: median {}", duration(call.p50_ms / 1000.0))));
        took.extend(role.call.and(role.cost_usd).map(dollars));
        if !took.is_empty() {
            lines.folded_under("routes", &format!("  {}", took.join(", ")));
        }
    }
}
