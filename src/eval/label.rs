//! A record's label on a judge's scale, as spreadsheets, pandas and people write it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::outcome::Expected;
use crate::signature::Scale;

/// What programs write for a value that is not there. Where such a word is not on the scale, the record has no
/// label.
const MISSING: [&str; 13] =
    ["nan", "-nan", "na", "n/a", "<na>", "#n/a", "#na", "nat", "none", "null", "nil", "undefined", "missing"];

/// A label that is not on a scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OffScale {
    /// What is wrong, with the label and its field.
    pub problem: String,
    /// The label as `label_values` would name it; none of a list or an object.
    pub(super) word: Option<String>,
}

/// Reads a record's label. Missing, null, empty, or a word such as `NaN` that is not on the scale: the record has
/// none. `values` are the file's labels in the scale's words; one that becomes an empty text is no label.
///
/// # Errors
/// The label is not on the scale.
pub(crate) fn read_label(
    value: Option<&Value>,
    field: &str,
    values: &BTreeMap<String, String>,
    scale: &Scale,
) -> Result<Option<Expected>, OffScale> {
    let Some(value) = value else {
        return Ok(None);
    };
    let off = |word: Option<String>, how: &str| OffScale {
        problem: format!("label {value} in field \"{field}\"{how} {}", off_scale(scale)),
        word,
    };
    let word = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => return Err(off(None, "")),
    };
    let meant = meant(&word, values);
    let text = meant.unwrap_or(&word);
    if let Some(expected) = Expected::read(&Value::from(text), scale) {
        return Ok(Some(expected));
    }
    if text.trim().is_empty() || (meant.is_none() && is_missing(text, scale)) {
        return Ok(None);
    }
    let how = meant.map(|meant| format!(", which `label_values` makes \"{meant}\","));
    Err(off(Some(word), &how.unwrap_or_default()))
}

/// Whether a value says by a word, and not by standing empty, that there is no label.
pub(super) fn is_missing_word(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

/// What `label_values` says of a word, whatever spaces stand around it, and however a program writes a boolean or
/// a whole number.
fn meant<'a>(word: &str, values: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let trimmed = word.trim();
    let lower = trimmed.to_lowercase();
    let boolean = ["true", "false"].contains(&lower.as_str()).then_some(lower.as_str());
    let spellings = [Some(word), Some(trimmed), boolean, crate::signature::whole_number(trimmed)];
    spellings.into_iter().flatten().find_map(|spelling| values.get(spelling)).map(String::as_str)
}

/// Whether a word says that there is no value, and is not a label in other letters.
fn is_missing(text: &str, scale: &Scale) -> bool {
    let lower = text.trim().to_lowercase();
    let known = scale.labels().iter().any(|label| label.name.to_lowercase() == lower);
    !known && MISSING.contains(&lower.as_str())
}

/// What is wrong with a label that is not on a scale.
fn off_scale(scale: &Scale) -> String {
    match scale.bounds() {
        Some((min, max)) => format!("is not on the scale from {min} to {max}"),
        None => format!("is none of {}", names(scale).join(", ")),
    }
}

fn names(scale: &Scale) -> Vec<&str> {
    scale.labels().iter().map(|label| label.name.as_str()).collect()
}

/// The different labels of a dataset that are not on a scale, and what to do about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OffScaleLabels {
    words: Vec<String>,
    more: bool,
}

/// The most labels that are listed.
const MOST: usize = 20;

impl OffScaleLabels {
    /// Takes one more.
    pub(crate) fn add(&mut self, label: OffScale) {
        let Some(word) = label.word.map(|word| word.trim().to_owned()) else {
            return;
        };
        if self.words.contains(&word) {
            return;
        }
        if self.words.len() < MOST { self.words.push(word) } else { self.more = true }
    }

    /// What to do: with the line that says what each of them means, to be pasted where `values` stands.
    #[must_use]
    pub(crate) fn help(&self, values: &BTreeMap<String, String>, scale: &Scale) -> String {
        if self.words.is_empty() {
            return "a label is a text, a number or a boolean".to_owned();
        }
        let mut all = values.clone();
        for word in &self.words {
            all.insert(word.clone(), guess(word, scale).unwrap_or("?").to_owned());
        }
        let pairs: Vec<String> =
            all.iter().map(|(word, name)| format!("{} = {}", toml(word), toml(name))).collect();
        let mut help = String::new();
        if let Some((low, high)) = self.range()
            && scale.bounds().is_some()
        {
            help =
                format!("these labels go from {low} to {high}: change `min` and `max` in the signature, or ");
        }
        help += &format!(
            "say in evenhand.toml what each of them means:\nlabel_values = {{ {} }}",
            pairs.join(", ")
        );
        if self.more {
            help += &format!("\nand so on: there are more than {MOST} of them");
        }
        if all.values().any(|name| name == "?") {
            let allowed = match scale.bounds() {
                Some((min, max)) => format!("a number from {min} to {max}"),
                None => format!("one of {}", names(scale).join(", ")),
            };
            help += &format!("\nreplace each \"?\" by {allowed}, or by \"\" for no label");
        }
        help
    }

