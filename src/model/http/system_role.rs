//! Models without a system role: their prompt templates know a user and an assistant who take turns.

use std::sync::LazyLock;

use regex::Regex;

use super::said::Said;
use crate::model::Request;
use crate::prompt::{Message, Role};

/// Whether a refusal is about the system role, or about turns that do not alternate.
///
/// Servers that render the model's template themselves fail with 500, and those that stream have sent
/// their 200 already.
pub(super) fn is_refused(status: Option<u16>, said: &Said) -> bool {
    matches!(status, None | Some(400 | 422 | 500 | 501)) && REFUSAL.is_match(&said.words())
}

/// Whether a request has what such a server cannot take.
pub(super) fn is_used(request: &Request) -> bool {
    let messages = &request.messages;
    let twice = |pair: &[Message]| matches!(pair, [a, b] if a.role == b.role);
    messages.iter().any(|message| message.role == Role::System) || messages.windows(2).any(twice)
}

static REFUSAL: LazyLock<Regex> = LazyLock::new(|| {
    let part = "(?:roles?|messages?|prompts?|instructions?)";
    let no = "(?:not (?:be )?(?:currently )?(?:supported|enabled|allowed|permitted|available|accepted|implemented)|unsupported|disabled|n't supported|n't allowed|not a valid)";
    let refuses = "(?:not (?:currently )?(?:support|allow|accept|have|take)|n't (?:support|allow|accept|have|take)|unsupported|unknown|invalid|unexpected|unrecognized)";
    let quote = r#"[`'"\\]{1,2}"#;
    let named = format!(r"(?:(?:system|developer)[ _-]?{part}|{quote}system{quote}|roles?:? {quote}?system)");
    let forms = [
        format!("{named}[^.]{{0,60}}{no}"),
        format!(r"\b{refuses}[^.]{{0,40}}{named}"),
        r"system messages? (?:must|should|can only) be (?:at )?(?:the )?(?:beginning|first|start)".to_owned(),
        r"(?:only one|one|single|multiple) system messages?".to_owned(),
        r"roles? must alternate|must alternate between|alternating (?:user|roles)".to_owned(),
        format!(r"only (?:the )?{quote}?user{quote}?(?:,| and| or)+ {quote}?(?:assistant|model)"),
        format!(r"(?:be|of|are):? \W{{0,3}}user{quote}?(?:,| and| or)+ {quote}?(?:assistant|model){quote}"),
        r"(?:conversation|first message|messages)[a-z ]{0,20} (?:start|begin|be)[a-z ]{0,12} user".to_owned(),
    ];
    Regex::new(&forms.join("|")).expect("the pattern is constant and tested")
});

/// The conversation for such a server: the instruction at the head of the user's first turn, and messages
/// of one role that follow each other made one.
pub(in crate::model) fn in_turns(messages: &[Message]) -> Vec<Message> {
    let (system, rest): (Vec<&Message>, Vec<&Message>) =
        messages.iter().partition(|message| message.role == Role::System);
    let instruction = system.into_iter().map(|message| (Role::User, &message.content));
    let rest = rest.into_iter().map(|message| (message.role, &message.content));
    let mut turns: Vec<Message> = Vec::new();
    for (role, text) in instruction.chain(rest) {
        match turns.last_mut().filter(|turn| turn.role == role) {
            Some(turn) => {
                turn.content.push_str("\n\n");
                turn.content.push_str(text);
            }
            None => turns.push(Message::new(role, text.clone())),
        }
    }
    turns
}
