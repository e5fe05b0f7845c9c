//! What differs from machine to machine and from run to run, and is not recorded.

use std::path::Path;

use regex::{Captures, Regex};

use super::NAME;

/// So many significant digits of a fraction are recorded. Logarithms differ in their last digit from
/// one C library to another.
const DIGITS: usize = 12;

/// Everything.
pub fn all(text: &str, folder: &Path) -> String {
    let folder = folder.display().to_string();
    let text = text.replace(&folder, "[project]");
    digits(&name(&times(&words(&replaced(text, &[(r"\d{8}T\d{6}(\.\d+)?-", "[when]-")])))))
}

/// What is said to people of a fault or a finding: its wording is no promise.
fn words(text: &str) -> String {
    let masks = [
        (r#""(detail|remedy|why|missing)":( ?)"(?:[^"\\]|\\.)*""#, "\"$1\":$2\"[words]\""),
        (r#""unscored_examples":( ?)\{[^}]*\}"#, "\"unscored_examples\":$1{}"),
    ];
    replaced(text.to_owned(), &masks)
}

/// The command's name and version.
pub fn name(text: &str) -> String {
    let text = text.replace(NAME, "[name]").replace(&NAME.to_uppercase(), "[NAME]");
    text.replace(&format!("[name] {}", env!("CARGO_PKG_VERSION")), "[name] [version]")
}

/// Times and durations.
pub fn times(text: &str) -> String {
    let masks = [
        (r#""(\w+_ms|\w+_s|seconds\w*|made|used|mean_ms)": ?-?\d+(\.\d+)?(e-?\d+)?"#, "\"$1\":0"),
        (r#""(seconds\w*)":\{"value":[\d.e-]+\}"#, "\"$1\":{\"value\":0}"),
        // The time a record took, third from the end of a row of CSV.
        (r"(?m),\d+\.\d,([^,\n]*),([^,\n]*)$", ",0,$1,$2"),
        (r#""latency":\{[^}]*\}"#, "\"latency\":{}"),
        (r#" time="[\d.]+""#, " time=\"0\""),
        (r"\b\d+ min \d\d s\b|\b\d+(\.\d+)? (ms|s)\b", "[time]"),
    ];
    replaced(text.to_owned(), &masks)
}

fn replaced(text: String, masks: &[(&str, &str)]) -> String {
    masks.iter().fold(text, |text, (pattern, mask)| {
        Regex::new(pattern).unwrap().replace_all(&text, *mask).into_owned()
    })
}

fn digits(text: &str) -> String {
    let long = Regex::new(r"-?\b\d+\.\d{6,}(e-?\d+)?\b").unwrap();
    let shorter = |found: &Captures<'_>| {
        let number: f64 = found[0].parse().unwrap();
        format!("{number:.0$e}", DIGITS - 1).parse::<f64>().unwrap().to_string()
    };
    long.replace_all(text, shorter).into_owned()
}

/// Whether a variable of the environment would change what the command does.
pub fn is_noise(variable: &str) -> bool {
    let variable = variable.to_uppercase();
    variable.starts_with(&format!("{}_", NAME.to_uppercase()))
        || variable.starts_with("INSTA_")
        || ["_PROXY", "_API_KEY"].iter().any(|end| variable.ends_with(end))
        || ["CI", "TF_BUILD", "COLUMNS", "GITHUB_STEP_SUMMARY"].contains(&variable.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_places_are_masked_and_nothing_else() {
        let folder = Path::new("/tmp/.x1");
        let line = r#"{"key":"0a1b","value":0.1234567890123456,"n":3,"elapsed_ms":12.25,"detail":"it said \"no\"","at":"/tmp/.x1/a"}"#;
        let masked = r#"{"key":"0a1b","value":0.123456789012,"n":3,"elapsed_ms":0,"detail":"[words]","at":"[project]/a"}"#;
        assert_eq!(all(line, folder), masked);
        assert_eq!(
            all(&format!(".{NAME}/runs/20300102T030405.2-polite"), folder),
            ".[name]/runs/[when]-polite"
        );
        assert_eq!(times("polite,t1,yes,1.0,0.5,same,0.25\n"), "polite,t1,yes,1.0,0,same,0.25\n");
    }
}
