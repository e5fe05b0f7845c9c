//! Cascades for the terminal: which stage's verdicts stand, and what that saves.

use super::cascade_words::promised;
use super::formatting::{Lines, rate};
use crate::summary::CascadeSummary;

pub(super) fn cascades(lines: &mut Lines, cascades: &[CascadeSummary]) {
    for cascade in cascades {
        let stages: Vec<&str> = cascade.stages.iter().map(|stage| stage.stage.as_str()).collect();
        lines.under("cascade", &format!("{}: {}", cascade.judge, stages.join(", then ")));
        for stage in &cascade.stages {
            lines.under("cascade", &rate(&format!("{} stands", stage.stage), &stage.stands));
            if stage.accuracy.n > 0 {
                lines.under("cascade", &format!("  {}", rate("right", &stage.accuracy)));
            }
        }
        if cascade.abstains.count > 0 {
            lines.under("cascade", &rate("abstains", &cascade.abstains));
        }
        if let (Some(cost), Some(alone), Some(saved), Some(last)) =
            (cascade.cost_usd, cascade.last_alone_usd, cascade.saved, stages.last())
        {
            let verb = if saved < 0.0 { "costs" } else { "saves" };
            let more = if saved < 0.0 { "more than" } else { "of" };
            let share = 100.0 * saved.abs();
            lines.under(
                "cascade",
                &format!("{verb} {share:.1} % {more} {last} alone: ${cost:.4} for about ${alone:.4}"),
            );
        }
        match cascade.promise {
            Some(promise) => {
                lines.folded_under("cascade", &format!("{}: labels gave the thresholds", promised(promise)));
            }
            None => {
                lines.under("cascade", "the thresholds are those of evenhand.toml: nothing is guaranteed");
            }
        }
    }
}
