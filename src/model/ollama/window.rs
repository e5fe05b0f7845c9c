//! How long a context a model is asked for, whether it held the whole prompt, and what is said of a prompt
//! that did not go through whole.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio::sync::{Mutex, OnceCell};

use super::body::OllamaOptions;
use super::native::{Facts, Native};
use crate::model::http::{Address, Rejection};
use crate::model::prompt_tokens::PromptTokens;
use crate::model::{Failure, FailureKind, Usage};

/// What became of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum PromptHeld {
    /// The model had all of it.
    Whole,
    /// Nothing but the server's count speaks against it. A prompt whose beginning the
    /// server knew already is counted without it, or not at all.
    Uncertain,
    /// The model had a part of it.
    Cut,
}

/// Judges a reply by the prompt's size, the context's length in tokens, and the server's counts.
pub(in crate::model) fn held(size: &PromptTokens, context: u64, usage: Usage) -> PromptHeld {
    let counted = usage.prompt_tokens.filter(|counted| *counted > 0);
    let answer = usage.completion_tokens.unwrap_or(0);
    let Some(counted) = counted else {
        return without_count(size, context);
    };
    if counted > context {
        // More than the context holds was read: this server's context is another one.
        return if counted >= size.least { PromptHeld::Whole } else { PromptHeld::Uncertain };
    }
    let is_full = counted + 1 >= context || counted + answer > context;
    if is_full || (size.most > context && is_half(counted, context)) {
        return PromptHeld::Cut;
    }
    if size.most <= context {
        return if counted < size.least { PromptHeld::Uncertain } else { PromptHeld::Whole };
    }
    if counted >= size.least && counted * 3 >= size.likely * 2 {
        return PromptHeld::Whole;
    }
    without_count(size, context)
}

fn without_count(size: &PromptTokens, context: u64) -> PromptHeld {
    if size.likely > context {
        PromptHeld::Cut
    } else if size.most > context {
        PromptHeld::Uncertain
    } else {
        PromptHeld::Whole
    }
}

/// Later servers keep the first tokens (4, and the one that begins the text) and half of the rest.
fn is_half(counted: u64, context: u64) -> bool {
    let half = context - context / 2;
    (half..=half + 4).contains(&counted)
}

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

/// Whether a server refused a prompt because it does not fit.
pub(super) fn is_too_long(rejection: &Rejection) -> bool {
    let words = rejection.error_body.words();
    let is_about = ["context length", "context size", "context_size", "context window", "context shift"];
    let is_over = ["exceed", "longer than", "too long", "too large", "disabled"];
    let says = |these: &[&str]| these.iter().any(|these| words.contains(these));
    matches!(rejection.failure.status, Some(400..) | None) && says(&is_about) && says(&is_over)
}

/// The server refused a prompt that is too long for it.
pub(super) fn refused(failure: Failure, size: &PromptTokens, asked: u32, window: &Window) -> Failure {
    let likely = size.likely;
    let detail =
        format!("the prompt has about {likely} tokens, and the context holds {asked}: {}", failure.detail);
    let failure = Failure { kind: FailureKind::BadRequest, retry_after_ms: None, detail, ..failure };
    failure.remedy(remedy(window))
}

/// A prompt that cannot fit: nothing was sent.
pub(super) fn cannot_fit(size: &PromptTokens, limit: u64, window: &Window) -> Failure {
    let least = size.least;
    let detail = format!("the prompt has at least {least} tokens, and the context holds {limit}");
    Failure::new(FailureKind::BadRequest, detail).remedy(remedy(window))
}

