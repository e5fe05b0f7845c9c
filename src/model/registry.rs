//! The providers there are. A new one is a line here.

use super::facts::ProviderFacts;
use super::provider::{Provider, ServerSettings};
use super::questions::DecisionLimits;
use super::recording::Recording;
use super::{anthropic, decision, local_facts, ollama, openai, replay};
use crate::error::Result;

/// Gives a server's model, ready to be asked.
type Open = fn(ServerSettings) -> Result<Provider>;

/// In the order in which messages list them; with how a model is opened, where that takes its settings alone.
const PROVIDERS: [(&ProviderFacts, Option<Open>); 7] = [
    (&openai::FACTS, Some(openai::open)),
    (&ollama::FACTS, Some(ollama::open)),
    (&anthropic::FACTS, Some(anthropic::open)),
    (&decision::DECISIONS, Some(decision::open_decisions)),
    (&decision::SYSTEMONE, Some(decision::open_systemone)),
    (&local_facts::FACTS, None),
    (&replay::FACTS, None),
];

/// All of them, in the order in which messages list them.
pub(crate) fn providers() -> impl Iterator<Item = &'static ProviderFacts> + Clone {
    PROVIDERS.into_iter().map(|(facts, _)| facts)
}

/// A model's provider, and its name there: `openai/gpt-6-luna` is `gpt-6-luna` of OpenAI's.
pub(crate) fn provider_of(model: &str) -> Option<(&'static ProviderFacts, &str)> {
    let (provider, name) = model.split_once('/')?;
    Some((providers().find(|known| known.name == provider)?, name))
}

/// How much the decision model usually takes whose replies are recorded first; `None` of another model.
pub(crate) fn recorded_limits(recording: &Recording) -> Option<DecisionLimits> {
    let (provider, _) = provider_of(recording.model()?)?;
    provider.decision_limits()
}

/// What opens a provider's models; `None` where settings alone do not.
pub(crate) fn opener(provider: &ProviderFacts) -> Option<Open> {
    PROVIDERS.into_iter().find(|(facts, _)| *facts == provider)?.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docs_name_every_provider_its_variables_and_its_forms() {
        let docs = include_str!("../../docs/guides/models.md");
        for facts in providers() {
            let mut names = vec![format!("`{}/`", facts.name)];
            if let Some(server) = facts.server() {
                let variables = server.address_variables.iter().chain(&server.key_variable);
                names.extend(variables.map(|name| format!("`{name}`")));
                names.extend(server.forms.iter().map(|form| format!("structured = \"{}\"", form.name())));
            }
            for name in names.iter().filter(|name| !name.ends_with("\"auto\"")) {
                assert!(docs.contains(name), "docs/guides/models.md says nothing of {name}");
            }
        }
    }

    #[test]
    fn a_model_is_found_by_its_provider_and_its_name_may_have_slashes() {
        let (facts, name) = provider_of("openai/Qwen/Qwen2.5").expect("a provider");
        assert_eq!((facts.name, name), ("openai", "Qwen/Qwen2.5"));
        assert_eq!(facts.full_name(name), "openai/Qwen/Qwen2.5");
        assert!(provider_of("opnai/m").is_none() && provider_of("openai").is_none());
    }
}
