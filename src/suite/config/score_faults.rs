//! What is wrong with a `[scores.NAME]`, beyond what its schema tells.

use regex::Regex;

use super::scores::{PairFile, PeopleFile, RangeFile, ReadFile, ScoreFile};
use crate::document::{Places, closest};
use crate::error::Diagnostic;
use crate::imported::LabelRule;

/// Every fault of one table.
pub(crate) fn faults(name: &str, file: &ScoreFile, places: &Places) -> Vec<Diagnostic> {
    let at = At { pointer: format!("/scores/{}", name.replace('~', "~0").replace('/', "~1")), places };
    let mut faults = scale_faults(file, &at);
    faults.extend(file.pair.iter().flat_map(|pair| pair_faults(pair, file, &at)));
    faults.extend(file.people.iter().flat_map(|people| people_faults(people, file, &at)));
    faults.extend(ranking_fault(file, &at));
    match &file.read {
        Some(read) => faults.extend(read_faults(read, file, &at)),
        None if file.people.is_none() => {
            faults.push(at.key("", "there is nothing to read: no [read] and no [people]"));
        }
        None => {}
    }
    faults
}

/// A ranking needs one grade for each record, and a score that ranks it.
fn ranking_fault(file: &ScoreFile, at: &At<'_>) -> Option<Diagnostic> {
    file.ranking.as_ref()?;
    let rule = file.people.as_ref().map(|people| people.rule);
    let problem = if file.label.is_none() && rule.is_none_or(|rule| rule == LabelRule::Unused) {
        "a ranking is held against labels, and this table names none"
    } else if file.label.is_none() && rule == Some(LabelRule::Each) {
        "a ranking needs one label for each record, and `rule = \"each\"` gives it several"
    } else if file.pair.is_some() {
        "a ranking is by scores of single records, and this table is of pairs"
    } else if file.read.is_none() {
        "a ranking is by a judge's scores, and there is no [read]"
    } else {
        return None;
    };
    let mut fault = at.key("/ranking", problem);
    fault.help =
        Some("set `label` to the field that holds the grade".into()).filter(|_| file.label.is_none());
    Some(fault)
}

struct At<'a> {
    pointer: String,
    places: &'a Places,
}

impl At<'_> {
    fn key(&self, below: &str, message: impl Into<String>) -> Diagnostic {
        self.places.at_key(&format!("{}{below}", self.pointer), message)
    }

    fn value(&self, below: &str, message: impl Into<String>) -> Diagnostic {
        self.places.at_value(&format!("{}{below}", self.pointer), message)
    }

    /// A name that is not among the verdicts.
    fn unknown(&self, below: &str, name: &str, verdicts: &[&str]) -> Diagnostic {
        let mut fault = self.value(below, format!("\"{name}\" is no verdict of this file"));
        fault.help = Some(match closest(name, verdicts.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("verdicts: {}", verdicts.join(", ")),
        });
        fault
    }
}

/// The named verdicts of a file; none where they are numbers, or a signature's.
fn verdicts(file: &ScoreFile) -> Vec<&str> {
    match &file.pair {
        Some(pair) => [&pair.first, &pair.second].into_iter().chain(&pair.tie).map(String::as_str).collect(),
        None => file.labels.iter().map(String::as_str).collect(),
    }
}

fn scale_faults(file: &ScoreFile, at: &At<'_>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let by_signature = file.read.as_ref().is_some_and(|read| read.signature.is_some());
    let ways = [!file.labels.is_empty(), file.scale.is_some(), file.pair.is_some()];
    match ways.iter().filter(|way| **way).count() {
        0 if !by_signature => {
            let message = "say what verdicts there are: `labels`, `scale` or [pair]";
            faults.push(at.key("", message));
        }
        0 | 1 => {}
        _ => faults
            .push(at.key("", "only one of `labels`, `scale` and [pair] can say what verdicts there are")),
    }
    for (name, value) in &file.worth {
        let below = format!("/worth/{name}");
        if !file.labels.contains(name) {
            faults.push(at.unknown(&below, name, &verdicts(file)));
        } else if !(0.0..=1.0).contains(value) {
            faults.push(at.value(&below, format!("{value} is not from 0 to 1")));
        }
    }
    faults.extend(range_fault(file.scale, "/scale", at));
    faults
}

fn range_fault(range: Option<RangeFile>, below: &str, at: &At<'_>) -> Option<Diagnostic> {
    let range = range?;
    let rises = range.min < range.max;
    (!rises).then(|| at.key(below, format!("min {} is not below max {}", range.min, range.max)))
}

