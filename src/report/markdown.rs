//! A report as Markdown, for a pull request or a job's summary: short, and nothing in it is live.
//!
//! Whatever a record or a model wrote stands in code: there nothing is a link, a mention, or HTML.

use super::number::{count, duration};
use super::plain::printable;
use super::view::{Figure, RecordReport, Report, SuiteReport};

/// Records of all suites together that are shown.
const MOST_RECORDS: usize = 40;
/// The fewest of one suite.
const FEWEST_RECORDS: usize = 3;
/// Figures of a suite that are shown.
const MOST_FIGURES: usize = 6;
/// Characters of a record's reasons.
const MOST_REASONS: usize = 280;

/// A report as Markdown.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let each = (MOST_RECORDS / report.suites.len().max(1)).max(FEWEST_RECORDS);
    let mut text = String::from("## evenhand\n\n");
    for suite in &report.suites {
        text += &headline(suite);
    }
    text += "\n| suite | figure | value | 95 % interval | n |\n|---|---|--:|:--|--:|\n";
    for suite in &report.suites {
        for (index, figure) in suite.figures.iter().take(MOST_FIGURES).enumerate() {
            text += &row(if index == 0 { &suite.suite } else { "" }, figure);
        }
    }
    for suite in &report.suites {
        text += &checked(suite);
        text += &unscored(suite);
        text += &records(suite, each);
    }
    text
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
    let concluded = suite
        .conclusion
        .as_ref()
        .map_or_else(String::new, |conclusion| format!("**{}**, ", conclusion.to_uppercase()));
    format!(
        "- {} by {}: {concluded}{figure}{} records, {unscored}{ended}; {}\n",
        code(&suite.suite),
        code(&suite.model),
        count(suite.settled),
        duration(suite.took.wall_s)
    )
}

fn row(suite: &str, figure: &Figure) -> String {
    let n = figure.n.map(count).unwrap_or_default();
    let suite = if suite.is_empty() { String::new() } else { code(suite).replace('|', "\\|") };
    let cells = [suite, figure.title.clone(), figure.written(), figure.written_interval(), n];
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
    let number = match worst.len() {
        1 => "1 record".to_owned(),
        number => format!("{} records", count(number as u64)),
    };
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

/// Text as code, whatever it holds.
fn code(text: &str) -> String {
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
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;<wbr>")
}

fn clip(text: &str) -> String {
    if text.chars().count() <= MOST_REASONS {
        return text.to_owned();
    }
    text.chars().take(MOST_REASONS).chain(['…']).collect()
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
}
