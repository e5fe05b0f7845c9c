//! Whether a server had the whole prompt before it, by what it says of its context and what it counted.

use crate::model::Usage;
use crate::model::prompt_tokens::PromptTokens;

/// What became of a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Held {
    /// The model had all of it.
    Whole,
    /// Nothing but the server's count speaks against it. A prompt whose beginning the
    /// server knew already is counted without it, or not at all.
    Uncertain,
    /// The model had a part of it.
    Cut,
}

/// Judges a reply by the prompt's size, the context's length in tokens, and the server's counts.
pub(in crate::model) fn held(size: &PromptTokens, context: u64, usage: Usage) -> Held {
    let counted = usage.prompt_tokens.filter(|counted| *counted > 0);
    let answer = usage.completion_tokens.unwrap_or(0);
    let Some(counted) = counted else {
        return without_count(size, context);
    };
    if counted > context {
        // More than the context holds was read: this server's context is another one.
        return if counted >= size.least { Held::Whole } else { Held::Uncertain };
    }
    let is_full = counted + 1 >= context || counted + answer > context;
    if is_full || (size.most > context && is_half(counted, context)) {
        return Held::Cut;
    }
    if size.most <= context {
        return if counted < size.least { Held::Uncertain } else { Held::Whole };
    }
    if counted >= size.least && counted * 3 >= size.likely * 2 {
        return Held::Whole;
    }
    without_count(size, context)
}

fn without_count(size: &PromptTokens, context: u64) -> Held {
    if size.likely > context {
        Held::Cut
    } else if size.most > context {
        Held::Uncertain
    } else {
        Held::Whole
    }
}

/// Later servers keep the first tokens (4, and the one that begins the text) and half of the rest.
fn is_half(counted: u64, context: u64) -> bool {
    let half = context - context / 2;
    (half..=half + 4).contains(&counted)
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

    fn verdict(size: &PromptTokens, counted: impl Into<Option<u64>>) -> Held {
        let usage = Usage { prompt_tokens: counted.into(), completion_tokens: Some(100), ..Usage::default() };
        held(size, 8_192, usage)
    }

    #[test]
    fn what_cannot_fit_was_cut_whatever_was_counted() {
        for counted in [None, Some(0), Some(12), Some(2_050), Some(4_098), Some(8_192)] {
            assert_eq!(verdict(&FAR_TOO_LONG, counted), Held::Cut, "{counted:?}");
        }
        // Then the context is a longer one.
        assert_eq!(verdict(&FAR_TOO_LONG, 17_400), Held::Whole);
    }

    #[test]
    fn what_surely_fits_is_whole_also_from_a_cache() {
        for counted in [None, Some(0), Some(2_900)] {
            assert_eq!(verdict(&FITTING, counted), Held::Whole, "{counted:?}");
        }
        assert_eq!(verdict(&FITTING, 40), Held::Uncertain);
        // Half of the context is a number like any other then.
        assert_eq!(verdict(&FITTING, 4_098), Held::Whole);
    }

    #[test]
    fn between_the_bounds_the_count_decides() {
        assert_eq!(verdict(&OPEN, 5_500), Held::Whole);
        assert_eq!([verdict(&OPEN, 8_192), verdict(&OPEN, 8_191)], [Held::Cut; 2]);
        assert_eq!([verdict(&OPEN, 4_096), verdict(&OPEN, 4_100)], [Held::Cut; 2]);
        assert_eq!([verdict(&OPEN, 3), verdict(&OPEN, None)], [Held::Uncertain; 2]);
        // The answer pushed the beginning out.
        assert_eq!(verdict(&OPEN, 8_100), Held::Cut);
        assert_eq!(verdict(&OPEN, 8_092), Held::Whole);
        assert_eq!(verdict(&LONG, 7_000), Held::Whole);
        assert_eq!([verdict(&LONG, 5_100), verdict(&LONG, 0)], [Held::Cut; 2]);
    }
}