fn pair_faults(pair: &PairFile, file: &ScoreFile, at: &At<'_>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let names = verdicts(file);
    if names.iter().enumerate().any(|(place, name)| names.iter().take(place).any(|other| other == name)) {
        faults.push(at.key("/pair", "`first`, `second` and `tie` must be different verdicts"));
    }
    let unique = pair.orders.first() != pair.orders.get(1) || pair.orders.len() < 2;
    if pair.orders.len() > 2 || !unique {
        faults.push(at.value("/pair/orders", "there are two orders at most, with different names"));
    }
    if pair.order.is_some() && pair.orders.is_empty() {
        faults.push(
            at.value("/pair/order", "say in `orders` what that field says: the pair's own order first"),
        );
    }
    faults
}

fn people_faults(people: &PeopleFile, file: &ScoreFile, at: &At<'_>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    if people.fields.is_empty() {
        faults.push(at.key("/people", "`fields` names no field"));
    }
    if people.rule == LabelRule::Mean && file.scale.is_none() {
        faults.push(at.value("/people/rule", "a mean needs a numeric `scale`"));
    }
    if let Some(tied) = people.tied.as_deref().filter(|_| file.scale.is_none()) {
        let known = verdicts(file);
        if !known.contains(&tied) {
            faults.push(at.unknown("/people/tied", tied, &known));
        }
    }
    faults
}

fn read_faults(read: &ReadFile, file: &ScoreFile, at: &At<'_>) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let ways = [
        read.text.is_some(),
        read.value.is_some(),
        read.distribution.is_some(),
        !read.compare.is_empty(),
        !read.difference.is_empty(),
    ];
    if ways.iter().filter(|way| **way).count() != 1 {
        let message = "say where the verdict stands by one of `text`, `value`, `distribution`, `compare` and `difference`";
        faults.push(at.key("/read", message));
    }
    if read.text.is_some() && (read.patterns.is_empty() == read.signature.is_none()) {
        faults.push(
            at.value("/read/text", "a text is read by `patterns` or by a `signature`: say one of them"),
        );
    }
    for (list, name) in [(&read.compare, "compare"), (&read.difference, "difference")] {
        if !list.is_empty() && list.len() != 2 {
            faults.push(at.value(&format!("/read/{name}"), format!("`{name}` takes two fields")));
        }
    }
    if !read.compare.is_empty() && file.pair.is_none() {
        faults.push(
            at.value("/read/compare", "two scores are a verdict on a pair: say in [pair] what it is called"),
        );
    }
    let numeric = file.scale.is_some();
    if !numeric && (!read.difference.is_empty() || read.range.is_some() || read.range_observed) {
        faults.push(at.key("/read", "numbers need a numeric `scale`"));
    }
    faults.extend(range_fault(read.range, "/read/range", at));
    faults.extend(pattern_faults(read, file, at));
    faults.extend(order_fault(read, file, at));
    faults
}

fn pattern_faults(read: &ReadFile, file: &ScoreFile, at: &At<'_>) -> Vec<Diagnostic> {
    let known = verdicts(file);
    let named = !known.is_empty();
    let mut faults = Vec::new();
    for (index, pattern) in read.patterns.iter().enumerate() {
        let below = format!("/read/patterns/{index}");
        if let Err(error) = Regex::new(&pattern.regex) {
            let why = error.to_string();
            let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let mut fault =
                at.value(&format!("{below}/regex"), format!("the pattern does not compile: {why}"));
            fault.help = Some("write it in single quotes, where a backslash needs no second one".into());
            faults.push(fault);
        }
        if let Some(label) = pattern.label.as_deref().filter(|label| named && !known.contains(label)) {
            faults.push(at.unknown(&format!("{below}/label"), label, &known));
        }
    }
    for (said, label) in &read.values {
        if named && !known.contains(&label.as_str()) {
            let key = said.replace('~', "~0").replace('/', "~1");
            faults.push(at.unknown(&format!("/read/values/{key}"), label, &known));
        }
    }
    faults
}

/// Where one line holds both orders, some path must tell them apart.
fn order_fault(read: &ReadFile, file: &ScoreFile, at: &At<'_>) -> Option<Diagnostic> {
    let pair = file.pair.as_ref()?;
    let field = [("text", &read.text), ("value", &read.value), ("distribution", &read.distribution)];
    let (name, path) = field.into_iter().find_map(|(name, path)| Some((name, path.as_ref()?)))?;
    let one_line = pair.orders.len() == 2 && pair.order.is_none();
    if one_line && !path.contains("{order}") {
        let mut fault =
            at.value(&format!("/read/{name}"), "the pair has two orders, and this path is the same for both");
        fault.help = Some(
            "name the order in it, as in \"{order}.raw\"; or say in [pair] `order` which field of a line tells it".into(),
        );
        return Some(fault);
    }
    let mut fault =
        at.value(&format!("/read/{name}"), "this path names an {order}, and the pair has no orders");
    fault.help = Some("list them in [pair]: orders = [\"order_ab\", \"order_ba\"]".into());
    (pair.orders.is_empty() && path.contains("{order}")).then_some(fault)
}
