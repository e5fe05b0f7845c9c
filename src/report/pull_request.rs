//! A report where code is reviewed: Markdown for a pull request or a job's summary, and annotations for
//! a job of GitHub Actions. Nothing in them is live.

use super::formatting::{count, count_of, duration, printable};
use super::view::{Figure, GateReport, RecordReport, Report, SuiteReport};

/// Records of all suites together that are shown.
const MOST_RECORDS: usize = 40;
/// The fewest of one suite.
const FEWEST_RECORDS: usize = 3;
/// Figures of a suite that are shown.
const MOST_FIGURES: usize = 6;
/// Characters of a record's reasons.
const MOST_REASONS: usize = 280;

impl Report {
    /// Markdown, for a pull request or the summary of a job.
    #[must_use]
    pub fn markdown(&self) -> String {
        let each = (MOST_RECORDS / self.suites.len().max(1)).max(FEWEST_RECORDS);
        let mut text = String::from("## evenhand\n\n");
        for suite in &self.suites {
            text += &headline(suite);
        }
        text += "\n| suite | figure | value | 95 % interval | n |\n|---|---|--:|:--|--:|\n";
        for suite in &self.suites {
            for (index, figure) in suite.figures.iter().take(MOST_FIGURES).enumerate() {
                text += &row(if index == 0 { &suite.suite } else { "" }, figure);
            }
        }
        for suite in &self.suites {
            text += &checked(suite);
            text += &unscored(suite);
            text += &records(suite, each);
        }
        text
    }

    /// Annotations for a job of GitHub Actions, each on a line: `::error file=…,line=…,title=…::…`.
    ///
    /// A record that got worse than its golden file says is an error. A record whose verdict is not its label, or that does
    /// not pass, is a warning: by itself it fails no run. A run that ended badly is an error.
    #[must_use]
    pub fn annotations(&self) -> String {
        let mut errors: Vec<String> = self.suites.iter().filter_map(bad_end).collect();
        let mut warnings = Vec::new();
        for suite in &self.suites {
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
}

fn headline(suite: &SuiteReport) -> String {
    let figure = suite.figures.first().map_or_else(String::new, |figure| {
        let interval = figure.written_interval();
        let interval = if interval.is_empty() { interval } else { format!(" (95 % {interval})") };
        format!("{} **{}**{interval}, ", figure.title, figure.written())
    });
    let unscored = suite.unscored_count();
    let unscored =
        if unscored == 0 { "none unscored".into() } else { format!("**{} unscored**", count(unscored)) };
    let ended = if suite.ended == "complete" { String::new() } else { format!(", run **{}**", suite.ended) };
    // Where it was checked, the answer begins with the verdict.
    let answer = match suite.answer.split_once(". ").filter(|_| suite.conclusion.is_some()) {
        Some((verdict, rest)) => format!("**{verdict}.** {}", escaped(rest)),
        None => escaped(&suite.answer),
    };
    format!(
        "- {}: {answer}. By {}: {figure}{}, {unscored}{ended}; {}\n",
        code(&suite.suite),
        code(&suite.model),
        count_of(suite.settled, "record"),
        duration(suite.took.wall_s)
    )
}

fn row(suite: &str, figure: &Figure) -> String {
    let n = figure.n.map(count).unwrap_or_default();
    table_row(&[code_or_nothing(suite), figure.title.clone(), figure.written(), figure.written_interval(), n])
}

/// A row of a table.
pub(super) fn table_row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// What a check found: the comparison with the golden file, and the gates.
fn checked(suite: &SuiteReport) -> String {
    let mut text = String::new();
    let mut line = |what: &str| {
        let first = if text.is_empty() { "\n" } else { "" };
        text += &format!("{first}- {}: {}\n", code(&suite.suite), code(what));
    };
    if let Some(golden) = &suite.golden {
        line(&golden.headline);
        let counts: Vec<String> = golden
            .counts
            .iter()
            .map(|one| format!("{} {}", count(one.count), one.state.name().replace('_', " ")))
            .collect();
        line(&counts.join(", "));
        if !golden.subject.is_empty() {
            line(&format!("changed since it was locked: {}", golden.subject.join("; ")));
        }
    }
    suite.gates.iter().for_each(|gate| line(&gate.in_short()));
    text
}

fn unscored(suite: &SuiteReport) -> String {
    let mut text = String::new();
    for reason in &suite.unscored {
        text += &format!(
            "\n{}: {} unscored, {}: {}\n",
            code(&suite.suite),
            count(reason.count),
            reason.reason,
            code(&clip(&reason.example))
        );
    }
    text
}

fn records(suite: &SuiteReport, most: usize) -> String {
    let worst = suite.worst();
    if worst.is_empty() {
        return String::new();
    }
    let labelled = worst.iter().filter(|record| record.label.is_some()).count();
    let what = match (&suite.golden, labelled) {
        (Some(_), _) => "worse than golden, the farthest first",
        (None, 0) => "below the pass mark, the lowest score first",
        (None, n) if n < worst.len() => "with a verdict that is not the label, or below the pass mark",
        (None, _) => "with a verdict that is not the label, the farthest apart first",
    };
    let number = count_of(worst.len() as u64, "record");
    let mut text = format!("\n<details><summary>{}: {number} {what}</summary>\n\n", escaped(&suite.suite));
    for record in worst.iter().take(most) {
        text += &one(record);
    }
    if worst.len() > most {
        text += &format!("- and {} more\n", count((worst.len() - most) as u64));
    }
    text + "\n</details>\n"
}

fn one(record: &RecordReport) -> String {
    let golden = record.golden.as_ref().map_or_else(String::new, |golden| format!("; {}", golden.in_short()));
    let reasons =
        record.reasons.as_deref().map_or_else(String::new, |text| format!("<br>{}", code(&clip(text))));
    format!("- {} {}{reasons}\n", code(&record.id), code(&format!("{}{golden}", record.in_short())))
}

/// Text as code; nothing for nothing.
pub(super) fn code_or_nothing(text: &str) -> String {
    if text.is_empty() { String::new() } else { code(text) }
}

/// Text as code, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let text = printable(text);
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    if line.is_empty() {
        return String::from("(empty)");
    }
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let space = if line.starts_with('`') || line.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{line}{space}{fence}")
}

/// Text inside an HTML element.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;<wbr>")
}

fn clip(text: &str) -> String {
    if text.chars().count() <= MOST_REASONS {
        return text.to_owned();
    }
    text.chars().take(MOST_REASONS).chain(['…']).collect()
}

/// GitHub shows at most ten annotations of a kind for one step.
const MOST: usize = 10;

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
    fn what_others_wrote_is_code_and_stays_code() {
        assert_eq!(code("@you <b> [x](http://e) | a\nb"), "`@you <b> [x](http://e) | a b`");
        assert_eq!(code("a `b` ``c``"), "``` a `b` ``c`` ```");
        assert_eq!(code(" "), "(empty)");
    }

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
