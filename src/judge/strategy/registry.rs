//! The strategies that a suite can name, and a strategy's name as a suite gives it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kind::Registered;
use super::{direct, re_read};

/// The strategies for one question, by name. A new one is a file beside this one and a line here.
pub(super) const REGISTRY: &[Registered] = &[direct::REGISTERED, re_read::REGISTERED];

/// The name of a strategy that there is: `direct` where nobody says.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StrategyName(&'static str);

impl StrategyName {
    /// The strategy of this name; `None` where there is none.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        REGISTRY.iter().find(|registered| registered.name == name).map(|registered| Self(registered.name))
    }

    /// All of them, each with a line on what it does.
    pub fn all() -> impl Iterator<Item = (Self, &'static str)> {
        REGISTRY.iter().map(|registered| (Self(registered.name), registered.about))
    }

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub(super) fn registered(self) -> &'static Registered {
        let known = REGISTRY.iter().find(|registered| registered.name == self.0);
        known.unwrap_or(&super::direct::REGISTERED)
    }
}

impl Default for StrategyName {
    fn default() -> Self {
        Self(super::direct::REGISTERED.name)
    }
}

impl fmt::Debug for StrategyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for StrategyName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for StrategyName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<str>::deserialize(deserializer)?;
        Self::find(&name).ok_or_else(|| {
            let known: Vec<&str> = REGISTRY.iter().map(|registered| registered.name).collect();
            serde::de::Error::custom(format!(
                "there is no strategy `{name}`; there are: {}",
                known.join(", ")
            ))
        })
    }
}

impl JsonSchema for StrategyName {
    fn schema_name() -> Cow<'static, str> {
        "StrategyName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let each: Vec<Schema> = REGISTRY
            .iter()
            .map(|registered| json_schema!({"const": registered.name, "description": registered.about}))
            .collect();
        json_schema!({"description": "How a question is asked.", "oneOf": each})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_is_found_by_its_name_and_no_other_is() {
        let names: Vec<&str> = StrategyName::all().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"direct") && StrategyName::default().as_str() == "direct");
        for name in &names {
            let read: StrategyName = serde_json::from_value((*name).into()).unwrap();
            assert_eq!((read.as_str(), serde_json::to_value(read).unwrap()), (*name, (*name).into()));
        }
        let unknown = serde_json::from_str::<StrategyName>("\"best\"").unwrap_err().to_string();
        assert!(unknown.contains("there is no strategy `best`") && unknown.contains("direct"), "{unknown}");
    }
}
