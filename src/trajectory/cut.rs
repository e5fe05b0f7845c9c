//! How a long trajectory is cut.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How long a rendered trajectory may be, in characters.
///
/// If the whole fits the budget, nothing is cut. Otherwise every text, argument
/// list and result of more than `piece_chars` keeps its head and its tail; and
/// if that is not enough, the steps in the middle are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutRule {
    /// The most characters of the whole; less than 1,000 counts as 1,000.
    pub budget_chars: usize,
    /// The most characters of one text, argument list or result once something must be cut;
    /// never more than a tenth of the budget, never fewer than 100.
    pub piece_chars: usize,
}

impl Default for CutRule {
    /// 8,000 characters, about 2,000 tokens: a small model's context holds that, the question and the answer.
    fn default() -> Self {
        Self { budget_chars: 8_000, piece_chars: 600 }
    }
}

/// Below this the first step, the last one and the answer have no room beside each other.
const SMALLEST_BUDGET: usize = 1_000;
/// Below this a piece has no room for the remark on what is left out of it.
const SMALLEST_PIECE: usize = 100;

impl CutRule {
    pub(super) fn budget(&self) -> usize {
        self.budget_chars.max(SMALLEST_BUDGET)
    }

    pub(super) fn piece(&self) -> usize {
        self.piece_chars.min(self.budget() / 10).max(SMALLEST_PIECE)
    }
}

/// A trajectory as text, and what was left out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// What was left out; nothing if all is there.
    pub cut: Option<Cut>,
}

/// What was left out of a rendered trajectory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Texts, argument lists and results that were shortened, among the steps that are shown.
    pub shortened: usize,
    /// The first and the last number of the agent's steps that are not shown.
    pub steps: Option<(usize, usize)>,
    /// What others said that is not shown.
    pub messages: usize,
    /// All characters left out.
    pub characters: usize,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if self.shortened > 0 {
            parts.push(format!("{} shortened", plural(self.shortened, "text")));
        }
        if let Some(range) = self.steps {
            parts.push(format!("{} left out", span(range)));
        }
        if self.messages > 0 {
            parts.push(format!("{} left out", plural(self.messages, "message")));
        }
        write!(f, "{}: {} in all", parts.join(", "), plural(self.characters, "character"))
    }
}

/// `step 7`, or `steps 7 to 19`.
pub(super) fn span((first, last): (usize, usize)) -> String {
    if first == last { format!("step {first}") } else { format!("steps {first} to {last}") }
}

/// `1 step`, `1,234 steps`.
pub(super) fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(count))
}

fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text of at most `limit` characters, and how many were left out in its middle.
pub(super) fn shorten(text: String, limit: usize) -> (String, usize) {
    // Bytes are at least as many as characters, and cheaper to count.
    if text.len() <= limit {
        return (text, 0);
    }
    let length = text.chars().count();
    if length <= limit {
        return (text, 0);
    }
    // The remark is longest if everything is left out.
    let kept = limit.saturating_sub(remark(length).chars().count());
    let tail = kept / 2;
    let head = kept - tail;
    let left_out = length - kept;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(head + left_out).collect();
    (format!("{start}{}{end}", remark(left_out)), left_out)
}

fn remark(count: usize) -> String {
    format!("[… {} left out …]", plural(count, "character"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn head_and_tail_stay_and_the_remark_says_how_much_went() {
        let text = format!("{}{}", "a".repeat(1_000), "z".repeat(1_000));
        let (short, left_out) = shorten(text, 100);
        insta::assert_snapshot!(short, @"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa[… 1,931 characters left out …]zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
        assert_eq!(left_out, 1_931);
        assert_eq!(shorten("short".into(), 100), ("short".into(), 0));
    }

    #[test]
    fn a_cut_in_words() {
        let cut = Cut { shortened: 1, steps: Some((7, 19)), messages: 2, characters: 12_345 };
        assert_eq!(
            cut.to_string(),
            "1 text shortened, steps 7 to 19 left out, 2 messages left out: 12,345 characters in all"
        );
    }
}
