//! TOML text → validated value → the type it should become.

use std::fs;
use std::path::Path;

use jsonschema::error::ValidationErrorKind;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggest::{Tagged, if_there, of_its_type, tagged};
use super::{Places, closest};
use crate::error::{Diagnostic, Error, ErrorKind, Result};

/// A file that has been read into its type, with the places for later remarks.
#[derive(Debug)]
pub struct Document<T> {
    /// What the file says.
    pub content: T,
    /// Where it says it.
    pub places: Places,
}

impl<T: DeserializeOwned + JsonSchema> Document<T> {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, or does not fit the schema of `T`:
    /// then with every fault as a diagnostic.
    pub fn open(path: &Path, kind: ErrorKind) -> Result<Self> {
        let name = path.display().to_string();
        Self::parse(&read_text(path, kind)?, &name, kind)
    }

    /// Checks a text that came from `file`.
    ///
    /// # Errors
    /// As [`Document::open`], without the reading.
    pub fn parse(text: &str, file: &str, kind: ErrorKind) -> Result<Self> {
        let (value, places) = to_value(text, file, kind)?;
        let faults = faults(&value, &schema_of::<T>(), &places);
        if !faults.is_empty() {
            return Err(faulty(file, kind, faults));
        }
        let content = serde_json::from_value(value)
            .map_err(|source| Error::new(kind, format!("{file} cannot be used: {source}")))?;
        Ok(Self { content, places })
    }
}

/// Reads a text file, with an error that names it and says what to do.
///
/// # Errors
/// The file is missing, unreadable, or not UTF-8.
pub(crate) fn read_text(path: &Path, kind: ErrorKind) -> Result<String> {
    let bytes = fs::read(path)
        .map_err(|source| Error::new(kind, format!("cannot read {}: {source}", path.display())))?;
    String::from_utf8(bytes).map_err(|source| {
        let at = source.utf8_error().valid_up_to();
        Error::new(kind, format!("{} is not UTF-8 text (byte {at})", path.display()))
            .help("save the file as UTF-8")
    })
}

/// The error for a file with faults.
pub(crate) fn faulty(file: &str, kind: ErrorKind, faults: Vec<Diagnostic>) -> Error {
    let count = match faults.len() {
        1 => "1 fault".to_owned(),
        n => format!("{n} faults"),
    };
    Error::new(kind, format!("{file} has {count}")).with_diagnostics(faults)
}

/// The schema that a file of type `T` is compared with, everything inlined.
pub(crate) fn schema_of<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = false;
    let schema: Schema = SchemaGenerator::new(settings).into_root_schema_for::<T>();
    schema.to_value()
}

fn to_value(text: &str, file: &str, kind: ErrorKind) -> Result<(Value, Places)> {
    let mut places = Places::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let faults = errors
            .iter()
            .map(|error| places.at_range(error.span().unwrap_or(0..0), one_line(error.message())))
            .collect();
        return Err(faulty(file, kind, faults));
    }
    let value = from_table(table.get_ref(), "", &mut places);
    Ok((value, places))
}

fn one_line(message: &str) -> String {
    message.lines().collect::<Vec<_>>().join("; ")
}

fn from_table(table: &DeTable<'_>, pointer: &str, places: &mut Places) -> Value {
    let mut object = Map::new();
    for (key, value) in table {
        let child = format!("{pointer}/{}", escape(key.get_ref()));
        places.insert(&child, Some(key.span()), value.span());
        object.insert(key.get_ref().to_string(), from_toml(value, &child, places));
    }
    Value::Object(object)
}

fn from_toml(value: &Spanned<DeValue<'_>>, pointer: &str, places: &mut Places) -> Value {
    match value.get_ref() {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).map_or(Value::Null, Value::from)
        }
        DeValue::Float(float) => number(float.as_str()),
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string()),
        DeValue::Array(array) => {
            let items = array.iter().enumerate().map(|(index, item)| {
                let child = format!("{pointer}/{index}");
                places.insert(&child, None, item.span());
                from_toml(item, &child, places)
            });
            Value::Array(items.collect())
        }
        DeValue::Table(table) => from_table(table, pointer, places),
    }
}

fn number(text: &str) -> Value {
    let parsed = text.replace('_', "").parse().ok();
    parsed.and_then(Number::from_f64).map_or(Value::Null, Value::Number)
}

/// A key as one step of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn faults(value: &Value, schema: &Value, places: &Places) -> Vec<Diagnostic> {
    let validator = match jsonschema::validator_for(schema) {
        Ok(validator) => validator,
        Err(error) => return vec![places.at_value("", format!("the schema is unusable: {error}"))],
    };
    let mut faults: Vec<Diagnostic> =
        validator.iter_errors(value).flat_map(|error| describe(&error, value, schema, places)).collect();
    faults.sort_by_key(|fault| (fault.line, fault.column));
    faults.dedup();
    faults
}

fn describe(
    error: &jsonschema::ValidationError<'_>,
    value: &Value,
    schema: &Value,
    places: &Places,
) -> Vec<Diagnostic> {
    let pointer = error.instance_path().as_str();
    match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let object = checked_object(error, schema);
            unexpected.iter().map(|name| unknown_key(name, pointer, object, places)).collect()
        }
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![places.at_key(pointer, missing_key(name))]
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            let all = |errors: &[jsonschema::ValidationError<'_>]| {
                errors.iter().flat_map(|error| describe(error, value, schema, places)).collect()
            };
            if let Some(errors) = if_there(context, pointer) {
                return all(errors);
            }
            match tagged(&of_its_type(context, pointer), pointer) {
                Some(Tagged::Untagged(key)) => vec![places.at_key(pointer, missing_key(key))],
                Some(Tagged::Unknown { pointer, options }) => {
                    vec![not_a_choice(&options, &pointer, value, places)]
                }
                Some(Tagged::Meant(errors)) => all(errors),
                None => vec![alternatives(context, pointer, value, places)],
            }
        }
        kind => vec![at_value(kind, &error.to_string(), pointer, value, places)],
    }
}

