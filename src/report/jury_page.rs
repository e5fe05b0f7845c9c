//! A jury of runs, for the terminal and for machines: what it gains over its best member first.

use serde_json::{Value, json};

use super::answer::sentence;
use super::export::JSON_FORMAT;
use super::formatting::{Detail, Lines, WIDTH, count, count_of, folded, number, percent, rate, wrapped};
use super::jury_words::{gained, headline, remarks};
use crate::comparison::{JuryMemberPage, JuryPage, JurySide};

/// The page as a line: `{"type": "jury", "format": 1, "page": …}`.
#[must_use]
pub(crate) fn jury_line(page: &JuryPage) -> Value {
    json!({"type": "jury", "format": JSON_FORMAT, "page": page})
}

impl JuryPage {
    /// The page as lines of plain text.
    #[must_use]
    pub fn text(&self, detail: Detail) -> String {
        let mut lines = Lines::default();
        lines.whole(&folded(&headline(self), WIDTH, 2));
        for remark in remarks(self) {
            for line in wrapped(&sentence(remark), WIDTH - 2) {
                lines.whole(&format!("  {line}"));
            }
        }
        lines.blank();
        lines.folded_under("jury", &voted(self));
        if let Some(jury) = &self.jury {
            side(&mut lines, "jury", self, jury);
        }
        lines.blank();
        self.members.iter().for_each(|member| of_member(&mut lines, self, member));
        lines.blank();
        agreement(&mut lines, self, detail);
        lines.text
    }
}

/// How the votes went.
pub(super) fn voted(page: &JuryPage) -> String {
    let rule = page.rule.name().replace('_', " ");
    let ties = match page.ties.count {
        0 => "no tie".to_owned(),
        n => count_of(n, "tie"),
    };
    let without = page.decided.n - page.decided.count;
    let few = match without {
        0 => String::new(),
        1 => format!("; 1 record has fewer than {} votes, and no verdict", page.quorum),
        n => format!("; {} records have fewer than {} votes, and no verdict", count(n), page.quorum),
    };
    format!("{rule} of {}: {}, {ties}{few}", page.members.len(), count_of(page.decided.count, "verdict"))
}

fn side(lines: &mut Lines, heading: &'static str, page: &JuryPage, side: &JurySide) {
    let kappa = number(if page.is_graded { "κ quadratic" } else { "κ" }, side.kappa, side.kappa_interval);
    lines.folded_under(heading, &format!("  {}", rate("right", &side.accuracy)));
    if let Some(right) = side.right.filter(|_| page.is_graded) {
        lines.folded_under(heading, &format!("  {} away from the label, of the scale", percent(1.0 - right)));
    }
    lines.folded_under(heading, &format!("  {kappa}"));
}

fn of_member(lines: &mut Lines, page: &JuryPage, member: &JuryMemberPage) {
    let missing = member.voted.n - member.voted.count;
    let missing = match missing {
        0 => String::new(),
        n => format!(", {} missing", count_of(n, "vote")),
    };
    lines.folded_under(
        "members",
        &format!("{}: {}{missing}", member.member, count_of(member.voted.count, "vote")),
    );
    if let Some(own) = &member.side {
        side(lines, "members", page, own);
    }
    if let Some(gain) = &member.gain {
        lines.folded_under("members", &format!("  the jury is right {}", gained(gain)));
    }
    lines.folded_under(
        "members",
        &format!("  {}", rate("without it the same verdict on", &member.same_without)),
    );
}

fn agreement(lines: &mut Lines, page: &JuryPage, detail: Detail) {
    let Some(among) = &page.among else { return };
    for alpha in &among.alpha {
        let what = format!("Krippendorff's α ({}) of the members", alpha.measurement);
        lines.folded_under("agreement", &number(&what, alpha.value, alpha.interval));
    }
    for pair in &among.pairwise {
        let same = rate("same", &pair.same);
        let kappa = match detail {
            Detail::Statistics => format!("; {}", number("κ", pair.kappa, pair.kappa_interval)),
            Detail::Figures => String::new(),
        };
        lines.folded_under("agreement", &format!("{} and {}: {same}{kappa}", pair.first, pair.second));
    }
}
