//! Answers that ran out of tokens.

use crate::model::{Finish, Request, Response};

/// Where an answer was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// The most tokens that it could have.
    tokens: u32,
    /// Whether the server takes no more.
    is_servers: bool,
}

impl Cut {
    /// `None` for an answer that ended by itself.
    pub(super) fn of(response: &Response, request: &Request) -> Option<Self> {
        let tokens = response.limited_to.unwrap_or(request.parameters.max_tokens);
        let is_servers = response.limited_to.is_some();
        (response.finish == Finish::Length).then_some(Self { tokens, is_servers })
    }

    /// Whether the server takes no more tokens.
    pub(super) fn is_servers(self) -> bool {
        self.is_servers
    }

    /// What the user can do about it.
    pub(super) fn remedy(self) -> String {
        let shorter = "ask for shorter reasons (`max_length` of the signature's text outputs)";
        if self.is_servers {
            let tokens = self.tokens;
            return format!(
                "the server takes no more than {tokens} tokens of this answer: {shorter}, or use a model that takes more"
            );
        }
        format!("raise `max_tokens` of the model (what it thinks counts too), or {shorter}")
    }
}

/// Whether asking again is of no use: the answer was cut off, and again where it had no more room.
pub(super) fn is_hopeless(now: Option<Cut>, before: Option<Cut>) -> bool {
    now.zip(before).is_some_and(|(now, before)| now.tokens <= before.tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_cut_without_more_room_is_the_last() {
        let cut = |tokens| Some(Cut { tokens, is_servers: false });
        assert!(!is_hopeless(cut(1024), None));
        assert!(!is_hopeless(cut(2048), cut(1024)));
        assert!(!is_hopeless(None, cut(1024)));
        assert!(is_hopeless(cut(1024), cut(1024)));
        assert!(is_hopeless(cut(900), cut(1024)));
    }
}
