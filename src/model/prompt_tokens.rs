//! How many tokens a prompt may have, whatever tokenizer counts them.

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
    /// The bounds for a request's messages.
    pub(in crate::model) fn of(request: &Request) -> Self {
        let mut sum = Self::default();
        for message in &request.messages {
            sum.add(Self::of_message(message));
        }
        // What a chat template puts before the first message.
        Self { most: sum.most + 64, ..sum }
    }

    /// In this, a message is its text and what a chat template puts around it.
    fn of_message(message: &Message) -> Self {
        let text = Self::of_text(&message.content);
        Self { least: text.least, likely: text.likely + 8, most: text.most + 24 }
    }

    fn of_text(text: &str) -> Self {
        let mut parts = Self::default();
        for word in text.split_whitespace() {
            parts.add(of_word(word));
        }
        parts.add(of_white_space(text));
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

/// The unit in which words are summed up, as a part of a token.
const UNIT: u64 = 60;

const fn part(least: u64, likely: u64, most: u64) -> PromptTokens {
    PromptTokens { least, likely, most }
}

/// A letter of a common word: six letters a token at best, two and a half at worst.
const LETTER: PromptTokens = part(10, 13, 24);
/// A letter of a long word.
const LONG_LETTER: PromptTokens = part(10, 15, 36);
/// Some vocabularies have a token for three digits, some one for each.
const DIGIT: PromptTokens = part(10, 30, 60);
const MARK: PromptTokens = part(10, 30, 60);
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

/// From this length on, letters and digits side by side are taken for data.
const DATA: usize = 16;

fn of_word(word: &str) -> PromptTokens {
    let is_data = is_data(word);
    let letter = if word.len() > LONG { LONG_LETTER } else { LETTER };
    // The space after it.
    let mut sum = LETTER;
    let mut before = None;
    let mut same = 0_usize;
    for c in word.chars() {
        same = if before == Some(c) { same + 1 } else { 0 };
        before = Some(c);
        sum.add(match c {
            _ if same >= 3 => REPEATED,
            _ if is_data && c.is_ascii() => JUMBLED,
            'a'..='z' | 'A'..='Z' => letter,
            '0'..='9' => DIGIT,
            _ if c.is_ascii() => MARK,
            _ if is_ideograph(c) => IDEOGRAPH,
            _ if c.is_alphabetic() => OTHER_LETTER,
            _ => sign(c.len_utf8()),
        });
    }
    sum
}

/// Whether a word is base64, a hash or an address: letters and digits, or capitals
/// and small letters, in no order that a vocabulary knows.
fn is_data(word: &str) -> bool {
    if word.len() < DATA {
        return false;
    }
    let bytes = word.as_bytes();
    let changes = bytes.windows(2).filter(|pair| match pair {
        [one, other] => class(*one) != class(*other),
        _ => false,
    });
    changes.count() * 4 >= bytes.len()
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
fn of_white_space(text: &str) -> PromptTokens {
    let mut sum = PromptTokens::default();
    let mut run = 0_u64;
    for c in text.chars() {
        if c.is_whitespace() {
            run += 1;
        } else if run > 0 {
            sum.add(beyond_one(run));
            run = 0;
        }
    }
    sum.add(beyond_one(run));
    sum
}

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
        let PromptTokens { least, most, .. } = PromptTokens::of(&request);
        assert!(least <= 2 && most >= 88, "{least} {most}");
    }
}
