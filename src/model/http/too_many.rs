//! Refusals of too many tokens, read for how many there may be, and the room for answers that they tell.
//!
//! Servers say it in their own words, and nearly all of them name the numbers. So the numbers are read, and
//! the words only tell what they are numbers of.

use std::sync::LazyLock;

use regex::Regex;

use super::error_body::ErrorBody;
use crate::model::Request;

/// What a refusal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No answer may have more tokens.
    Most(u32),
    /// Prompt and answer together may have no more than `window`, and the prompt has `prompt`.
    Window { window: u32, prompt: u32 },
    /// Too many, and no number helps.
    TooMany,
}

/// Words for the tokens of an answer.
const ANSWER: [&str; 16] = [
    "max_tokens",
    "max_completion_tokens",
    "max_new_tokens",
    "max_output_tokens",
    "maxoutputtokens",
    "maxtokens",
    "max tokens",
    "maximum tokens",
    "completion tokens",
    "the completion",
    "output tokens",
    "the output",
    "generation length",
    "generated tokens",
    "tokens to generate",
    "new tokens",
];

/// Words for too many of something.
const TOO_MANY: [&str; 21] = [
    "too large",
    "too high",
    "too big",
    "too many",
    "too long",
    "exceed",
    "greater than",
    "larger than",
    "longer than",
    "less than",
    "less or equal",
    "lower than",
    "at most",
    "maximum",
    "range",
    "must be",
    "<=",
    "≤",
    " > ",
    "limit",
    "reduce",
];

/// Words for what prompt and answer share.
const SHARED: [&str; 8] = [
    "context length",
    "context limit",
    "context size",
    "context window",
    "sequence length",
    "inputs",
    "prompt",
    "input",
];

/// Whether a refusal is about the tokens that an answer may have.
pub(super) fn names_room(error_body: &ErrorBody) -> bool {
    let words = error_body.words();
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    has(&ANSWER) && has(&TOO_MANY) && !ANSWER.iter().take(2).any(|field| error_body.refuses(field))
}

impl Refusal {
    /// What a refusal of `asked` tokens says; `None` where it is about something else.
    pub(super) fn read(error_body: &ErrorBody, asked: u32) -> Option<Self> {
        let message = error_body.message.to_lowercase();
        if let Some(minute) = a_minute(&message, asked) {
            return Some(minute);
        }
        let words = error_body.words();
        let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
        if !has(&ANSWER) || !has(&TOO_MANY) {
            return None;
        }
        let mut numbers = numbers(&message);
        numbers.retain(|number| *number != asked);
        let is_shared = has(&SHARED);
        let window = || Some(&numbers).filter(|_| is_shared).and_then(|all| window(&message, all, asked));
        if let Some(window) = window() {
            return Some(window);
        }
        match numbers.iter().copied().filter(|number| *number < asked).max() {
            Some(most) if says_below(&message) => Some(Self::Most(most.saturating_sub(1))),
            Some(most) => Some(Self::Most(most)),
            // A window that the prompt alone may fill.
            None if is_shared && !numbers.is_empty() => None,
            None => names_room(error_body).then_some(Self::TooMany),
        }
    }
}

/// `Request too large ... Limit 6000, Requested 8700`: what one request may take of a minute's tokens.
fn a_minute(message: &str, asked: u32) -> Option<Refusal> {
    static MINUTE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?s)too large.*limit:? (\d+), requested:? (\d+)")
            .expect("the pattern is constant and tested")
    });
    let found = MINUTE.captures(message)?;
    let number = |place: usize| found.get(place)?.as_str().parse::<u32>().ok();
    Some(Refusal::Window { window: number(1)?, prompt: number(2)?.saturating_sub(asked) })
}

/// Whether the number that is named is itself too many.
fn says_below(message: &str) -> bool {
    let has = |word: &str| message.contains(word);
    (has("less than") || has("lower than") || has("exclusive")) && !has("or equal")
}

/// The window and the prompt's size among the numbers of a refusal. Many name the sum of prompt and answer
/// too, which gives the prompt away.
fn window(message: &str, numbers: &[u32], asked: u32) -> Option<Refusal> {
    let has_sum = |prompt: &u32| prompt.checked_add(asked).is_some_and(|sum| numbers.contains(&sum));
    let by_words = || prompt_by_words(message).filter(|prompt| numbers.contains(prompt));
    let by_total = || total(message, numbers, asked);
    if let Some(prompt) = numbers.iter().copied().find(has_sum).or_else(by_words) {
        let rest = |number: &u32| *number != prompt && Some(*number) != prompt.checked_add(asked);
        let rest: Vec<u32> = numbers.iter().copied().filter(rest).collect();
        if let [window] = *rest {
            return Some(Refusal::Window { window, prompt });
        }
    }
    by_total().or_else(|| match *numbers {
        [a, b] => Some(Refusal::Window { window: a.max(b), prompt: a.min(b) }),
        _ => None,
    })
}

