//! A report as JUnit XML, in the form that GitHub's actions, GitLab and Jenkins read.
//!
//! There is no standard. This keeps to what Jenkins' junit-10.xsd allows, the strictest of them:
//! `testcase` has `name`, `classname` and `time` and no other attribute, and `properties` come first.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::view::{GoldenRecord, RecordReport, Report, Status, SuiteReport};
use crate::error::{Error, ErrorKind, Result};

/// The exit code that says that too many records have no score.
const TOO_MANY_UNSCORED: u8 = 3;

/// What a record is as a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    Passed,
    /// The judged thing got worse, or the verdict is not what it should be.
    Failure,
    /// Without a score: nobody can tell.
    Skipped,
    /// Without a score, in a run that has too many of these.
    Error,
}

impl Report {
    /// JUnit XML: a run is a `testsuite`, a record a `testcase`.
    ///
    /// # Errors
    /// A fault of evenhand's own.
    pub fn junit(&self) -> Result<String> {
        let unwritable = |problem: String| {
            Error::new(ErrorKind::Internal, format!("the JUnit XML cannot be written: {problem}"))
        };
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        write(&mut writer, self).map_err(|error| unwritable(error.to_string()))?;
        let mut text =
            String::from_utf8(writer.into_inner()).map_err(|error| unwritable(error.to_string()))?;
        text.push('\n');
        Ok(text)
    }
}

fn write(writer: &mut Writer<Vec<u8>>, report: &Report) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let number =
        |counts: fn(&SuiteReport) -> usize| report.suites.iter().map(counts).sum::<usize>().to_string();
    let wall: f64 = report.suites.iter().map(|suite| suite.took.wall_s).sum();
    let root = writer
        .create_element("testsuites")
        .with_attribute(("name", "evenhand"))
        .with_attribute(("tests", number(|suite| suite.records.len() + checks(suite).len()).as_str()))
        .with_attribute(("failures", number(|suite| tests(suite, Test::Failure)).as_str()))
        .with_attribute(("errors", number(|suite| tests(suite, Test::Error)).as_str()))
        .with_attribute(("time", seconds(wall).as_str()));
    root.write_inner_content(|writer| report.suites.iter().try_for_each(|suite| one_suite(writer, suite)))?;
    Ok(())
}

fn one_suite(writer: &mut Writer<Vec<u8>>, suite: &SuiteReport) -> io::Result<()> {
    let number = |test: Test| tests(suite, test).to_string();
    let name = clean(&suite.suite);
    let mut element = writer
        .create_element("testsuite")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("tests", (suite.records.len() + checks(suite).len()).to_string().as_str()))
        .with_attribute(("failures", number(Test::Failure).as_str()))
        .with_attribute(("errors", number(Test::Error).as_str()))
        .with_attribute(("skipped", number(Test::Skipped).as_str()))
        .with_attribute(("time", seconds(suite.took.wall_s).as_str()));
    if let Some(file) = &suite.dataset {
        element = element.with_attribute(("file", clean(file).as_str()));
    }
    element.write_inner_content(|writer| {
        properties(writer, suite)?;
        checks(suite).iter().try_for_each(|check| check_case(writer, suite, check))?;
        suite.records.iter().try_for_each(|record| test_case(writer, suite, record))
    })?;
    Ok(())
}

