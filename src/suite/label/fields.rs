//! People's labels as fields of the records, where a suite takes its labels from people.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::standing::Standing;
use crate::error::Result;
use crate::number::real;
use crate::suite::config::Config;
use crate::suite::judges::Suite;

/// The field with everybody's labels of a record.
const EVERYBODY: &str = "labels";

/// By record, the label that counts in the suite's field `label`, and all people's in `labels`. A record on which
/// people do not agree, or that nobody has labelled, has no label, whatever its own field says. Labels of another rubric
/// or of another text are left out.
pub(in crate::suite) fn fields(
    suite: &Suite,
    config: &Config,
) -> Result<HashMap<String, Map<String, Value>>> {
    let field = suite.file.label.as_deref().unwrap_or("label");
    let standing = Standing::read(suite, config, None)?;
    let mut fields = HashMap::new();
    for item in &standing.items {
        let said: Vec<&str> =
            standing.said(&item.id).into_iter().filter_map(|(_, line)| line.label.as_deref()).collect();
        let settled = standing.settled(&item.id);
        let mut own = Map::new();
        own.insert(EVERYBODY.to_owned(), json!(said));
        own.insert(field.to_owned(), settled.map_or(Value::Null, |expected| Value::from(expected.label)));
        fields.insert(item.id.clone(), own);
    }
    Ok(fields)
}

/// By record, how many records of the plan its label stands for: the size of the part that it was drawn from, by the
/// labels that the part has so far. Empty where no plan drew the records, or where the labels are taken from another
/// field.
pub(in crate::suite) fn weights(
    suite: &Suite,
    config: &Config,
    wished: &[String],
) -> Result<BTreeMap<String, f64>> {
    let own = suite.file.label.as_deref().unwrap_or("label");
    if suite.file.labels.is_none() || wished.iter().any(|field| field != own) {
        return Ok(BTreeMap::new());
    }
    let standing = Standing::read(suite, config, None)?;
    let labelled = standing.items.iter().filter(|item| standing.settled(&item.id).is_some());
    let drawn: Vec<(&str, &str)> =
        labelled.filter_map(|item| Some((item.id.as_str(), standing.part_of(&item.id)?))).collect();
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, part) in &drawn {
        *counts.entry(part).or_default() += 1;
    }
    let weight = |part: &str| Some(real(standing.part_size(part)?) / real(*counts.get(part)?));
    Ok(drawn.iter().filter_map(|(id, part)| Some(((*id).to_owned(), weight(part)?))).collect())
}
