//! How many tokens a prompt may have, whatever tokenizer counts them.

use std::sync::{Mutex, PoisonError};

use super::request::Request;
use crate::prompt::Message;

/// Bounds on the tokens of a prompt, for vocabularies from 32,000 to 200,000 entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct PromptTokens {
    /// No tokenizer makes fewer of it.
    pub(in crate::model) least: u64,
    /// The number of tokens that a common tokenizer makes of it.
    pub(in crate::model) likely: u64,
    /// The most tokens that a small vocabulary makes of it.
    pub(in crate::model) most: u64,
}

impl PromptTokens {
    /// The bounds for these messages.
    fn of(messages: &[Message]) -> Self {
        let mut sum = Self::default();
        for message in messages {
            sum.add(Self::of_message(message));
        }
        sum
    }

    /// In this, a message is its text and what a chat template puts around it.
    fn of_message(message: &Message) -> Self {
        let text = Self::of_text(&message.content);
        Self { least: text.least, likely: text.likely + 8, most: text.most + 24 }
    }

    fn of_text(text: &str) -> Self {
        let Sum { mut parts, blank } = Sum::of(text);
        parts.add(beyond_one(blank));
        Self {
            least: parts.least / UNIT,
            likely: parts.likely.div_ceil(UNIT),
            most: parts.most.div_ceil(UNIT),
        }
    }

    fn add(&mut self, other: Self) {
        self.least += other.least;
        self.likely += other.likely;
        self.most += other.most;
    }

    fn times(self, number: u64) -> Self {
        Self { least: self.least * number, likely: self.likely * number, most: self.most * number }
    }
}

/// The bounds for requests. Most of a prompt is the same for every record, and read once.
#[derive(Debug, Default)]
pub(in crate::model) struct PromptSizes(Mutex<Vec<Stable>>);

/// Messages that are the same for every record.
#[derive(Debug)]
struct Stable {
    messages: Vec<Message>,
    size: PromptTokens,
}

/// So many kinds of requests are remembered: a rubric asks one for each criterion.
const KINDS: usize = 16;

impl PromptSizes {
    /// The bounds for a request's messages.
    pub(in crate::model) fn of(&self, request: &Request) -> PromptTokens {
        let stable = request.stable_messages();
        let mut sum = self.stable(stable);
        sum.add(PromptTokens::of(request.messages.get(stable.len()..).unwrap_or_default()));
        // What a chat template puts before the first message.
        PromptTokens { most: sum.most + 64, ..sum }
    }

    fn stable(&self, messages: &[Message]) -> PromptTokens {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stable) = known.iter().find(|stable| stable.messages == messages) {
            return stable.size;
        }
        let size = PromptTokens::of(messages);
        if known.len() == KINDS {
            known.remove(0);
        }
        known.push(Stable { messages: messages.to_vec(), size });
        size
    }
}

/// The unit in which words are summed up, as a part of a token.
const UNIT: u64 = 60;

const fn part(least: u64, likely: u64, most: u64) -> PromptTokens {
    PromptTokens { least, likely, most }
}

/// A letter of a common word: six letters a token at best, two and a half at worst.
const LETTER: PromptTokens = part(10, 13, 24);
/// The space after a word.
const SPACE: PromptTokens = LETTER;
/// A letter of a long word.
const LONG_LETTER: PromptTokens = part(10, 15, 36);
/// Some vocabularies have a token for three digits, some one for each.
const DIGIT_OR_MARK: PromptTokens = part(10, 30, 60);
/// One of a run of the same character.
const REPEATED: PromptTokens = part(0, 8, 30);
/// A character of base64, of a hash, of a key.
const JUMBLED: PromptTokens = part(15, 36, 60);
/// Chinese, Japanese, Korean.
const IDEOGRAPH: PromptTokens = part(20, 45, 120);
/// A letter of another alphabet, or with an accent.
const OTHER_LETTER: PromptTokens = part(12, 30, 90);

/// An emoji, or a sign: at worst each of its bytes is a token.
const fn sign(bytes: usize) -> PromptTokens {
    part(15, 90, 60 * bytes as u64 + 10)
}

/// Above this length a word without a break is no word of a common text.
const LONG: usize = 12;

const fn letter(word_bytes: usize) -> PromptTokens {
    if word_bytes > LONG { LONG_LETTER } else { LETTER }
}

/// From this length on, letters and digits side by side are taken for data.
const DATA: usize = 16;