fn missing_key(name: &str) -> String {
    format!("key `{name}` is missing here")
}

/// A fault in a value itself: of the wrong type, out of range, not a choice.
fn at_value(
    kind: &ValidationErrorKind,
    message: &str,
    pointer: &str,
    value: &Value,
    places: &Places,
) -> Diagnostic {
    let ValidationErrorKind::Enum { options } = kind else {
        return places.at_value(pointer, message);
    };
    let options: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    not_a_choice(&options, pointer, value, places)
}

fn not_a_choice(options: &[&str], pointer: &str, value: &Value, places: &Places) -> Diagnostic {
    let found = value.pointer(pointer).unwrap_or(&Value::Null);
    let message = format!("{found} is not one of {}", options.join(", "));
    let mut fault = places.at_value(pointer, message);
    fault.help = found
        .as_str()
        .and_then(|found| closest(found, options.iter().copied()))
        .map(|name| format!("did you mean \"{name}\"?"));
    fault
}

/// An enum whose variants are documented is `oneOf [const, ...]`.
fn alternatives(
    context: &[Vec<jsonschema::ValidationError<'static>>],
    pointer: &str,
    value: &Value,
    places: &Places,
) -> Diagnostic {
    let mut options = Vec::new();
    let mut messages = Vec::new();
    for error in context.iter().flatten() {
        match error.kind() {
            ValidationErrorKind::Constant { expected_value } => options.extend(expected_value.as_str()),
            ValidationErrorKind::Enum { options: list } => {
                options.extend(list.as_array().into_iter().flatten().filter_map(Value::as_str));
            }
            _ => messages.push(error.to_string()),
        }
    }
    if options.is_empty() {
        return places.at_value(pointer, messages.join(", or "));
    }
    not_a_choice(&options, pointer, value, places)
}

/// A key that was known once has a word on that in the schema, under [`RENAMED`].
fn unknown_key(name: &str, parent: &str, object: Option<&Value>, places: &Places) -> Diagnostic {
    let of = |key: &str| object.and_then(|object| object.get(key)).and_then(Value::as_object);
    let known: Vec<&str> = of("properties").into_iter().flat_map(Map::keys).map(String::as_str).collect();
    let pointer = format!("{parent}/{}", escape(name));
    let mut fault = places.at_key(&pointer, format!("unknown key `{name}`"));
    let renamed = of(RENAMED).and_then(|renamed| renamed.get(name)).and_then(Value::as_str);
    fault.help = match (renamed, closest(name, known.iter().copied())) {
        (Some(word), _) => Some(word.to_owned()),
        (None, Some(name)) => Some(format!("did you mean `{name}`?")),
        (None, None) => (!known.is_empty()).then(|| format!("known here: {}", known.join(", "))),
    };
    fault
}

/// In an object's schema: keys that it had under another name, and what to write instead.
const RENAMED: &str = "x-renamed";

/// The schema of the object that a fault is about.
fn checked_object<'a>(error: &jsonschema::ValidationError<'_>, schema: &'a Value) -> Option<&'a Value> {
    let path = error.schema_path().as_str();
    schema.pointer(path.rsplit_once('/').map_or("", |(parent, _)| parent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct File {
        #[serde(default)]
        shops: BTreeMap<String, Shop>,
        market: Option<Shop>,
    }

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Shop {
        keeper: String,
        #[serde(default)]
        #[schemars(range(min = 1))]
        shelves: u32,
        #[serde(default)]
        mood: Mood,
    }

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Mood {
        /// Sells anything.
        #[default]
        Cheerful,
        /// Sells nothing.
        Gloomy,
    }

    fn faults_of(text: &str) -> String {
        let error = Document::<File>::parse(text, "shops.toml", ErrorKind::Config).unwrap_err();
        format!("{error:#}")
    }

    #[test]
    fn a_table_that_may_be_left_out_has_its_own_faults() {
        let told = faults_of("[market]\nkeper = \"Ada\"\nmood = \"gloomi\"\n");
        assert!(
            told.contains("2:1: unknown key `keper`") && told.contains("did you mean `keeper`"),
            "{told}"
        );
        assert!(told.contains("did you mean \"gloomy\"") && !told.contains("null"), "{told}");
    }

    #[test]
    fn every_fault_has_its_line_and_a_hint() {
        let text = "[shops.corner]\nkeper = \"Ada\"\nshelves = 0\nmood = \"gloomi\"\n\n[shop]\nx = 1\n";
        insta::assert_snapshot!(faults_of(text));
    }

    #[test]
    fn broken_toml_has_its_line() {
        insta::assert_snapshot!(faults_of("[shops.corner]\nkeeper = \"Ada\nshelves = 2\n"));
    }

    #[test]
    fn a_good_file_is_read() {
        let text = "[shops.corner]\nkeeper = \"Ada\"\nshelves = 3\n";
        let file = Document::<File>::parse(text, "shops.toml", ErrorKind::Config).unwrap();
        let corner = &file.content.shops["corner"];
        assert_eq!(corner.shelves, 3);
    }
}
