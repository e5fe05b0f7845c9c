//! How metrics cut a text into words.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

static RULES: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
    let rule = |pattern| Regex::new(pattern).expect("the pattern is constant and tested");
    [
        (rule(r"([\{-\~\[-\` -\&\(-\+\:-\@/])"), " $1 "),
        (rule(r"([^0-9])([\.,])"), "$1 $2 "),
        (rule(r"([\.,])([^0-9])"), " $1 $2"),
        (rule(r"([0-9])(-)"), "$1 $2 "),
    ]
});

/// The words of a text by the tokenizer `13a`, that of mteval-v13a and the default of sacrebleu.
pub(in crate::check) fn words_13a(text: &str) -> Vec<String> {
    let text = text.trim_end_matches(is_space).replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    let text = text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    let mut text = Cow::from(format!(" {text} "));
    for (rule, replacement) in RULES.iter() {
        text = rule.replace_all(&text, *replacement).into_owned().into();
    }
    between_spaces(&text).map(str::to_owned).collect()
}

/// The words of a text as rouge-score takes them: runs of a–z and 0–9 after lowering the case. All else, also
/// letters with accents and other scripts, only stands between words.
pub(in crate::check) fn letters_and_digits(text: &str) -> Vec<String> {
    let is_word = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let lower = text.to_lowercase();
    lower.split(|letter| !is_word(letter)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What stands between white space.
pub(super) fn between_spaces(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// White space as Python's `split` has it: also the separators of files, groups, records and units.
fn is_space(letter: char) -> bool {
    letter.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&letter)
}