/// What was read of a text.
#[derive(Default)]
struct Sum {
    parts: PromptTokens,
    /// How much white space came since the last word.
    blank: u64,
}

impl Sum {
    fn of(text: &str) -> Self {
        let mut sum = Self::default();
        for (number, piece) in text.as_bytes().split(|byte| matches!(byte, 9..=13 | b' ')).enumerate() {
            sum.blank += u64::from(number > 0);
            if piece.is_ascii() {
                sum.add(piece, || of_ascii(piece));
            } else {
                sum.add_beyond_ascii(std::str::from_utf8(piece).unwrap_or_default());
            }
        }
        sum
    }

    /// White space beyond ASCII is in what stands between white space of ASCII.
    fn add_beyond_ascii(&mut self, piece: &str) {
        for (number, word) in piece.split(char::is_whitespace).enumerate() {
            self.blank += u64::from(number > 0);
            self.add(word.as_bytes(), || of_word(word));
        }
    }

    /// Adds a word, and the white space before it.
    fn add(&mut self, word: &[u8], tokens: impl FnOnce() -> PromptTokens) {
        if !word.is_empty() {
            self.parts.add(beyond_one(self.blank));
            self.parts.add(tokens());
            self.blank = 0;
        }
    }
}

/// As [`of_word`], for one of ASCII: most are.
fn of_ascii(word: &[u8]) -> PromptTokens {
    if word.windows(4).any(|run| matches!(run, [a, b, c, d] if a == b && b == c && c == d)) {
        return of_word(std::str::from_utf8(word).unwrap_or_default());
    }
    let all = word.len() as u64;
    let mut sum = SPACE;
    if is_data(word) {
        sum.add(JUMBLED.times(all));
    } else {
        let letters = word.iter().filter(|byte| byte.is_ascii_alphabetic()).count() as u64;
        sum.add(letter(word.len()).times(letters));
        sum.add(DIGIT_OR_MARK.times(all - letters));
    }
    sum
}

fn of_word(word: &str) -> PromptTokens {
    let is_data = is_data(word.as_bytes());
    let letter = letter(word.len());
    let mut sum = SPACE;
    let mut before = None;
    let mut same = 0_usize;
    for c in word.chars() {
        same = if before == Some(c) { same + 1 } else { 0 };
        before = Some(c);
        sum.add(match c {
            _ if same >= 3 => REPEATED,
            _ if is_data && c.is_ascii() => JUMBLED,
            'a'..='z' | 'A'..='Z' => letter,
            _ if c.is_ascii() => DIGIT_OR_MARK,
            _ if is_ideograph(c) => IDEOGRAPH,
            _ if c.is_alphabetic() => OTHER_LETTER,
            _ => sign(c.len_utf8()),
        });
    }
    sum
}

/// Whether a word is base64, a hash or an address: letters and digits, or capitals
/// and small letters, in no order that a vocabulary knows.
fn is_data(word: &[u8]) -> bool {
    if word.len() < DATA {
        return false;
    }
    let changes = word.windows(2).filter(|pair| match pair {
        [one, other] => class(*one) != class(*other),
        _ => false,
    });
    changes.count() * 4 >= word.len()
}

/// Capitals, small letters, digits, the rest; all beyond ASCII is one class.
fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        0..=127 => 3,
        128.. => 4,
    }
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x11FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
        | 0xFF00..=0xFFEF | 0x20000..=0x3FFFF)
}

