//! The strategies that a suite can name, and a strategy's name as a suite gives it.

use std::fmt;

use serde::{Serialize, Serializer};

use super::kind::Registered;
use super::{
    best_of_n, commit_first, direct, diverse_sampling, plan_search, prover_verifier, re_read,
    self_aggregation, self_consistency,
};

/// The strategies for one question, by name. A new one is a file beside this one and a line here.
pub(super) const REGISTRY: &[Registered] = &[
    direct::REGISTERED,
    re_read::REGISTERED,
    self_consistency::REGISTERED,
    diverse_sampling::REGISTERED,
    best_of_n::REGISTERED,
    commit_first::REGISTERED,
    prover_verifier::REGISTERED,
    self_aggregation::REGISTERED,
    plan_search::REGISTERED,
];

/// The name of a strategy that there is: `direct` where nobody says.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StrategyName(&'static str);

impl StrategyName {
    /// The strategy of this name; `None` where there is none.
    #[must_use]
    pub(crate) fn find(name: &str) -> Option<Self> {
        REGISTRY.iter().find(|registered| registered.name == name).map(|registered| Self(registered.name))
    }

    /// All of them, each with a line on what it does.
    pub(crate) fn all() -> impl Iterator<Item = (Self, &'static str)> {
        REGISTRY.iter().map(|registered| (Self(registered.name), registered.about))
    }

    /// The name.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_is_found_by_its_name_and_no_other_is() {
        let names: Vec<&str> = StrategyName::all().map(|(name, _)| name.as_str()).collect();
        assert!(names.contains(&"direct") && StrategyName::default().as_str() == "direct");
        assert!(StrategyName::find("best").is_none());
    }
}
