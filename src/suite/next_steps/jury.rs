//! What to do about a jury of runs.

use crate::comparison::{JuryFinding, JuryPage};
use crate::report::Advice;
use crate::suite::config::Config;

/// What to do about a jury of runs.
pub(crate) fn after_jury(config: &Config, page: &JuryPage) -> Advice {
    let best = page.best.as_deref().unwrap_or_default();
    match page.finding {
        JuryFinding::NoLabels => Advice::default().by_hand(
            "Label some of these records, set the suite's `label`, judge them again, and combine the runs",
        ),
        JuryFinding::Loses => Advice::keep(format!("{best} alone is right more often")),
        JuryFinding::NotShown => {
            Advice::keep(format!("{best} alone costs less, and these labels show no gain"))
        }
        JuryFinding::Gains => {
            let place = if config.file.suites.contains_key(&page.suite) {
                format!("[suites.{}.jury]", page.suite)
            } else {
                "the [suites.NAME.jury]".to_owned()
            };
            Advice::default().step(
                format!(
                    "Put the jury into {place} of evenhand.toml, with `rule = \"{}\"` and the accuracies that were \
                     measured here",
                    page.rule.name()
                ),
                format!("members = [{}]", members(page)),
            )
        }
    }
}

/// The members as evenhand.toml has them, with what was measured.
fn members(page: &JuryPage) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    let member = |member: &crate::comparison::JuryMemberPage| {
        let model = if member.model.contains('/') && !member.model.contains(" / ") {
            format!(", model = {}", text(&member.model))
        } else {
            String::new()
        };
        let accuracy = member.side.as_ref().and_then(|side| side.accuracy.rate);
        let accuracy = accuracy.map_or_else(String::new, |accuracy| format!(", accuracy = {accuracy:.3}"));
        format!("{{ name = {}{model}{accuracy} }}", text(&member.member))
    };
    page.members.iter().map(member).collect::<Vec<String>>().join(", ")
}