/// White space beyond the one space after each word: indentation, empty lines.
fn beyond_one(run: u64) -> PromptTokens {
    let beyond = run.saturating_sub(1);
    let begun = if beyond > 0 { part(0, 40, 60) } else { PromptTokens::default() };
    let mut sum = part(0, 2, 20).times(beyond);
    sum.add(begun);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Parameters;
    use crate::prompt::Role;

    fn bounds(text: &str) -> PromptTokens {
        PromptTokens::of_text(text)
    }

    /// A text, repeated to 1,000 characters, and the fewest and the most tokens that the
    /// tokenizers of GPT-4, GPT-4o, Llama 2 and Llama 3 make of it.
    const COUNTED: [(&str, u64, u64); 14] = [
        ("The committee did not agree on the price of the building, and left at noon. ", 224, 238),
        ("Die Versammlung einigte sich nicht auf den Preis des Hauses und ging um zwölf. ", 215, 279),
        ("    if (value.length() > limit) {\n        return Err(format(\"too long\"));\n    }\n", 251, 326),
        ("委员会没有就这座建筑的价格达成一致，于是在中午离开了会场。", 723, 1_416),
        ("会議ではその建物の価格について合意に至らず、正午に解散した。", 736, 1_336),
        ("위원회는 그 건물의 가격에 합의하지 못하고 정오에 떠났다. ", 637, 1_366),
        ("Комитет не договорился о цене здания и разошёлся в полдень. ", 298, 500),
        ("لم تتفق اللجنة على سعر المبنى وغادرت عند الظهر. ", 312, 878),
        (
            "q83vEjRWeJq7zN0e/xAhMkNUZXaHmKm6y9zt/g8QISIzRFVmd4iZqrvM3e7wABEiM0RVZneImaq7zN3u/ws5FZmXk2Qp1dUv",
            718,
            887,
        ),
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 656, 923),
        ("31415926535897932384626433", 334, 1_002),
        (
            "{\"id\": 1042, \"name\": \"Blue kettle\", \"price\": 19.99, \"tags\": [\"kitchen\", \"sale\"], \"stock\": true}\n",
            386,
            472,
        ),
        ("| 2024-01-03 | 1,204.50 | 33.1 % | yes |\n", 512, 808),
        ("🦀🎉😀🚀 ", 1_601, 3_402),
    ];

    #[test]
    fn the_bounds_hold_for_tokenizers_in_use() {
        for (text, fewest, most) in COUNTED {
            let whole: String = text.chars().cycle().take(1_000).collect();
            let bounds = bounds(&whole);
            assert!(bounds.least <= fewest && bounds.most + 24 >= most, "{text}: {bounds:?}");
            assert!((fewest * 2 / 3..=most * 3 / 2).contains(&bounds.likely), "{text}: {bounds:?}");
        }
    }

    #[test]
    fn runs_and_empty_texts_have_few() {
        assert_eq!(bounds(""), PromptTokens::default());
        let rule = bounds(&"=".repeat(6_000));
        assert!(rule.least <= 1 && rule.likely < 900, "{rule:?}");
        let blank = bounds(&" ".repeat(6_000));
        assert_eq!(blank.least, 0);
    }

    #[test]
    fn the_bounds_stand_in_their_order() {
        for text in ["a", "1", "委", "🦀🦀", "x1Y2z3A4b5C6d7E8f9", "é", "\n\n\n", "....", "naïve café"]
        {
            let PromptTokens { least, likely, most } = bounds(text);
            assert!(least <= likely && likely <= most, "{text:?}: {least} {likely} {most}");
            assert!(most <= text.len() as u64 + 1, "{text:?}: {most}");
        }
        let request = Request::new(vec![Message::new(Role::User, "hello")], 0, None, Parameters::default());
        let PromptTokens { least, most, .. } = PromptSizes::default().of(&request);
        assert!(least <= 2 && most >= 88, "{least} {most}");
    }

    /// White space and words beyond ASCII are read another way. In a text of both nothing is lost or counted twice.
    #[test]
    fn white_space_is_the_same_in_every_spelling() {
        let spaced = |space: &str| bounds(&format!("one{space}two \u{e9}t\u{e9}"));
        for space in ["\u{85}", "\u{a0}", "\u{3000}", "\u{2028}", "\t", "\n", "\u{b}"] {
            assert_eq!(spaced(space), spaced(" "), "{space:?}");
            let three = format!(" {space} ");
            assert_eq!(spaced(&three), spaced("   "), "{three:?}");
        }
        assert_eq!(bounds("one\u{1c}two"), bounds("one=two"), "no white space");
    }

    #[test]
    fn a_word_of_ascii_is_read_as_any_other() {
        let data = "x1Y2z3A4b5C6d7E8f9";
        let words =
            ["a", "committee", "uninterruptedly", "12.50", "=====", "0000abc", data, "\0\0\0\0\0", "aaaab"];
        for word in words {
            assert_eq!(of_ascii(word.as_bytes()), of_word(word), "{word:?}");
        }
    }

    #[test]
    fn what_is_remembered_is_what_would_be_read() {
        let sizes = PromptSizes::default();
        for number in 0..40_usize {
            let stable = "stable ".repeat(1 + number % 20);
            let texts = [stable, "record ".repeat(number)];
            let messages: Vec<Message> = texts.iter().map(|text| Message::new(Role::User, text)).collect();
            let read = PromptTokens::of(&messages);
            let request = Request::new(messages, 1, None, Parameters::default());
            assert_eq!(sizes.of(&request), PromptTokens { most: read.most + 64, ..read });
        }
    }
}
