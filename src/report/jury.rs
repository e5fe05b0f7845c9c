//! Juries for the terminal: how their members voted, and what each is worth.

use super::formatting::{Detail, Lines, count, count_of, number, percent, points, rate};
use crate::summary::{JurySummary, MemberSummary, PeopleAgreement};

pub(super) fn juries(lines: &mut Lines, juries: &[JurySummary], detail: Detail) {
    for jury in juries {
        let ties = match jury.ties.count {
            0 => String::new(),
            n => format!(", {}", count_of(n, "tie")),
        };
        let saved = match jury.saved_votes {
            0 => String::new(),
            1 => "; 1 vote was not needed".to_owned(),
            n => format!("; {} votes were not needed", count(n)),
        };
        let rule = jury.rule.name().replace('_', " ");
        let (members, verdicts) = (jury.members.len(), count_of(jury.ties.n, "verdict"));
        lines.folded_under("jury", &format!("{}: {rule} of {members}, {verdicts}{ties}{saved}", jury.judge));
        // As among people: between every two κ says it.
        let told = |among: &&PeopleAgreement| detail == Detail::Statistics || among.pairwise.is_empty();
        for alpha in jury.among.iter().filter(told).flat_map(|among| &among.alpha) {
            let what = format!("Krippendorff's α ({}) of the members", alpha.measurement);
            lines.folded_under("jury", &number(&what, alpha.value, alpha.interval));
        }
        for pair in jury.among.iter().flat_map(|among| &among.pairwise) {
            lines.folded_under(
                "jury",
                &format!("{} and {}: {}", pair.first, pair.second, rate("same", &pair.same)),
            );
        }
        for member in &jury.members {
            of_member(lines, member);
        }
    }
}

fn of_member(lines: &mut Lines, member: &MemberSummary) {
    let name = &member.member;
    let same = percent(member.same_without.rate.unwrap_or(1.0));
    lines.folded_under(
        "members",
        &format!("{name}: without it {same} of {} verdicts stay", count(member.same_without.n)),
    );
    if member.accuracy.n > 0 {
        lines.folded_under("members", &format!("  {}", rate("right", &member.accuracy)));
    }
    if let Some(gains) = member.jury_gains {
        let direction = if gains < 0.0 { "less often" } else { "more often" };
        let by = points(gains.abs(), None);
        let interval = member.interval.map_or_else(String::new, |interval| {
            format!(" (95 % {:+.1} to {:+.1})", 100.0 * interval.low, 100.0 * interval.high)
        });
        lines.folded_under(
            "members",
            &format!("  the jury is right {} {direction}{interval}", by.trim_start_matches('+')),
        );
    }
}
