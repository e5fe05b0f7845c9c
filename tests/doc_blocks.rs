//! The TOML that the README and the book show fits the schemas of evenhand.toml and of signature files. What is shown
//! whole is read by the program's own readers too, which know more than a schema. Rust that is shown is compiled.
//!
//! A block that is a part of a table says so in the comment before it: `<!-- in [suites.mine.checks] -->`. What is of
//! another file, or shows alternatives, says why it is not checked: `<!-- not checked: ... -->`.

use evenhand::{Spec, suite};
use serde_json::{Value, json};

use crate::doc_commands::{blocks, pages};
use crate::support::project::Project;

/// A published schema, which does not ask for what a fragment may leave out.
fn schema(name: &str, fragments: &[&str]) -> jsonschema::Validator {
    let mut schema = published(name);
    for pointer in fragments {
        let table = schema.pointer_mut(pointer).expect("the schema has this table");
        table.as_object_mut().unwrap().remove("required");
    }
    jsonschema::validator_for(&schema).unwrap()
}

/// The published schema, as it is.
fn published(name: &str) -> Value {
    let path = format!("{}/docs/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
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
    let of_signature = published("signature")["properties"].as_object().unwrap().clone();
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
            let is_signature = table.as_object().unwrap().keys().all(|key| of_signature.contains_key(key));
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

#[test]
fn whole_toml_files_are_read_by_the_program() {
    // A file is whole where the schema as it is misses nothing.
    let [config, signature] =
        ["config", "signature"].map(|name| jsonschema::validator_for(&published(name)).unwrap());
    let (mut signatures, mut configurations, mut faults) = (0, 0, Vec::new());
    for (page, text) in pages() {
        for block in blocks(&text).into_iter().filter(|block| block.language == "toml") {
            let place = format!("{page}:{}", block.line);
            let text = block.lines.join("\n");
            let Ok(table) = text.parse::<toml::Table>() else { continue };
            let table = serde_json::to_value(table).unwrap();
            let is_part = block.comment.starts_with("not checked: ") || block.comment.starts_with("in [");
            let read = match (is_part, signature.is_valid(&table), config.is_valid(&table)) {
                (false, true, _) => {
                    signatures += 1;
                    Spec::parse(&text, &place).map(|_| ())
                }
                (false, false, true) => {
                    configurations += 1;
                    opened(&text)
                }
                _ => Ok(()),
            };
            faults.extend(read.err().map(|error| format!("{place}: {error:#}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(
        signatures >= 5 && configurations >= 20,
        "{signatures} signatures, {configurations} configurations"
    );
}

/// Whether a text can be a project's evenhand.toml.
fn opened(text: &str) -> evenhand::Result<()> {
    let project = Project::empty();
    project.write("evenhand.toml", text);
    suite::Project::open(project.path("evenhand.toml"), suite::Environment::process()).map(|_| ())
}

/// Rust that rustdoc does not compile is a part of a file that is compiled: `<!-- from: examples/x.rs -->`.
#[test]
fn rust_that_no_doctest_compiles_stands_in_a_file_that_is_compiled() {
    let lib = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs")).unwrap();
    let (mut compiled, mut taken) = (0, 0);
    for (page, text) in pages() {
        for block in blocks(&text).into_iter().filter(|block| block.language.starts_with("rust")) {
            let place = format!("{page}:{}", block.line);
            let Some(file) = block.comment.strip_prefix("from: ") else {
                assert!(["rust", "rust,no_run"].contains(&block.language), "{place}: {}", block.language);
                assert!(
                    lib.contains(&format!("include_str!(\"../{page}\")")),
                    "{place}: no doctest has this page"
                );
                compiled += 1;
                continue;
            };
            let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
            let source =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{place}: {path}: {error}"));
            assert!(source.contains(&block.lines.join("\n")), "{place}: these lines do not stand in {file}");
            taken += 1;
        }
    }
    assert!(compiled >= 6 && taken >= 2, "{compiled} blocks are compiled, {taken} are taken from files");
}