    /// The lowest and the highest, where all of them are numbers.
    fn range(&self) -> Option<(f64, f64)> {
        let numbers: Option<Vec<f64>> = self.words.iter().map(|word| word.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite()))?;
        let low = numbers.iter().copied().reduce(f64::min)?;
        Some((low, numbers.iter().copied().reduce(f64::max)?))
    }
}

impl From<OffScale> for OffScaleLabels {
    fn from(label: OffScale) -> Self {
        let mut labels = Self::default();
        labels.add(label);
        labels
    }
}

const GOOD: [&str; 17] = [
    "yes",
    "y",
    "true",
    "t",
    "1",
    "pass",
    "passed",
    "ok",
    "good",
    "correct",
    "right",
    "success",
    "positive",
    "ja",
    "wahr",
    "vrai",
    "verdadero",
];
const BAD: [&str; 17] = [
    "no",
    "n",
    "false",
    "f",
    "0",
    "fail",
    "failed",
    "notok",
    "bad",
    "incorrect",
    "wrong",
    "failure",
    "negative",
    "nein",
    "falsch",
    "faux",
    "falso",
];

/// The label that a word most likely means: the same letters, or the one label that says yes or no as it does.
fn guess<'a>(word: &str, scale: &'a Scale) -> Option<&'a str> {
    let word = letters(crate::signature::whole_number(word).unwrap_or(word));
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut fitting = names(scale).into_iter().filter(|name| fits(&letters(name)));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    only(&|name| name == word).or_else(|| {
        let side = [GOOD, BAD].into_iter().find(|side| side.contains(&word.as_str()))?;
        only(&|name| side.contains(&name))
    })
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A text as a TOML string: what JSON escapes, TOML does too.
fn toml(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Label, ScaleKind};
    use serde_json::json;

    fn labels(names: &[&str]) -> Scale {
        let labels = names.iter().map(|name| Label { name: (*name).into(), value: None }).collect();
        Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels) }
    }

    fn numbers(min: f64, max: f64) -> Scale {
        Scale { field: "score".into(), kind: ScaleKind::Numeric { min, max, whole: true } }
    }

    fn read(value: &Value, scale: &Scale) -> Result<Option<String>, String> {
        let read = read_label(Some(value), "label", &BTreeMap::new(), scale);
        read.map(|expected| expected.map(|expected| expected.label)).map_err(|off| off.problem)
    }

    #[test]
    fn a_label_is_read_as_programs_write_it() {
        let boolean = labels(&["true", "false"]);
        for value in ["True", "TRUE", "true", " true ", "1", "1.0"] {
            assert_eq!(read(&json!(value), &boolean), Ok(Some("true".into())), "{value}");
        }
        for value in [json!("False"), json!(false), json!(0), json!(0.0), json!("0"), json!("0.0")] {
            assert_eq!(read(&value, &boolean), Ok(Some("false".into())), "{value}");
        }
        for value in [json!("4.0"), json!(" 4 "), json!(4), json!(4.0), json!("4")] {
            assert_eq!(read(&value, &numbers(1.0, 5.0)), Ok(Some("4".into())), "{value}");
            assert_eq!(read(&value, &labels(&["3", "4"])), Ok(Some("4".into())), "{value}");
        }
        assert_eq!(read(&json!(" yes"), &labels(&["yes", "no"])), Ok(Some("yes".into())));
        assert_eq!(read(&json!("-0.0"), &numbers(0.0, 1.0)), Ok(Some("0".into())));
    }

    #[test]
    fn other_words_are_not_guessed() {
        for value in [json!("Yes"), json!("1"), json!(true), json!("2"), json!(["yes"]), json!("unsure")] {
            assert!(read(&value, &labels(&["yes", "no"])).is_err(), "{value}");
        }
        for value in [json!("yes"), json!("2"), json!("1.5"), json!("t")] {
            assert!(read(&value, &labels(&["true", "false"])).is_err(), "{value}");
        }
        for value in [json!("6"), json!("1,000"), json!("4,5"), json!(true), json!("inf"), json!("four")] {
            assert!(read(&value, &numbers(1.0, 5.0)).is_err(), "{value}");
        }
        let told = read(&json!("Yes"), &labels(&["yes", "no"]));
        assert_eq!(told, Err("label \"Yes\" in field \"label\" is none of yes, no".into()));
    }

    #[test]
    fn what_says_that_there_is_none_is_no_label() {
        let scales = [labels(&["yes", "no"]), labels(&["true", "false"]), numbers(1.0, 5.0)];
        let none = ["", "  ", "NaN", "nan", "None", "null", "NULL", "<NA>", "N/A", "NA", "#N/A", " NaN "];
        for scale in &scales {
            assert_eq!(read(&Value::Null, scale), Ok(None));
            for word in none {
                assert_eq!(read(&json!(word), scale), Ok(None), "{word:?}");
            }
        }
    }

    #[test]
    fn such_a_word_on_the_scale_is_a_label_and_in_other_letters_a_fault() {
        let scale = labels(&["low", "none", "n/a"]);
        assert_eq!(read(&json!("none"), &scale), Ok(Some("none".into())));
        assert!(read(&json!("None"), &scale).is_err() && read(&json!("N/A"), &scale).is_err());
        assert_eq!(read(&json!("NaN"), &scale), Ok(None));
    }

    #[test]
    fn label_values_are_found_however_a_program_writes_them() {
        let values: BTreeMap<String, String> =
            [("true", "good"), ("2", "bad"), ("maybe", ""), ("NaN", "bad"), ("Odd", "odd")]
                .map(|(from, to)| (from.into(), to.into()))
                .into();
        let scale = labels(&["good", "bad"]);
        let read = |value: Value| read_label(Some(&value), "label", &values, &scale);
        for (value, label) in
            [("True", "good"), (" true", "good"), ("2.0", "bad"), ("2", "bad"), ("NaN", "bad")]
        {
            assert_eq!(read(json!(value)).unwrap().unwrap().label, label);
        }
        assert_eq!(read(json!(true)).unwrap().unwrap().label, "good");
        assert_eq!(read(json!("maybe")), Ok(None));
        let off = read(json!("Odd")).unwrap_err().problem;
        assert_eq!(
            off,
            "label \"Odd\" in field \"label\", which `label_values` makes \"odd\", is none of good, bad"
        );
    }

    fn help(words: &[&str], values: &[(&str, &str)], scale: &Scale) -> String {
        let values: BTreeMap<String, String> =
            values.iter().map(|(from, to)| ((*from).into(), (*to).into())).collect();
        let mut off = OffScaleLabels::default();
        for word in words {
            off.add(read_label(Some(&json!(word)), "label", &values, scale).unwrap_err());
        }
        off.help(&values, scale)
    }

    #[test]
    fn the_line_to_paste_is_whole_and_is_toml() {
        let scale = labels(&["pass", "fail", "not_clear"]);
        let told = help(&["Yes", "no", "Not clear", "Yes", "it \"fits\""], &[("ok", "pass")], &scale);
        let line = told.lines().nth(1).unwrap();
        let read: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(line).unwrap();
        let expected = [
            ("Yes", "pass"),
            ("no", "fail"),
            ("Not clear", "not_clear"),
            ("it \"fits\"", "?"),
            ("ok", "pass"),
        ];
        let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(read["label_values"], expected.into());
        assert!(
            told.ends_with("replace each \"?\" by one of pass, fail, not_clear, or by \"\" for no label"),
            "{told}"
        );
        let known = help(&["Yes", "No"], &[], &labels(&["yes", "no"]));
        assert_eq!(
            known,
            "say in evenhand.toml what each of them means:\nlabel_values = { \"No\" = \"no\", \"Yes\" = \"yes\" }"
        );
    }

    #[test]
    fn numbers_off_a_scale_and_many_labels_are_told_shortly() {
        let told = help(&["80", "95", "7"], &[], &numbers(1.0, 5.0));
        assert!(
            told.starts_with("these labels go from 7 to 95: change `min` and `max` in the signature, or say"),
            "{told}"
        );
        assert!(told.contains("replace each \"?\" by a number from 1 to 5"), "{told}");
        let many: Vec<String> = (0..30).map(|number| format!("w{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let told = help(&many, &[], &labels(&["yes", "no"]));
        assert!(told.contains("more than 20 of them") && !told.contains("w20"), "{told}");
    }

    #[test]
    fn a_guess_is_made_only_where_one_label_fits() {
        let yes_no = labels(&["yes", "no"]);
        let guesses = ["NO", "Pass", "1.0", "false", "WAHR", "unsure"].map(|word| guess(word, &yes_no));
        assert_eq!(guesses, [Some("no"), Some("yes"), Some("yes"), Some("no"), Some("yes"), None]);
        assert_eq!(guess("yes", &labels(&["good", "correct", "bad"])), None);
    }
}
