//! A strategy with its options, as a suite or the command line gives it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::option::Settings;
use super::registry::{REGISTRY, StrategyName};
use crate::error::{Error, ErrorKind, Result};

/// A strategy with its options: `direct` where nobody says.
///
/// ```
/// use evenhand::judge::StrategyChoice;
///
/// let choice: StrategyChoice = "re_read".parse()?;
/// assert_eq!(choice.as_str(), "re_read");
/// assert!("re_read:n=4".parse::<StrategyChoice>().is_err());
/// # Ok::<(), evenhand::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct StrategyChoice {
    name: StrategyName,
    settings: Settings,
}

impl StrategyChoice {
    /// A strategy by its name, with the options that are not to be as by default.
    ///
    /// # Errors
    /// There is no such strategy, it has no such option, or the option may not be that.
    pub fn new(name: &str, options: &Map<String, Value>) -> Result<Self> {
        let found = StrategyName::find(name).ok_or_else(|| {
            let known: Vec<&str> = REGISTRY.iter().map(|registered| registered.name).collect();
            unusable(format!("there is no strategy `{name}`; there are: {}", known.join(", ")))
        })?;
        let settings = Settings::of(name, found.registered().options, options).map_err(unusable)?;
        Ok(Self { name: found, settings })
    }

    /// Several strategies in the command line's form, separated by commas. A comma also separates the options of one: a
    /// piece `option=value` belongs to the strategy before it.
    ///
    /// ```
    /// use evenhand::judge::StrategyChoice;
    ///
    /// let list = StrategyChoice::list("direct,best_of_n:n=4,temperature=0.9,re_read")?;
    /// assert_eq!(list.len(), 3);
    /// # Ok::<(), evenhand::Error>(())
    /// ```
    ///
    /// # Errors
    /// One of them is none.
    pub fn list(text: &str) -> Result<Vec<Self>> {
        let mut each: Vec<String> = Vec::new();
        for piece in pairs(text) {
            let is_option = piece.split_once('=').is_some_and(|(name, _)| !name.contains(':'));
            match each.last_mut().filter(|_| is_option) {
                Some(before) => {
                    before.push(if before.contains(':') { ',' } else { ':' });
                    before.push_str(piece);
                }
                None => each.push(piece.to_owned()),
            }
        }
        each.iter().map(|one| one.parse()).collect()
    }

    /// Every strategy by its name, each with a line on what it does.
    pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        StrategyName::all().map(|(name, about)| (name.as_str(), about))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        self.name.as_str()
    }

    pub(crate) fn name(&self) -> StrategyName {
        self.name
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What a judge's fingerprint has of it: nothing of `direct`, so that it stays what it always was.
    pub(in crate::judge) fn mark(&self) -> String {
        if self.name == StrategyName::default() {
            return String::new();
        }
        let texts = self.name.registered().texts.concat();
        format!("{}{}{texts}", self.name.as_str(), self.settings.canonical())
    }

    fn changed(&self) -> Map<String, Value> {
        self.settings.changed(self.name.registered().options)
    }
}

fn unusable(detail: String) -> Error {
    Error::new(ErrorKind::Config, detail)
}

impl Default for StrategyChoice {
    fn default() -> Self {
        StrategyName::default().into()
    }
}

impl From<StrategyName> for StrategyChoice {
    /// With all options as by default.
    fn from(name: StrategyName) -> Self {
        let settings = Settings::of(name.as_str(), name.registered().options, &Map::new());
        Self { name, settings: settings.unwrap_or_default() }
    }
}

/// As the command line gives it: `NAME`, or `NAME:option=value,option=value`.
impl FromStr for StrategyChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, options) = text.split_once(':').unwrap_or((text, ""));
        let mut given = Map::new();
        for pair in pairs(options) {
            let (option, value) = pair.split_once('=').ok_or_else(|| {
                unusable(format!("`{pair}` is no option=value: write {name}:option=value,option=value"))
            })?;
            let value = value.trim();
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            given.insert(option.trim().to_owned(), value);
        }
        Self::new(name.trim(), &given)
    }
}

/// The text between commas that stand in no list.
fn pairs(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    let pairs = text.split(|letter| {
        depth += match letter {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        letter == ',' && depth == 0
    });
    pairs.filter(|pair| !pair.trim().is_empty()).collect()
}

/// As the command line takes it.
impl fmt::Display for StrategyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_str())?;
        for (index, (option, value)) in self.changed().into_iter().enumerate() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            write!(f, "{}{option}={value}", if index == 0 { ':' } else { ',' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for StrategyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for StrategyChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut options = self.changed();
        if options.is_empty() {
            return self.name.serialize(serializer);
        }
        options.shift_insert(0, "name".to_owned(), self.name.as_str().into());
        options.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StrategyChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (name, options) = match Value::deserialize(deserializer)? {
            Value::Object(mut options) => (options.shift_remove("name").unwrap_or_default(), options),
            name => (name, Map::new()),
        };
        let name = name.as_str().ok_or_else(|| serde::de::Error::custom("a strategy has a `name`"))?;
        Self::new(name, &options).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for StrategyChoice {
    fn schema_name() -> Cow<'static, str> {
        "StrategyChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = REGISTRY
            .iter()
            .map(|registered| json!({"const": registered.name, "description": registered.about}));
        let tables = REGISTRY.iter().map(|registered| {
            let mut properties = Map::from_iter([("name".to_owned(), json!({"const": registered.name}))]);
            properties.extend(registered.options.iter().map(|fact| (fact.name.to_owned(), fact.schema())));
            json!({
                "type": "object",
                "description": registered.about,
                "properties": properties,
                "required": ["name"],
                "additionalProperties": false,
            })
        });
        let each: Vec<Value> = names.chain(tables).collect();
        json_schema!({
            "description": "How a question is asked: a strategy's name, or a table with its `name` and its options.",
            "oneOf": each,
        })
    }
}
