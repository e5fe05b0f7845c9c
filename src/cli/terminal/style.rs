//! How a report looks on a terminal: colour, weight and width. The text stays as it is.

use anstyle::{AnsiColor, Style};

use crate::report::{folded, heading_of};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();

/// The words of an answer that are coloured; of two with one beginning the longer comes first.
const CONCLUSIONS: [(&str, Style); 6] = [
    ("PASS", GREEN),
    ("FAILED", RED),
    ("NOT RECORDED", RED),
    ("TOO MANY UNSCORED", RED),
    ("INCONCLUSIVE, let pass", YELLOW),
    ("INCONCLUSIVE", YELLOW),
];

/// The words of a figure that are coloured.
const FINDINGS: [(&str, Style); 3] = [("WORSE", RED), ("BETTER", GREEN), ("FAILS", RED)];

/// Whether a stream is written in colour: `NO_COLOR` says no, else `CLICOLOR_FORCE` says yes, else it is a terminal that
/// can. A variable that is empty says nothing.
pub(super) fn is_colored(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if set("NO_COLOR").is_some() {
        return false;
    }
    if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") {
        return true;
    }
    is_terminal && set("TERM").is_none_or(|terminal| terminal != "dumb")
}

pub(super) fn dim(text: &str) -> String {
    painted(DIM, text)
}

pub(super) fn red(text: &str) -> String {
    painted(RED, text)
}

/// A report whose lines are at most `width` wide, broken at spaces.
pub(super) fn fitted(text: &str, width: usize) -> String {
    let fit = |line: &str| {
        let spaces = line.len() - line.trim_start().len();
        let indent = heading_of(line).map_or(spaces + 2, |(_, said)| line.len() - said.len());
        folded(line, width, if indent < width / 2 { indent } else { 2 })
    };
    text.split_inclusive('\n').map(|line| ended(line, fit)).collect()
}

/// A report with its answer in bold, what passed in green, what failed in red, and headings dimmed.
pub(super) fn styled(text: &str) -> String {
    let mut styled = String::new();
    let mut answer = AnswerPlace::ToCome;
    for line in text.split_inclusive('\n') {
        answer = answer.next(line);
        styled += &ended(line, |line| match answer {
            AnswerPlace::Here if !line.is_empty() => concluded(line),
            _ => figure(line),
        });
    }
    styled
}

/// Where in a report its answer is: the first lines that are no blank ones.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AnswerPlace {
    ToCome,
    Here,
    Over,
}

impl AnswerPlace {
    fn next(self, line: &str) -> Self {
        match (self, line.trim().is_empty()) {
            (Self::ToCome, true) => Self::ToCome,
            (Self::ToCome, false) => Self::Here,
            // What of the answer did not fit is indented by two.
            (Self::Here, false) if line.starts_with("  ") && !line.starts_with("   ") => Self::Here,
            _ => Self::Over,
        }
    }
}

fn concluded(line: &str) -> String {
    let found = CONCLUSIONS.iter().find_map(|(word, style)| {
        let (before, after) = line.split_once(word)?;
        // A conclusion stands behind the suite's name.
        before.ends_with(": ").then_some((before, *word, after, *style))
    });
    match found {
        Some((before, word, after, style)) => {
            format!("{}{}{}", painted(BOLD, before), painted(style, word), painted(BOLD, after))
        }
        None => painted(BOLD, line),
    }
}

fn figure(line: &str) -> String {
    let (heading, said) = heading_of(line).unwrap_or(("", line));
    let found = FINDINGS.iter().find_map(|(word, style)| Some((said.split_once(word)?, *word, *style)));
    let said = match found {
        Some(((before, after), word, style)) => format!("{before}{}{after}", painted(style, word)),
        None => said.to_owned(),
    };
    let heading = if heading.trim().is_empty() { heading.to_owned() } else { painted(DIM, heading) };
    heading + &said
}

fn painted(style: Style, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{style}{text}{style:#}") }
}

/// The same of a line without its end.
fn ended(line: &str, of: impl FnOnce(&str) -> String) -> String {
    match line.strip_suffix('\n') {
        Some(line) => of(line) + "\n",
        None => of(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(is_terminal: bool, variables: &[(&str, &str)]) -> bool {
        is_colored(is_terminal, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn variables_decide_before_the_terminal() {
        assert!(chosen(true, &[]) && !chosen(false, &[]));
        assert!(!chosen(true, &[("NO_COLOR", "1")]) && chosen(true, &[("NO_COLOR", "")]));
        assert!(chosen(false, &[("CLICOLOR_FORCE", "1")]) && !chosen(false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!chosen(true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(!chosen(true, &[("TERM", "dumb")]) && chosen(true, &[("TERM", "xterm")]));
        assert!(chosen(false, &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")]));
    }

    const REPORT: &str = "\nmy: FAILED. 9 of 60 worse, 0 better; the score went from 0.75 to 0.60\n\n  compared    with golden/my.json, policy both\n  score       0.750 → 0.600, WORSE\n\n  worse: 1\n    t05: yes → no\n";

    #[test]
    fn the_answer_is_bold_what_failed_red_and_headings_dim() {
        let styled = styled(REPORT);
        assert!(
            styled.starts_with("\n\u{1b}[1mmy: \u{1b}[0m\u{1b}[1m\u{1b}[31mFAILED\u{1b}[0m"),
            "{styled:?}"
        );
        assert!(
            styled.contains("\u{1b}[2m  score       \u{1b}[0m0.750 → 0.600, \u{1b}[1m\u{1b}[31mWORSE"),
            "{styled:?}"
        );
        assert!(styled.ends_with("\n\n  worse: 1\n    t05: yes → no\n"), "{styled:?}");
        let plain = anstream::adapter::strip_str(&styled).to_string();
        assert_eq!(plain, REPORT);
    }

    #[test]
    fn a_report_fits_a_narrow_terminal_and_keeps_its_columns() {
        let fitted = fitted(REPORT, 40);
        assert!(fitted.lines().all(|line| line.chars().count() <= 40), "{fitted}");
        assert!(fitted.starts_with("\nmy: FAILED. 9 of 60 worse, 0 better; the\n  score went"), "{fitted}");
        assert!(
            fitted.contains("\n  compared    with golden/my.json,\n              policy both\n"),
            "{fitted}"
        );
        assert!(styled(&fitted).contains("\u{1b}[1m  score went from 0.75 to 0.60"), "{fitted}");
    }
}
