//! People's labels as fields of the records, where a suite takes its labels from people.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::standing::Standing;
use crate::error::Result;
use crate::suite::config::Config;
use crate::suite::judges::Suite;

/// The field with everybody's labels of a record.
const EVERYBODY: &str = "labels";

/// By record, the label that counts in the suite's field `label`, and all people's in `labels`. A record on which
/// people do not agree has no label. Labels of another rubric or of another text are left out.
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
        if settled.is_none() && said.is_empty() {
            continue;
        }
        let mut own = Map::new();
        own.insert(EVERYBODY.to_owned(), json!(said));
        own.insert(field.to_owned(), settled.map_or(Value::Null, |expected| Value::from(expected.label)));
        fields.insert(item.id.clone(), own);
    }
    Ok(fields)
}
