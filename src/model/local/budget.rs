//! Keeps an answer in JSON inside its limit of tokens.
//!
//! The rule. A *reserve* of tokens is set aside, enough to write the schema's shortest answer; the rest is
//! shared evenly among the strings that may hold any text. A string that has used its share is closed,
//! and once only the reserve is left everything is closed as soon as the grammar allows: strings end,
//! optional properties and further items are left out, and required ones are still chosen by the model.

/// Where the text stands in the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum JsonState {
    Outside,
    InString,
    AfterBackslash,
}

/// What the budget asks of the next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urge {
    /// Nothing: the model chooses.
    Free,
    /// End the string, if the grammar allows.
    EndString,
    /// End the object or array, or else go on to what it still requires.
    EndContainer,
}

/// The token budget of one answer.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    reserve: u32,
    share: u32,
    place: JsonState,
    string_tokens: u32,
}

impl Budget {
    /// A budget for at most `max_tokens`, of which the shortest answer takes `shortest`.
    pub(super) fn new(max_tokens: u32, shortest: u32, free_strings: u32) -> Self {
        // The model need not spell the shortest answer in the fewest tokens: a quarter more, and a few.
        let reserve = (shortest + shortest / 4 + 8).min(max_tokens / 2);
        Self {
            reserve,
            share: ((max_tokens - reserve) / free_strings.max(1)).max(1),
            place: JsonState::Outside,
            string_tokens: 0,
        }
    }

    /// What to do with this many tokens left.
    pub(super) fn urge(&self, remaining: u32) -> Urge {
        let low = remaining <= self.reserve;
        match self.place {
            JsonState::InString if low || self.string_tokens >= self.share => Urge::EndString,
            JsonState::Outside if low => Urge::EndContainer,
            _ => Urge::Free,
        }
    }

    /// Takes in the bytes of one token of the answer.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let opened_before = self.place != JsonState::Outside;
        for &byte in bytes {
            self.place = match (self.place, byte) {
                (JsonState::Outside, b'"') | (JsonState::AfterBackslash, _) => JsonState::InString,
                (JsonState::InString, b'"') => JsonState::Outside,
                (JsonState::InString, b'\\') => JsonState::AfterBackslash,
                (place, _) => place,
            };
        }
        self.string_tokens = match self.place {
            JsonState::Outside => 0,
            _ if opened_before => self.string_tokens + 1,
            _ => 1,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_when_its_share_is_used() {
        let mut budget = Budget::new(100, 8, 2); // reserve 18, share 41
        budget.write(b"{\"reasoning\":\"");
        for _ in 0..39 {
            budget.write(b" so");
            assert_eq!(budget.urge(60), Urge::Free);
        }
        budget.write(b" so");
        assert_eq!(budget.urge(60), Urge::EndString);
        budget.write(b"\"");
        assert_eq!(budget.urge(59), Urge::Free);
    }

    #[test]
    fn the_reserve_closes_everything() {
        let mut budget = Budget::new(100, 8, 1);
        budget.write(b"{\"tags\":[\"a");
        assert_eq!(budget.urge(19), Urge::Free);
        assert_eq!(budget.urge(18), Urge::EndString);
        budget.write(b"\"");
        assert_eq!(budget.urge(17), Urge::EndContainer);
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let mut budget = Budget::new(10, 1, 1);
        budget.write(b"\"a\\");
        assert_eq!(budget.urge(1), Urge::Free, "the escape must be finished first");
        budget.write(b"\"");
        assert_eq!(budget.urge(1), Urge::EndString);
    }

    #[test]
    fn a_limit_too_small_for_any_answer_still_leaves_a_share() {
        assert_eq!(Budget::new(0, 50, 3).share, 1);
        assert_eq!(Budget::new(10, 50, 3).reserve, 5);
    }
}
