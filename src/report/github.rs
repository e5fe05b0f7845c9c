//! Annotations for a job of GitHub Actions: workflow commands on the standard output.

use super::number::count;
use super::plain::printable;
use super::view::{GateReport, RecordReport, Report, SuiteReport};

/// GitHub shows at most ten annotations of a kind for one step.
const MOST: usize = 10;

/// A report as annotations, each on a line: `::error file=…,line=…,title=…::…`.
///
/// A record that got worse than its golden file says is an error. A record whose verdict is not its label, or that does
/// not pass, is a warning: by itself it fails no run. A run that ended badly is an error.
#[must_use]
pub fn annotations(report: &Report) -> String {
    let mut errors: Vec<String> = report.suites.iter().filter_map(bad_end).collect();
    let mut warnings = Vec::new();
    for suite in &report.suites {
        for record in suite.worst() {
            match (&suite.golden, &record.label) {
                (Some(_), _) => errors.push(about(suite, record, "error", "worse than golden")),
                (None, Some(_)) => {
                    warnings.push(about(suite, record, "warning", "verdict differs from label"));
                }
                (None, None) => warnings.push(about(suite, record, "warning", "does not pass")),
            }
        }
    }
    [shortened(errors, "error"), shortened(warnings, "warning")].concat()
}

fn bad_end(suite: &SuiteReport) -> Option<String> {
    let why = match suite.exit_code {
        Some(1) => "quality is below a gate, or got worse than golden",
        Some(3) => "too many records have no score to judge by the rest",
        Some(4) => "inconclusive: there are too few records for a verdict",
        Some(5) => "the budget was reached",
        Some(130) => "the run was interrupted",
        Some(6) => "the run failed",
        _ => return None,
    };
    let failed = suite.gates.iter().filter(|gate| gate.verdict != "holds").map(GateReport::in_short);
    let details: Vec<String> =
        suite.golden.iter().map(|golden| golden.headline.clone()).chain(failed).collect();
    let message = [vec![why.to_owned()], details].concat().join("\n");
    Some(command("error", &[("title", &format!("evenhand {}", suite.suite))], &message))
}

fn about(suite: &SuiteReport, record: &RecordReport, level: &str, what: &str) -> String {
    let line = record.line.map(|line| line.to_string());
    let title = format!("{} {}: {what}", suite.suite, record.id);
    let mut properties = Vec::new();
    if let (Some(file), Some(line)) = (&suite.dataset, &line) {
        properties.extend([("file", file.as_str()), ("line", line.as_str())]);
    }
    properties.push(("title", title.as_str()));
    let golden = record.golden.as_ref().map_or_else(String::new, |golden| format!("; {}", golden.in_short()));
    let reasons = record.reasons.as_ref().map_or_else(String::new, |reasons| format!("\n{reasons}"));
    command(level, &properties, &format!("{}{golden}{reasons}", record.in_short()))
}

/// The last of too many says how many there are.
fn shortened(mut commands: Vec<String>, level: &str) -> String {
    let number = commands.len();
    if number > MOST {
        commands.truncate(MOST - 1);
        let more = format!("and {} more, in the report", count((number - MOST + 1) as u64));
        commands.push(command(level, &[("title", "evenhand")], &more));
    }
    commands.concat()
}

/// A workflow command, escaped as GitHub's toolkit does it.
fn command(level: &str, properties: &[(&str, &str)], message: &str) -> String {
    let data = |text: &str| printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{level} {}::{}\n", properties.join(","), data(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_begin_a_command_of_its_own() {
        let line = command(
            "error",
            &[("file", "a,b:c.jsonl"), ("title", "50 %\n::error::x")],
            "a\r\n::set-env name=X::y",
        );
        assert_eq!(
            line,
            "::error file=a%2Cb%3Ac.jsonl,title=50 %25%0A%3A%3Aerror%3A%3Ax::a%0D%0A::set-env name=X::y\n"
        );
    }

    #[test]
    fn ten_of_a_kind_at_most() {
        let many: Vec<String> = (0..25).map(|_| command("error", &[], "x")).collect();
        let shown = shortened(many, "error");
        assert_eq!(shown.lines().count(), 10);
        assert!(shown.ends_with("::and 16 more, in the report\n"));
    }
}
