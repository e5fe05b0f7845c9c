//! The options of strategies: their names, what they may be, and what they are where nobody says.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// An option of a strategy.
#[derive(Debug)]
pub(super) struct OptionFact {
    pub(super) name: &'static str,
    /// One line on what it does.
    pub(super) about: &'static str,
    pub(super) kind: OptionKind,
}

/// What an option may be, and what it is by default.
#[derive(Debug)]
pub(super) enum OptionKind {
    /// A whole number.
    Count { least: u32, most: u32, default: u32 },
    /// A temperature above 0.
    Temperature { default: f64 },
    /// Several temperatures, 0 among them or not.
    Temperatures { default: &'static [f64] },
    /// One of these words.
    Choice { choices: &'static [&'static str], default: &'static str },
    /// A name; none by default.
    Name,
}

impl OptionFact {
    /// The schema of its value.
    pub(super) fn schema(&self) -> Value {
        let mut schema = match &self.kind {
            OptionKind::Count { least, most, .. } => {
                json!({"type": "integer", "minimum": least, "maximum": most})
            }
            OptionKind::Temperature { .. } => json!({"type": "number", "exclusiveMinimum": 0, "maximum": 2}),
            OptionKind::Temperatures { .. } => json!({
                "type": "array",
                "items": {"type": "number", "minimum": 0, "maximum": 2},
                "minItems": 1,
                "maxItems": 50,
            }),
            OptionKind::Choice { choices, .. } => json!({"enum": choices}),
            OptionKind::Name => json!({"type": "string", "minLength": 1}),
        };
        let default = self.default().map(|default| format!("; {default} by default")).unwrap_or_default();
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), format!("{}{default}.", self.about).into());
        }
        schema
    }

    fn default(&self) -> Option<Value> {
        match &self.kind {
            OptionKind::Count { default, .. } => Some(json!(default)),
            OptionKind::Temperature { default } => Some(json!(default)),
            OptionKind::Temperatures { default } => Some(json!(default)),
            OptionKind::Choice { default, .. } => Some(json!(default)),
            OptionKind::Name => None,
        }
    }

    fn in_words(&self) -> String {
        match &self.kind {
            OptionKind::Count { least, most, .. } => format!("a whole number from {least} to {most}"),
            OptionKind::Temperature { .. } => "a number above 0, at most 2".to_owned(),
            OptionKind::Temperatures { .. } => {
                "a list of 1 to 50 numbers from 0 to 2, as [0.1, 0.9]".to_owned()
            }
            OptionKind::Choice { choices, .. } => format!("one of {}", choices.join(", ")),
            OptionKind::Name => "a name".to_owned(),
        }
    }

    /// The value in one form, so that 1 and 1.0 are the same option; `None` where it may not be this.
    fn read(&self, value: &Value) -> Option<Value> {
        if !jsonschema::is_valid(&self.schema(), value) {
            return None;
        }
        match &self.kind {
            OptionKind::Temperature { .. } => Some(json!(value.as_f64()?)),
            OptionKind::Temperatures { .. } => {
                let numbers: Vec<f64> = value.as_array()?.iter().filter_map(Value::as_f64).collect();
                Some(json!(numbers))
            }
            _ => Some(value.clone()),
        }
    }
}

/// A strategy's options as they hold: those that were given, and else the defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Settings(BTreeMap<&'static str, Value>);

impl Settings {
    /// The options that were given to a strategy, over the defaults.
    ///
    /// # Errors
    /// One that the strategy does not have, or a value that it may not be: a sentence with what there is.
    pub(super) fn of(
        strategy: &str,
        facts: &'static [OptionFact],
        given: &Map<String, Value>,
    ) -> Result<Self, String> {
        if let Some(unknown) = given.keys().find(|name| !facts.iter().any(|fact| fact.name == **name)) {
            let known: Vec<&str> = facts.iter().map(|fact| fact.name).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(format!("strategy `{strategy}` has no option `{unknown}`; its options: {known}"));
        }
        let mut settings = Self::default();
        for fact in facts {
            let value = match given.get(fact.name) {
                Some(value) => Some(fact.read(value).ok_or_else(|| {
                    format!("option `{}` of strategy `{strategy}` must be {}", fact.name, fact.in_words())
                })?),
                None => fact.default(),
            };
            settings.0.extend(value.map(|value| (fact.name, value)));
        }
        Ok(settings)
    }

    /// Those that are not as by default.
    pub(super) fn changed(&self, facts: &'static [OptionFact]) -> Map<String, Value> {
        let changed = facts.iter().filter_map(|fact| {
            let value = self.0.get(fact.name).filter(|value| fact.default().as_ref() != Some(*value))?;
            Some((fact.name.to_owned(), value.clone()))
        });
        changed.collect()
    }

    /// All of them as text, for a fingerprint; empty where the strategy has none.
    pub(super) fn canonical(&self) -> String {
        if self.0.is_empty() { String::new() } else { json!(self.0).to_string() }
    }

    /// A whole number.
    pub(super) fn count(&self, name: &str) -> u32 {
        let count = self.0.get(name).and_then(Value::as_u64);
        count.and_then(|count| u32::try_from(count).ok()).unwrap_or_default()
    }

    /// A number.
    pub(super) fn number(&self, name: &str) -> f64 {
        self.0.get(name).and_then(Value::as_f64).unwrap_or_default()
    }

    /// Several numbers.
    pub(super) fn numbers(&self, name: &str) -> Vec<f64> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_f64).collect()
    }

    /// A word or a name.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}
