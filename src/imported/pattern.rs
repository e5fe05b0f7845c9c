//! Words in a line: fields read as text, and verdicts found in a text by regular expressions.

use regex::Regex;
use serde_json::Value;

use crate::data::Record;

/// A field that must hold text, a number or a boolean, as text.
pub(super) fn word(record: &Record, field: &str) -> Result<String, String> {
    match record.get(field) {
        None => Err(missing(record, field)),
        Some(value) => as_word(value).ok_or_else(|| format!("field \"{field}\" is not text or a number")),
    }
}

/// A value as the text of a label or a name; `None` for null, lists and objects.
pub(super) fn as_word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The most names that a message lists.
const MOST_NAMES: usize = 12;

/// A field that a line does not have, beside those that it has at that place.
pub(super) fn missing(record: &Record, field: &str) -> String {
    let mut place = "the line".to_owned();
    let mut names: Vec<&str> = record.fields.keys().map(String::as_str).collect();
    let mut above = field;
    while let Some((parent, _)) = above.rsplit_once('.') {
        if let Some(members) = record.get(parent).and_then(Value::as_object) {
            place = format!("\"{parent}\"");
            names = members.keys().map(String::as_str).collect();
            break;
        }
        above = parent;
    }
    let more = if names.len() > MOST_NAMES { ", ..." } else { "" };
    names.truncate(MOST_NAMES);
    format!("field \"{field}\" is missing; {place} has {}{more}", names.join(", "))
}

/// One way to say a verdict.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// What is looked for.
    pub regex: Regex,
    /// The verdict it means; `None` where the first group, or the whole match, says the verdict itself.
    pub label: Option<String>,
}

/// The patterns of a file, and which match counts.
#[derive(Clone, Debug)]
pub(crate) struct Patterns {
    /// The patterns, in the order in which they are tried.
    pub list: Vec<Pattern>,
    /// Which match counts.
    pub take: Take,
    /// What a text with several different verdicts is worth.
    pub several: Several,
}

/// Which match counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Take {
    /// The first match of the first listed pattern that matches at all.
    #[default]
    Listed,
    /// The match that begins first in the text, whatever its pattern.
    First,
    /// The match that begins last in the text, whatever its pattern.
    Last,
}

/// What a text with several different verdicts is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Several {
    /// One of them is taken, as `take` says, and the text is counted.
    #[default]
    Count,
    /// It is unscored, and counted.
    Unscored,
}

/// What the patterns found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PatternMatch {
    /// The verdict that counts.
    pub(super) label: Option<String>,
    /// The different verdicts in the text, in the order in which they are listed.
    pub(super) labels: Vec<String>,
}

struct Match {
    listed: usize,
    start: usize,
    label: String,
}

impl Patterns {
    /// Looks for verdicts; `rename` gives what is said its label.
    pub(super) fn find(&self, text: &str, rename: impl Fn(&str) -> String) -> PatternMatch {
        let mut matches: Vec<Match> = Vec::new();
        for (listed, pattern) in self.list.iter().enumerate() {
            for captures in pattern.regex.captures_iter(text) {
                let Some(said) = captures.get(1).or_else(|| captures.get(0)) else { continue };
                let start = captures.get(0).map_or(0, |whole| whole.start());
                let label = match &pattern.label {
                    Some(label) => label.clone(),
                    None => rename(said.as_str()),
                };
                matches.push(Match { listed, start, label });
            }
        }
        let mut labels: Vec<String> = Vec::new();
        for found in &matches {
            if !labels.contains(&found.label) {
                labels.push(found.label.clone());
            }
        }
        PatternMatch { label: self.chosen(matches), labels }
    }

    fn chosen(&self, matches: Vec<Match>) -> Option<String> {
        let chosen = match self.take {
            Take::Listed => matches.into_iter().min_by_key(|found| (found.listed, found.start)),
            Take::First => matches.into_iter().min_by_key(|found| (found.start, found.listed)),
            // Of two that begin at the same place the one listed first counts.
            Take::Last => {
                matches.into_iter().max_by_key(|found| (found.start, std::cmp::Reverse(found.listed)))
            }
        };
        chosen.map(|found| found.label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(list: &[(Option<&str>, &str)], take: Take) -> Patterns {
        let pattern = |(label, regex): &(Option<&str>, &str)| Pattern {
            regex: Regex::new(regex).unwrap(),
            label: label.map(str::to_owned),
        };
        Patterns { list: list.iter().map(pattern).collect(), take, several: Several::Count }
    }

    #[test]
    fn the_order_of_the_list_or_of_the_text_decides() {
        let list = [(Some("1"), r"Output \(a\)"), (Some("2"), r"Output \(b\)")];
        let text = "Output (b) is short. Output (a) is long. So: Output (b)";
        let chosen = |take| patterns(&list, take).find(text, str::to_owned).label.unwrap();
        assert_eq!([Take::Listed, Take::First, Take::Last].map(chosen), ["1", "2", "2"]);
        let found = patterns(&list, Take::Listed).find("Output (c)", str::to_owned);
        assert_eq!(found, PatternMatch::default());
    }

    #[test]
    fn the_same_verdict_twice_is_one_verdict() {
        let list = [(None, r"\[\[([AB<>=]+)\]\]")];
        let rename = |said: &str| said.replace(">>", ">");
        let found = patterns(&list, Take::Last).find("[[A>>B]], in short [[A>B]]", rename);
        assert_eq!(found.labels, ["A>B"]);
        let found = patterns(&list, Take::Last).find("[[A>B]] or [[B>A]]", rename);
        assert_eq!((found.label.as_deref(), found.labels.len()), (Some("B>A"), 2));
    }
}