/// `you requested 16904 tokens`: the largest number is prompt and answer together.
fn total(message: &str, numbers: &[u32], asked: u32) -> Option<Refusal> {
    let total = numbers.iter().copied().max().filter(|_| message.contains("requested"))?;
    let prompt = total.checked_sub(asked)?;
    let window = numbers.iter().copied().filter(|number| *number < total).max()?;
    Some(Refusal::Window { window, prompt })
}

/// `500 input tokens`, `500 in the messages`, `your prompt contains at least 500`.
fn prompt_by_words(message: &str) -> Option<u32> {
    static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"\b(\d+)[`' ]*(?:tokens? )?(?:(?:in|from|of) )?(?:the |your |text |`)*(?:input|message|prompt)|(?:prompt|input)[a-z ]{1,25} (\d+)\b",
        )
        .expect("the pattern is constant and tested")
    });
    let found = PROMPT.captures(message)?;
    found.get(1).or_else(|| found.get(2))?.as_str().parse().ok()
}

/// The whole numbers of a text, each once, without those in names and codes: `gpt-4`, `2.5`, `code: 400`.
fn numbers(message: &str) -> Vec<u32> {
    static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
        let code = r"(?:code|status|http)\W{0,4}\d{3}\b";
        let number = r"\d{1,3}(?:,\d{3})+\b|\d+";
        Regex::new(&format!(r"{code}|[\w.\-/]*[a-z_\-/][\w.\-/]*|\d+\.\d+|({number})"))
            .expect("the pattern is constant and tested")
    });
    let found = NUMBERS.captures_iter(message).filter_map(|found| found.get(1));
    let mut all = Vec::new();
    for number in found.filter_map(|number| number.as_str().replace(',', "").parse().ok()) {
        if !all.contains(&number) {
            all.push(number);
        }
    }
    all
}

/// What is known of the room for answers, and what one request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// The most tokens that this request may ask for.
    limit: Option<u32>,
    /// The most tokens of any answer.
    most: Option<u32>,
    window: Option<Window>,
}

/// A context that prompt and answer share, with the prompt it was seen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    tokens: u32,
    prompt: u32,
    prompt_bytes: usize,
}

/// With less room than this no answer is worth asking for.
const LEAST: u32 = 16;

/// Without a number the room is halved, down to this.
const LEAST_GUESSED: u32 = 256;

impl Room {
    /// The same for a request, whose prompt is estimated by what the server counted for another.
    pub(super) fn sized(self, request: &Request) -> Self {
        let beside = self.window.and_then(|window| window.beside(bytes(request)));
        Self { limit: self.most.into_iter().chain(beside).min(), ..self }
    }

    /// The most tokens to ask for.
    pub(super) fn max_tokens(self, request: &Request) -> u32 {
        let asked = request.parameters.max_tokens;
        self.limit.map_or(asked, |limit| limit.min(asked))
    }

    /// The room after a refusal that is about it, if that leaves any to ask for.
    pub(super) fn after(self, error_body: &ErrorBody, request: &Request) -> Option<Self> {
        let asked = self.max_tokens(request);
        let next = match Refusal::read(error_body, asked)? {
            Refusal::Most(most) => Self { limit: Some(most), most: Some(most), ..self },
            Refusal::Window { window, prompt } => {
                let window = Window { tokens: window, prompt, prompt_bytes: bytes(request) };
                Self { limit: window.tokens.checked_sub(prompt), window: Some(window), ..self }
            }
            Refusal::TooMany => {
                let half = Some(asked / 2).filter(|half| *half >= LEAST_GUESSED);
                Self { limit: half, most: half, ..self }
            }
        };
        next.limit.is_some_and(|limit| (LEAST..asked).contains(&limit)).then_some(next)
    }

    /// What two calls have learned.
    pub(super) fn joined(self, other: Self) -> Self {
        Self {
            limit: None,
            most: self.most.into_iter().chain(other.most).min(),
            window: other.window.or(self.window),
        }
    }
}

impl Window {
    /// What is left beside a prompt of so many bytes, on the safe side; `None` where that is next to
    /// nothing: then the server has to say it.
    fn beside(self, bytes: usize) -> Option<u32> {
        let tokens = u64::from(self.prompt) * bytes as u64 / self.prompt_bytes.max(1) as u64;
        let prompt = u32::try_from(tokens + tokens / 20 + 16).ok()?;
        self.tokens.checked_sub(prompt).filter(|left| *left >= LEAST)
    }
}

