//! Models without a system role: their prompt templates know a user and an assistant who take turns.

use std::sync::LazyLock;

use regex::Regex;

use super::error_body::ErrorBody;
use crate::model::Request;
use crate::prompt::{Message, Role};

/// Whether a refusal is about the system role, or about turns that do not alternate.
///
/// Servers that render the model's template themselves fail with 500, and those that stream have sent
/// their 200 already.
pub(super) fn is_refused(status: Option<u16>, error_body: &ErrorBody) -> bool {
    matches!(status, None | Some(400 | 422 | 500 | 501)) && REFUSAL.is_match(&error_body.words())
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
    let refuses = r"(?:(?:\bnot|n't) (?:currently )?(?:support|allow|accept|have|take)|\bunsupported|unknown|invalid|unexpected|unrecognized)";
    let quote = r#"(?:[`'"\\]{1,2})"#;
    let named = format!(r"(?:(?:system|developer)[ _-]?{part}|{quote}system{quote}|roles?:? {quote}?system)");
    let forms = [
        format!("{named}[^.]{{0,60}}{no}"),
        format!(r"{refuses}[^.]{{0,40}}{named}"),
        r"system messages? (?:must|should|can only) be (?:at )?(?:the )?(?:beginning|first|start)".to_owned(),
        r"(?:only one|one|single|multiple) system messages?".to_owned(),
        r"(?:roles?|messages|turns)[a-z ]{0,20} alternate|must alternate|alternating (?:user|roles)".to_owned(),
        r"\bno system (?:roles?|messages?|prompts?)|(?:not|n't) (?:support|accept|allow|take)[a-z ]{0,8} system\b".to_owned(),
        format!(r"only (?:the |supports? |accepts? |allows? )?{quote}?user{quote}?(?:,| and| or)+ {quote}?(?:assistant|model)"),
        format!(r"(?:be|of|are)(?: either)?:? \W{{0,3}}user{quote}?(?:,| and| or)+ {quote}?(?:assistant|model)\b"),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(message: &str) -> bool {
        super::is_refused(Some(400), &ErrorBody { message: message.into(), ..ErrorBody::default() })
    }

    #[test]
    fn a_missing_system_role_is_told_in_many_words() {
        for message in [
            "System role not supported",
            "Template error: invalid operation: System role not supported (in <string>:1)",
            "Error rendering prompt with jinja template: \"Error: Only user and assistant roles are supported!\"",
            "Only user, assistant and tool roles are supported",
            "Conversation roles must alternate user/assistant/user/assistant/...",
            "After the optional system message, conversation roles must alternate user/assistant/user/assistant/...",
            "Developer instruction is not enabled for models/gemma-x",
            "system messages are not supported by this model",
            "This model doesn't support system messages",
            "the model does not support the system role",
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            "messages: Unexpected role \"system\". The Messages API accepts a top-level `system` parameter",
            "messages.0.role: Input should be 'user' or 'assistant'",
            "'system' is not one of ['user', 'assistant'] - 'messages.0.role'",
            "Role 'system' is not allowed",
            "A conversation must start with a user message.",
            "System message must be at the beginning.",
            "System prompts are disabled for this deployment",
            "This server only supports user and assistant roles",
            "messages[0].role must be one of: user, assistant",
            "No system role",
            "the template does not accept system",
        ] {
            assert!(is_refused(message), "{message}");
        }
        for message in [
            "the prompt is too long",
            "Invalid schema for response_format",
            "unknown error, ask the system's administrator",
            "The model `m` does not exist",
            "max_tokens is not supported with this model",
            "this user is not allowed to use the assistant",
            "the system is overloaded",
            "",
        ] {
            assert!(!is_refused(message), "{message}");
        }
    }

    #[test]
    fn turns_alternate_and_nothing_is_lost() {
        let message = |(role, text): (Role, &str)| Message::new(role, text);
        let messages = [
            (Role::System, "Judge."),
            (Role::User, "a"),
            (Role::Assistant, "yes"),
            (Role::System, "Be brief."),
            (Role::User, "b"),
            (Role::User, "c"),
        ];
        let expected =
            [(Role::User, "Judge.\n\nBe brief.\n\na"), (Role::Assistant, "yes"), (Role::User, "b\n\nc")];
        assert_eq!(in_turns(&messages.map(message)), expected.map(message));
        let no_user = [(Role::System, "Judge."), (Role::Assistant, "yes")].map(message);
        assert_eq!(in_turns(&no_user), [(Role::User, "Judge."), (Role::Assistant, "yes")].map(message));
    }
}
