//! The TOML that the README and the book show fits the schemas of evenhand.toml and of signature files.
//!
//! A block that is a part of a table says so in the comment before it: `<!-- in [suites.mine.checks] -->`. What is of
//! another file, or shows alternatives, says why it is not checked: `<!-- not checked: ... -->`.

use serde_json::{Value, json};

use crate::doc_commands::{blocks, pages};

/// A published schema, which does not ask for what a fragment may leave out.
fn schema(name: &str, fragments: &[&str]) -> jsonschema::Validator {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let mut schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for pointer in fragments {
        let table = schema.pointer_mut(pointer).expect("the schema has this table");
        table.as_object_mut().unwrap().remove("required");
    }
    jsonschema::validator_for(&schema).unwrap()
}

/// A block's tables under the table that its comment names.
fn placed(table: Value, comment: &str) -> Value {
    let Some(path) = comment.strip_prefix("in [").and_then(|rest| rest.strip_suffix(']')) else {
        return table;
    };
    path.rsplit('.').fold(table, |inner, key| json!({key: inner}))
}

#[test]
fn toml_blocks_fit_the_schemas() {
    let config = schema("config", &["/$defs/SuiteFile", "/$defs/ModelFile"]);
    let signature = schema("signature", &[""]);
    let keys = |of: &str| -> Vec<String> {
        let path = format!("{}/docs/schema/{of}.json", env!("CARGO_MANIFEST_DIR"));
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let of_signature = keys("signature");
    let (mut checked, mut faults) = (0, Vec::new());
    for (page, text) in pages() {
        for block in blocks(&text) {
            if block.language != "toml" || block.comment.starts_with("not checked: ") {
                continue;
            }
            let place = format!("{page}:{}", block.line);
            let table = match block.lines.join("\n").parse::<toml::Table>() {
                Ok(table) => placed(serde_json::to_value(table).unwrap(), block.comment),
                Err(error) => {
                    faults.push(format!("{place}: {error}"));
                    continue;
                }
            };
            let is_signature = table.as_object().unwrap().keys().all(|key| of_signature.contains(key));
            let validator = if is_signature { &signature } else { &config };
            faults.extend(
                validator
                    .iter_errors(&table)
                    .map(|fault| format!("{place}: {}: {fault}", fault.instance_path())),
            );
            checked += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(checked > 50, "{checked} blocks");
}