/// The bytes of a prompt's texts.
fn bytes(request: &Request) -> usize {
    request.messages.iter().map(|message| message.content.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(message: &str, asked: u32) -> Option<Refusal> {
        Refusal::read(&ErrorBody { message: message.into(), ..ErrorBody::default() }, asked)
    }

    #[test]
    fn the_most_tokens_of_an_answer_are_read_in_whatever_words() {
        for (message, asked, most) in [
            (
                "max_tokens is too large: 9000. This model supports at most 4096 completion tokens, whereas you provided 9000.",
                9000,
                4096,
            ),
            (
                "max_tokens: 90000 > 64000, which is the maximum allowed number of output tokens for claude-x-4-20250514",
                90_000,
                64_000,
            ),
            (
                "`max_tokens` must be less than or equal to `32768`, the maximum value for `max_tokens` is less than the `context_window` for this model",
                60_000,
                32_768,
            ),
            ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", 10_000, 8192),
            ("Range of max_tokens should be [1,2048]", 10_000, 2048),
            (
                "Unable to submit request because it has a maxOutputTokens value of 99999 but the supported range is from 1 (inclusive) to 8193 (exclusive). Update the value and try again.",
                99_999,
                8192,
            ),
            (
                "The maximum tokens you requested exceeds the model limit of 4096. Try again with a maximum tokens value that is lower than 4096.",
                5000,
                4095,
            ),
            ("body.max_tokens: Input should be less than or equal to 4,096", 5000, 4096),
            (
                "Malformed input request: #/max_tokens: 5000 is not less or equal to 4000, please reformat your input",
                5000,
                4000,
            ),
            (
                "Error code: 400 - {'error': {'message': 'max_completion_tokens is too large: 70000. This model supports at most 16384 completion tokens.'}}",
                70_000,
                16_384,
            ),
            ("Input validation error: `max_new_tokens` must be <= 512. Given: 1024", 1024, 512),
            ("too many tokens: max tokens must be less than or equal to 4000, got 8000", 8000, 4000),
        ] {
            assert_eq!(read(message, asked), Some(Refusal::Most(most)), "{message}");
        }
    }

    #[test]
    fn a_window_that_prompt_and_answer_share_is_read_with_the_prompt() {
        for (message, asked, window, prompt) in [
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 tokens and your request has 312 input tokens (4000 > 4096 - 312).",
                4000,
                4096,
                312,
            ),
            (
                "'max_tokens' or 'max_completion_tokens' is too large: 4000. This model's maximum context length is 4096 tokens and your request has 12 input tokens (4000 > 4096 - 12).",
                4000,
                4096,
                12,
            ),
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4312 tokens (312 in the messages, 4000 in the completion). Please reduce the length of the messages or completion.",
                4000,
                4096,
                312,
            ),
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4332 tokens (312 in the messages, 20 in the functions, and 4000 in the completion). Please reduce the length.",
                4000,
                4096,
                332,
            ),
            (
                "This model's maximum context length is 4096 tokens. However, you requested 4000 output tokens and your prompt contains at least 312 input tokens, for a total of at least 4312 tokens. Please reduce the length of the input prompt or the number of requested output tokens.",
                4000,
                4096,
                312,
            ),
            (
                "This endpoint's maximum context length is 4096 tokens. However, you requested about 4312 tokens (312 of text input, 4000 in the output). Please reduce the length of either one.",
                4000,
                4096,
                312,
            ),
            (
                "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
                21_333,
                200_000,
                188_240,
            ),
            (
                "`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 50 `inputs` tokens and 8192 `max_new_tokens`",
                8192,
                4097,
                50,
            ),
            (
                "Requested generation length 99999 is not possible! The provided prompt is 30 tokens long, so generating 99999 tokens requires a sequence length of 100029, but the maximum supported sequence length is just 4096!",
                99_999,
                4096,
                30,
            ),
            (
                "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 4312 tokens: 312 tokens from the input messages and 4000 tokens for the completion.",
                4000,
                4096,
                312,
            ),
            (
                "The number of tokens in the prompt (312) plus max_tokens (4000) exceeds the limit of 4096",
                4000,
                4096,
                312,
            ),
            (
                "This model's maximum context length is 4096 tokens. However, you requested 9900 tokens (8900 in the messages, 1000 in the completion).",
                1000,
                4096,
                8900,
            ),
            (
                "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 8700, please reduce your message size and try again.",
                8200,
                6000,
                500,
            ),
        ] {
            assert_eq!(read(message, asked), Some(Refusal::Window { window, prompt }), "{message}");
        }
    }

    #[test]
    fn other_refusals_are_not_about_the_tokens_of_an_answer() {
        for message in [
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "prompt is too long: 210000 tokens > 200000 maximum",
            "The decoder prompt (length 5000) is longer than the maximum model length of 4096.",
            "Rate limit reached for m on tokens per min (TPM): Limit 6000, Used 5900, Requested 800.",
            "Invalid schema for response_format 'verdict'",
            "System role not supported",
            "output_config.format.schema: Invalid schema: too many parameters",
            "",
        ] {
            assert_eq!(read(message, 1024), None, "{message}");
        }
        assert_eq!(read("max_tokens is too large", 1024), Some(Refusal::TooMany));
    }
}