fn properties(writer: &mut Writer<Vec<u8>>, suite: &SuiteReport) -> io::Result<()> {
    let told = [
        ("signature", suite.signature.clone()),
        ("model", suite.model.clone()),
        ("reading", suite.reading.clone()),
        ("run", suite.run.clone()),
        ("ended", suite.ended.clone()),
    ];
    let figures = suite.figures.iter().map(|figure| {
        let interval = figure.written_interval();
        let interval = if interval.is_empty() { interval } else { format!(" ({interval})") };
        (figure.name.as_str(), format!("{}{interval}", figure.written()))
    });
    writer.create_element("properties").write_inner_content(|writer| {
        for (name, value) in told.into_iter().chain(figures) {
            writer
                .create_element("property")
                .with_attribute(("name", name))
                .with_attribute(("value", clean(&value).as_str()))
                .write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn test_case(writer: &mut Writer<Vec<u8>>, suite: &SuiteReport, record: &RecordReport) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", clean(&record.id).as_str()))
        .with_attribute(("classname", format!("evenhand.{}", clean(&suite.suite)).as_str()))
        .with_attribute(("time", seconds(record.elapsed_ms / 1000.0).as_str()));
    let (name, kind) = match test(suite, record) {
        Test::Passed => return element.write_empty().map(drop),
        Test::Failure => ("failure", failure_type(record)),
        Test::Skipped => ("skipped", ""),
        Test::Error => ("error", "unscored"),
    };
    element.write_inner_content(|writer| {
        let mut why = writer.create_element(name).with_attribute(("message", message(record).as_str()));
        if !kind.is_empty() {
            why = why.with_attribute(("type", kind));
        }
        let text = clean(&details(suite, record));
        why.write_text_content(BytesText::new(&text)).map(drop)
    })?;
    Ok(())
}

/// Something about the whole suite that is tested: a gate, or its score compared with the golden file.
struct SuiteCheck {
    name: String,
    test: Test,
    message: String,
}

fn checks(suite: &SuiteReport) -> Vec<SuiteCheck> {
    let test = |verdict: &str| match verdict {
        "fails" | "regression" => Test::Failure,
        "inconclusive" => Test::Skipped,
        _ => Test::Passed,
    };
    let gates = suite.gates.iter().map(|gate| SuiteCheck {
        name: format!("gate {}", gate.gate),
        test: test(&gate.verdict),
        message: gate.in_short(),
    });
    let golden = suite.golden.iter().flat_map(|golden| &golden.measures).map(|measure| SuiteCheck {
        name: format!("golden {}", measure.name),
        test: test(&measure.verdict),
        message: measure.in_short(),
    });
    gates.chain(golden).collect()
}

fn check_case(writer: &mut Writer<Vec<u8>>, suite: &SuiteReport, check: &SuiteCheck) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", clean(&check.name).as_str()))
        .with_attribute(("classname", format!("evenhand.{}", clean(&suite.suite)).as_str()))
        .with_attribute(("time", seconds(0.0).as_str()));
    let name = match check.test {
        Test::Passed => return element.write_empty().map(drop),
        Test::Skipped => "skipped",
        Test::Failure | Test::Error => "failure",
    };
    let message = clean(&check.message);
    element.write_inner_content(|writer| {
        writer.create_element(name).with_attribute(("message", message.as_str())).write_empty().map(drop)
    })?;
    Ok(())
}

/// What a record is as a test. Compared with a golden file, it fails where it got worse or breaks a rule; else where the verdict
/// is not the label, or, without a label, where the score does not pass.
fn test(suite: &SuiteReport, record: &RecordReport) -> Test {
    let is_worse = record.golden.as_ref().is_some_and(GoldenRecord::is_worse);
    match record.status {
        _ if is_worse => Test::Failure,
        Status::Unscored if suite.exit_code == Some(TOO_MANY_UNSCORED) => Test::Error,
        Status::Unscored => Test::Skipped,
        _ if suite.golden.is_some() => Test::Passed,
        Status::Undecided => Test::Skipped,
        Status::Differs | Status::Failed => Test::Failure,
        Status::Same | Status::Passed => Test::Passed,
    }
}

fn tests(suite: &SuiteReport, kind: Test) -> usize {
    let records = suite.records.iter().filter(|record| test(suite, record) == kind).count();
    records + checks(suite).iter().filter(|check| check.test == kind).count()
}

fn failure_type(record: &RecordReport) -> &'static str {
    match record.status {
        _ if record.golden.as_ref().is_some_and(GoldenRecord::is_worse) => "regression",
        Status::Differs => "verdict_differs",
        _ => "below_pass_mark",
    }
}

/// One line, since an XML reader makes spaces of line breaks in an attribute.
fn message(record: &RecordReport) -> String {
    let line: Vec<String> = record.in_short().split_whitespace().map(str::to_owned).collect();
    clean(&line.join(" "))
}

fn details(suite: &SuiteReport, record: &RecordReport) -> String {
    let mut lines = Vec::new();
    if let (Some(file), Some(line)) = (&suite.dataset, record.line) {
        lines.push(format!("{file}:{line}"));
    }
    if let Some(remedy) = record.unscored.as_ref().and_then(|why| why.remedy.as_ref()) {
        lines.push(remedy.clone());
    }
    if let Some(golden) = &record.golden {
        lines.push(golden.in_short());
    }
    lines.extend(record.reasons.clone());
    for check in record.checks.iter().filter(|check| check.verdict == "fail") {
        lines.push(format!("check {}: {}", check.name, check.detail));
    }
    lines.join("\n")
}

/// Seconds as a plain decimal number, to the millisecond.
fn seconds(seconds: f64) -> String {
    format!("{:.3}", if seconds.is_finite() { seconds.max(0.0) } else { 0.0 })
}

/// Without the characters that XML 1.0 cannot hold in any form (its production 2, `Char`).
fn clean(text: &str) -> String {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(allowed).collect()
}

#[cfg(test)]
mod tests_of_texts {
    use super::*;

    #[test]
    fn what_xml_forbids_is_left_out() {
        assert_eq!(clean("a\0b\u{1b}[31mc\u{fffe}\u{ffff}\td\n💡"), "ab[31mc\td\n💡");
    }

    #[test]
    fn times_are_plain_numbers() {
        assert_eq!([0.0, 1234.5678, f64::NAN, -1.0].map(seconds), ["0.000", "1234.568", "0.000", "0.000"]);
    }
}
