//! How far the labelling is, in words: who is done, how far people agree, and what the labels say of all records.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::standing::Standing;
use crate::imported::People;
use crate::number::real;
use crate::report::count_of;
use crate::summary::{Alpha, PeopleAgreement};

/// The normal quantile of a 95 % interval.
const Z: f64 = 1.959_964;

/// With fewer records than these κ says nothing.
const LEAST_FOR_KAPPA: u64 = 5;

/// The same as text and as JSON.
pub(crate) struct StatusText {
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// A label's share among all records.
struct Share {
    label: String,
    of_all: f64,
    half_width: f64,
}

/// How far the labelling is.
pub(crate) fn status(standing: &Standing) -> StatusText {
    let mut names: Vec<&String> = standing.people.keys().collect();
    let planned = standing.plan.iter().flat_map(|plan| &plan.people);
    names.extend(planned.filter(|name| !standing.people.contains_key(*name)));
    let mut text = format!("{}: rubric {}\n", standing.suite, standing.rubric.version);
    let mut people = Vec::new();
    for name in names {
        let (line, json) = person(standing, name);
        text += &line;
        people.push(json);
    }
    if people.is_empty() {
        text += &format!("  nobody has labelled yet: evenhand label {} --as NAME\n", standing.suite);
    }
    let agreement = agreement(standing);
    text += &agreement.as_ref().map_or_else(String::new, agreement_text);
    let disputed = standing.disputed().count();
    let decided = standing.items.iter().filter(|item| standing.decided(&item.id).is_some()).count();
    if disputed + decided > 0 {
        text += &format!("people disagree on {}; {decided} more are decided\n", records(disputed));
    }
    if disputed > 0 {
        text += &format!("  decide together: evenhand label {} --adjudicate --as NAME\n", standing.suite);
    }
    let settled = standing.items.iter().filter(|item| standing.settled(&item.id).is_some()).count();
    text += &format!("{settled} of {} records have a label that counts\n", standing.items.len());
    let shares = shares(standing);
    for Share { label, of_all, half_width } in &shares {
        text += &format!("  {label}: {of_all:.3} of all records, ± {half_width:.3} at 95 %\n");
    }
    if standing.left_out > 0 {
        text += &format!("left out, for lack of an input or an output: {}\n", standing.left_out);
    }
    let shares: Vec<Value> = shares
        .iter()
        .map(|one| json!({"label": one.label, "share": one.of_all, "half_width": one.half_width}))
        .collect();
    let json = json!({
        "suite": standing.suite, "rubric": standing.rubric.version, "people": people, "agreement": agreement,
        "disputed": disputed, "decided": decided, "settled": settled, "records": standing.items.len(),
        "left_out": standing.left_out, "shares": shares,
    });
    StatusText { text, json }
}

fn records(number: usize) -> String {
    count_of(number as u64, "record")
}

fn person(standing: &Standing, name: &str) -> (String, Value) {
    let progress = standing.progress(name);
    let mut line = format!("  {name}: {} of {}", progress.done, progress.asked);
    if progress.done == progress.asked && progress.asked > 0 {
        line += ", done";
    }
    let further = [
        (progress.cannot_tell, "cannot tell"),
        (progress.other_rubric, "by another rubric, asked for again first"),
        (progress.other_record, "of a record that changed, asked for again first"),
        (progress.gone, "of records that are gone"),
    ];
    for (number, what) in further.iter().filter(|(number, _)| *number > 0) {
        line += &format!("; {number} {what}");
    }
    let json = json!({
        "name": name, "asked": progress.asked, "done": progress.done, "given": progress.given,
        "cannot_tell": progress.cannot_tell, "other_rubric": progress.other_rubric,
        "other_record": progress.other_record, "gone": progress.gone,
    });
    (line + "\n", json)
}

/// People compared with each other on the records that several labelled.
fn agreement(standing: &Standing) -> Option<PeopleAgreement> {
    let names: Vec<String> = standing.people.keys().cloned().collect();
    let mut items = Vec::new();
    for item in &standing.items {
        let said: BTreeMap<&str, &str> = standing
            .said(&item.id)
            .into_iter()
            .filter_map(|(name, line)| Some((name, line.label.as_deref()?)))
            .collect();
        items.push(
            names.iter().map(|name| said.get(name.as_str()).map(|label| (*label).to_owned())).collect(),
        );
    }
    let people =
        People { scale: standing.scale().clone(), names, items, tied: standing.disputed().count() as u64 };
    PeopleAgreement::of(&people, 0.0)
}

fn agreement_text(agreement: &PeopleAgreement) -> String {
    let number = usize::try_from(agreement.items).unwrap_or(usize::MAX);
    let mut text = format!("agreement on {} with several labels\n", records(number));
    let within = |interval: Option<(f64, f64)>| {
        interval.map_or_else(String::new, |(low, high)| format!(" ({low:.2} to {high:.2})"))
    };
    for Alpha { measurement, value, interval } in &agreement.alpha {
        let value = value.map_or_else(|| "cannot be computed yet".to_owned(), |value| format!("{value:.2}"));
        text += &format!("  α ({measurement}): {value}{}\n", within(interval.map(|own| (own.low, own.high))));
    }
    for pair in &agreement.pairwise {
        if pair.same.n == 0 {
            continue;
        }
        if pair.same.n < LEAST_FOR_KAPPA {
            text += &format!(
                "  {} and {}: the same label on {} of {}; κ from {LEAST_FOR_KAPPA} on\n",
                pair.first, pair.second, pair.same.count, pair.same.n
            );
            continue;
        }
        let kappa =
            pair.kappa.map_or_else(|| "cannot be computed yet".to_owned(), |kappa| format!("{kappa:.2}"));
        let interval = within(pair.kappa_interval.map(|own| (own.low, own.high)));
        text += &format!(
            "  {} and {}: the same label on {} of {}; κ {kappa}{interval}\n",
            pair.first, pair.second, pair.same.count, pair.same.n
        );
    }
    text
}

/// The share of each label among all records, by the plan's parts; none before every part has two labels that count.
fn shares(standing: &Standing) -> Vec<Share> {
    let Some(plan) = &standing.plan else { return Vec::new() };
    let mut labels: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for item in &standing.items {
        if let Some((part, settled)) = standing.part_of(&item.id).zip(standing.settled(&item.id)) {
            labels.entry(part).or_default().push(settled.label);
        }
    }
    let enough = plan
        .parts
        .iter()
        .all(|(part, size)| labels.get(part.as_str()).is_some_and(|own| own.len() as u64 >= (*size).min(2)));
    if !enough || plan.parts.is_empty() {
        return Vec::new();
    }
    let all: f64 = plan.parts.values().map(|size| real(*size)).sum();
    let share = |label: &str| {
        let (mut share, mut variance) = (0.0, 0.0);
        for (part, size) in &plan.parts {
            let own = labels.get(part.as_str()).map(Vec::as_slice).unwrap_or_default();
            let number = real(own.len());
            let mean = real(own.iter().filter(|one| *one == label).count()) / number;
            let part = real(*size) / all;
            share += part * mean;
            if own.len() > 1 {
                variance += part * part * mean * (1.0 - mean) / (number - 1.0)
                    * (1.0 - number / real(*size)).max(0.0);
            }
        }
        Share { label: label.to_owned(), of_all: share, half_width: Z * variance.sqrt() }
    };
    standing.rubric.labels.iter().map(|label| share(&label.label)).collect()
}