/// A reply came to a part of the prompt.
pub(in crate::model) fn was_cut(
    address: &Address,
    size: &PromptTokens,
    context: u64,
    usage: Usage,
    remedy: impl Into<String>,
) -> Failure {
    let counted = usage.prompt_tokens.map_or("none".to_owned(), |tokens| tokens.to_string());
    let detail = if size.likely > context {
        format!(
            "the server cut the prompt: about {} tokens were sent, the context holds {context}, and the server counted {counted}",
            size.likely
        )
    } else {
        format!(
            "the server cut the prompt: its context of {context} tokens was full, with {counted} of the prompt and {} of the answer",
            usage.completion_tokens.unwrap_or(0)
        )
    };
    address.failure(FailureKind::BadRequest, detail).remedy(remedy)
}

/// The server's count alone is no proof: this is a note.
pub(in crate::model) fn doubt(size: &PromptTokens, counted: Option<u64>) -> String {
    let counted = counted.map_or("no".to_owned(), |counted| counted.to_string());
    format!(
        "the server counted {counted} tokens of a prompt that has about {}: it knew the beginning already, or it cut the prompt",
        size.likely
    )
}

pub(super) fn remedy(window: &Window) -> String {
    match window.chosen() {
        Some(_) => "shorten the record, raise `context_tokens`, or leave it out: evenhand then asks for as long a context as the prompt needs",
        None => "shorten the record, or use a model with a longer context",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR_TOO_LONG: PromptTokens = PromptTokens { least: 12_000, likely: 17_000, most: 32_000 };
    const FITTING: PromptTokens = PromptTokens { least: 2_000, likely: 3_000, most: 4_000 };
    /// Its bounds lie on both sides of 8192 tokens.
    const OPEN: PromptTokens = PromptTokens { least: 4_000, likely: 6_000, most: 12_000 };
    /// The same, more likely too long than not.
    const LONG: PromptTokens = PromptTokens { least: 5_000, likely: 9_000, most: 14_000 };

    fn verdict(size: &PromptTokens, counted: impl Into<Option<u64>>) -> PromptHeld {
        let usage = Usage { prompt_tokens: counted.into(), completion_tokens: Some(100), ..Usage::default() };
        held(size, 8_192, usage)
    }

    #[test]
    fn what_cannot_fit_was_cut_whatever_was_counted() {
        for counted in [None, Some(0), Some(12), Some(2_050), Some(4_098), Some(8_192)] {
            assert_eq!(verdict(&FAR_TOO_LONG, counted), PromptHeld::Cut, "{counted:?}");
        }
        // Then the context is a longer one.
        assert_eq!(verdict(&FAR_TOO_LONG, 17_400), PromptHeld::Whole);
    }

    #[test]
    fn what_surely_fits_is_whole_also_from_a_cache() {
        for counted in [None, Some(0), Some(2_900)] {
            assert_eq!(verdict(&FITTING, counted), PromptHeld::Whole, "{counted:?}");
        }
        assert_eq!(verdict(&FITTING, 40), PromptHeld::Uncertain);
        // Half of the context is a number like any other then.
        assert_eq!(verdict(&FITTING, 4_098), PromptHeld::Whole);
    }

    #[test]
    fn between_the_bounds_the_count_decides() {
        assert_eq!(verdict(&OPEN, 5_500), PromptHeld::Whole);
        assert_eq!([verdict(&OPEN, 8_192), verdict(&OPEN, 8_191)], [PromptHeld::Cut; 2]);
        assert_eq!([verdict(&OPEN, 4_096), verdict(&OPEN, 4_100)], [PromptHeld::Cut; 2]);
        assert_eq!([verdict(&OPEN, 3), verdict(&OPEN, None)], [PromptHeld::Uncertain; 2]);
        // The answer pushed the beginning out.
        assert_eq!(verdict(&OPEN, 8_100), PromptHeld::Cut);
        assert_eq!(verdict(&OPEN, 8_092), PromptHeld::Whole);
        assert_eq!(verdict(&LONG, 7_000), PromptHeld::Whole);
        assert_eq!([verdict(&LONG, 5_100), verdict(&LONG, 0)], [PromptHeld::Cut; 2]);
    }

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
