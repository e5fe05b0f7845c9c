//! How long a context a model is asked for.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::facts::{Facts, Native};
use super::options::OllamaOptions;
use crate::model::prompt_tokens::PromptTokens;

/// The context of a model, in tokens. It grows with what the prompts need, in
/// large steps, and never shrinks: a model is loaded again for each length.
#[derive(Debug)]
pub(super) struct Window {
    /// What the user set.
    chosen: Option<u32>,
    asked: AtomicU32,
    facts: OnceCell<Facts>,
    /// The length that was asked for last, and the one that the server then told.
    loaded: Mutex<Option<(u32, Option<u64>)>>,
}

/// The shortest context that evenhand asks for.
const SHORTEST: u32 = 4_096;
/// Above this, lengths do not double any more.
const LARGE: u32 = 32_768;
const STEP: u32 = 16_384;
/// The longest that is asked for where the model's own length is unknown.
const LONGEST: u32 = 262_144;
/// Every server and model holds so much, and need not be asked about it.
const ALWAYS_HELD: u64 = 2_048;

impl Window {
    pub(super) fn new(options: &OllamaOptions) -> Self {
        Self {
            chosen: chosen(options),
            asked: AtomicU32::new(SHORTEST),
            facts: OnceCell::new(),
            loaded: Mutex::default(),
        }
    }

    /// The length that the user set.
    pub(super) fn chosen(&self) -> Option<u32> {
        self.chosen
    }

    /// What the server says of itself, where a prompt is long enough for that to matter.
    pub(super) async fn facts(&self, size: &PromptTokens, answer: u32, native: Native<'_>) -> Option<Facts> {
        let held = ALWAYS_HELD.min(self.chosen.map_or(u64::MAX, u64::from));
        if size.most + u64::from(answer) <= held {
            return None;
        }
        Some(self.asked_facts(native).await)
    }

    async fn asked_facts(&self, native: Native<'_>) -> Facts {
        *self.facts.get_or_init(|| native.facts()).await
    }

    /// The length to ask for.
    pub(super) fn length(&self, size: &PromptTokens, answer: u32, facts: Option<Facts>) -> u32 {
        if let Some(chosen) = self.chosen {
            return chosen;
        }
        let facts = facts.unwrap_or_default();
        // A server that refuses tells when it was too little.
        let prompt = if facts.refuses() { size.most.min(size.likely * 5 / 4) } else { size.most };
        let needed = prompt + u64::from(answer);
        let loaded =
            facts.loaded.filter(|loaded| *loaded >= needed).and_then(|loaded| loaded.try_into().ok());
        self.grow(loaded.unwrap_or_else(|| step(needed)), facts)
    }

    /// A longer one than this, after a refusal; none where the user or the model sets the limit.
    pub(super) async fn longer(&self, than: u32, size: &PromptTokens, native: Native<'_>) -> Option<u32> {
        if self.chosen.is_some() {
            return None;
        }
        let facts = self.asked_facts(native).await;
        let wanted = step(size.most.max(u64::from(than) + 1));
        let longer = self.grow(wanted, facts);
        (longer > than).then_some(longer)
    }

    fn grow(&self, to: u32, facts: Facts) -> u32 {
        let longest = facts.longest.and_then(|longest| longest.try_into().ok()).unwrap_or(LONGEST);
        let to = to.min(longest);
        self.asked.fetch_max(to, Ordering::Relaxed).max(to).min(longest)
    }

    /// The length that no request can go beyond, where it is known.
    pub(super) fn limit(&self, facts: Option<Facts>) -> Option<u64> {
        let longest = facts.and_then(|facts| facts.longest);
        let chosen = self.chosen.map(u64::from);
        longest.into_iter().chain(chosen).min()
    }

    /// What the context holds that was asked for with this length: the server may have loaded a shorter one.
    pub(super) async fn holds(&self, asked: u32, facts: Facts, native: Native<'_>) -> u64 {
        let mut known = self.loaded.lock().await;
        let loaded = match *known {
            Some((of, loaded)) if of == asked => loaded,
            _ => {
                let loaded = native.loaded().await;
                *known = Some((asked, loaded));
                loaded
            }
        };
        let held = [Some(u64::from(asked)), facts.longest, loaded];
        held.into_iter().flatten().min().unwrap_or_default()
    }
}

/// The next length that is asked for.
fn step(needed: u64) -> u32 {
    let needed = u32::try_from(needed).unwrap_or(LONGEST).clamp(SHORTEST, LONGEST);
    if needed > LARGE { needed.next_multiple_of(STEP) } else { needed.next_power_of_two() }
}

/// The length that the user set, in whichever way.
fn chosen(options: &OllamaOptions) -> Option<u32> {
    let extra = options.connection.extra.get("options").and_then(|options| options.get("num_ctx"));
    let length = |value: &Value| value.as_u64().and_then(|length| length.try_into().ok());
    extra.or_else(|| options.options.get("num_ctx")).and_then(length).or(options.num_ctx)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(likely: u64, most: u64) -> PromptTokens {
        PromptTokens { least: likely / 2, likely, most }
    }

    #[test]
    fn lengths_grow_in_steps_and_never_shrink() {
        let window = Window::new(&OllamaOptions::new("m"));
        assert_eq!(window.length(&size(300, 900), 1_024, None), 4_096);
        let facts = Some(Facts::default());
        assert_eq!(window.length(&size(4_000, 6_000), 1_024, facts), 8_192);
        assert_eq!(window.length(&size(300, 900), 1_024, None), 8_192);
        assert_eq!(window.length(&size(20_000, 33_000), 1_024, facts), 49_152);
        let longest = Some(Facts { longest: Some(40_960), ..Facts::default() });
        assert_eq!(window.length(&size(60_000, 90_000), 1_024, longest), 40_960);
    }

    #[test]
    fn a_server_that_refuses_is_asked_for_less_at_first() {
        let facts = Some(Facts { version: Some((0, 13, 0)), ..Facts::default() });
        let length =
            |facts| Window::new(&OllamaOptions::new("m")).length(&size(10_000, 32_000), 1_024, facts);
        assert_eq!(length(facts), 16_384);
        assert_eq!(length(Some(Facts::default())), 49_152);
        // What is loaded already, and is long enough, is not loaded anew.
        assert_eq!(length(Some(Facts { loaded: Some(40_000), ..Facts::default() })), 40_000);
    }

    #[test]
    fn what_the_user_set_is_asked_for() {
        let mut options = OllamaOptions { num_ctx: Some(6_000), ..OllamaOptions::new("m") };
        let length = |options: &OllamaOptions| Window::new(options).length(&size(9_000, 20_000), 1_024, None);
        assert_eq!(length(&options), 6_000);
        options.options.insert("num_ctx".into(), 7_000.into());
        assert_eq!(length(&options), 7_000);
        options.connection.extra.insert("options".into(), serde_json::json!({"num_ctx": 5_000}));
        assert_eq!(length(&options), 5_000);
    }
}
