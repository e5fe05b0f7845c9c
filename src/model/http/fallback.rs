//! What a request falls back to when a server refuses it. A refusal names what is not taken, and the request
//! is made once more without it. What then worked is remembered for the calls that follow. Some models have
//! no system role: their prompt templates know a user and an assistant who take turns.

use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

use super::error_body::{ErrorBody, may_give_way};
use super::rejection::Rejection;
use super::too_many::Room;
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

/// A way to ask for the answer's form.
pub(in crate::model) trait FormLevel: Copy + Ord + 'static {
    /// All of them, the strictest first.
    const ALL: &'static [Self];

    /// Words of a refusal that is about this form.
    fn words(self) -> &'static [&'static str];
}

/// A field of the request that some servers or models do not take.
pub(in crate::model) trait Field: Copy + 'static {
    /// Those that a refusal may name, in the order in which they are given up.
    const NAMED: &'static [Self];

    /// Asks for the most log-probabilities: a weighed answer may do with fewer, and never without.
    const MOST_LOGPROBS: Option<Self> = None;

    fn name(self) -> &'static str;

    /// A bit of its own.
    fn bit(self) -> u8;
}

/// What one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) struct Plan<L, F> {
    pub(in crate::model) level: L,
    without: u8,
    system: System,
    room: Room,
    fields: PhantomData<F>,
}

/// Where the instruction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum System {
    /// In a message of its own, with the role of the system.
    Apart,
    /// At the head of the user's first turn.
    InTurn,
}

impl<L: FormLevel, F: Field> Plan<L, F> {
    /// With every field.
    pub(in crate::model) fn new(level: L) -> Self {
        Self { level, without: 0, system: System::Apart, room: Room::default(), fields: PhantomData }
    }

    /// The same for a request: no more tokens of an answer than the server is known to take.
    pub(in crate::model) fn sized(self, request: &Request) -> Self {
        Self { room: self.room.sized(request), ..self }
    }

    /// The most tokens of an answer to ask for.
    pub(in crate::model) fn max_tokens(self, request: &Request) -> u32 {
        self.room.max_tokens(request)
    }

    /// The same, where it is less than the request says.
    pub(in crate::model) fn limited_to(self, request: &Request) -> Option<u32> {
        Some(self.max_tokens(request)).filter(|limit| *limit < request.parameters.max_tokens)
    }

    pub(in crate::model) fn system(self) -> System {
        self.system
    }

    /// What the user should know about tokens and instruction, for a reply that came by this plan.
    pub(in crate::model) fn notes(self, request: &Request) -> Vec<String> {
        let asked = request.parameters.max_tokens;
        let limited = self.limited_to(request).map(|limit| {
            format!("the server takes no more than {limit} tokens of this answer; max_tokens was {asked}")
        });
        let moved = self.system == System::InTurn && is_used(request);
        let moved = moved.then(|| {
            "the server takes no system role; the instruction stands in the user's first message".to_owned()
        });
        limited.into_iter().chain(moved).collect()
    }

    pub(in crate::model) fn takes(self, field: F) -> bool {
        self.without & field.bit() == 0
    }

    pub(in crate::model) fn without(self, field: F) -> Self {
        Self { without: self.without | field.bit(), ..self }
    }

    /// The next thing to try for a request after a refusal, if the refusal names something that can be left out.
    pub(in crate::model) fn next(
        self,
        rejection: &Rejection,
        request: &Request,
        can_lower: bool,
    ) -> Option<Self> {
        if rejection.refuses_weighing(request) {
            return F::MOST_LOGPROBS.filter(|most| self.takes(*most)).map(|most| self.without(most));
        }
        let (status, error_body) = (rejection.failure.status, &*rejection.error_body);
        self.with_less_room(status, error_body, request)
            .or_else(|| self.without_system(status, error_body, request))
            .or_else(|| self.after(status, error_body, can_lower))
    }

    /// Too large a request comes as 413 too, and as 429 where a minute has too few tokens for it.
    fn with_less_room(self, status: Option<u16>, error_body: &ErrorBody, request: &Request) -> Option<Self> {
        let may = may_give_way(status) || matches!(status, Some(413 | 429));
        let room = self.room.after(error_body, request).filter(|_| may)?;
        Some(Self { room, ..self })
    }

    fn without_system(self, status: Option<u16>, error_body: &ErrorBody, request: &Request) -> Option<Self> {
        let gives_way = self.system == System::Apart && is_refused(status, error_body) && is_used(request);
        gives_way.then_some(Self { system: System::InTurn, ..self })
    }

    /// The next form or the fewer fields to try.
    pub(in crate::model) fn after(
        self,
        status: Option<u16>,
        error_body: &ErrorBody,
        can_lower: bool,
    ) -> Option<Self> {
        if !may_give_way(status) {
            return None;
        }
        let mut fields = F::NAMED.iter().copied();
        if let Some(field) = fields.find(|field| self.takes(*field) && error_body.refuses(field.name())) {
            return Some(self.without(field));
        }
        let mut lower = L::ALL.iter().copied().filter(|level| *level > self.level);
        let level = lower.next().filter(|_| can_lower && self.refuses_form(status, error_body))?;
        Some(Self { level, ..self })
    }

    /// Whether a refusal is about the form that was asked for.
    pub(in crate::model) fn refuses_form(self, status: Option<u16>, error_body: &ErrorBody) -> bool {
        let words = error_body.words();
        may_give_way(status) && self.level.words().iter().any(|word| words.contains(word))
    }
}

/// What the calls so far have shown of a server and its model.
#[derive(Debug)]
pub(in crate::model) struct Capabilities<L, F> {
    /// What is asked for while nothing is known.
    pub(in crate::model) first: Plan<L, F>,
    /// Its place in [`FormLevel::ALL`].
    level: AtomicU8,
    without: AtomicU8,
    takes_no_system: AtomicBool,
    room: Mutex<Room>,
}

impl<L: FormLevel, F: Field> Capabilities<L, F> {
    pub(in crate::model) fn new(first: Plan<L, F>) -> Self {
        Self {
            first,
            level: AtomicU8::new(place(first.level)),
            without: AtomicU8::new(first.without),
            takes_no_system: AtomicBool::new(false),
            room: Mutex::default(),
        }
    }

    /// What to ask for now.
    pub(in crate::model) fn plan(&self) -> Plan<L, F> {
        let level = L::ALL.get(usize::from(self.level.load(Ordering::Relaxed)));
        Plan {
            level: level.copied().unwrap_or(self.first.level),
            without: self.without.load(Ordering::Relaxed),
            system: if self.takes_no_system.load(Ordering::Relaxed) { System::InTurn } else { System::Apart },
            room: *self.room.lock().unwrap_or_else(PoisonError::into_inner),
            fields: PhantomData,
        }
    }

    /// Remembers a plan that worked. Calls at the same time may learn different things; all stay.
    pub(in crate::model) fn remember(&self, plan: Plan<L, F>) {
        self.level.fetch_max(place(plan.level), Ordering::Relaxed);
        self.without.fetch_or(plan.without, Ordering::Relaxed);
        self.takes_no_system.fetch_or(plan.system == System::InTurn, Ordering::Relaxed);
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        *room = room.joined(plan.room);
    }
}

/// Where a level stands among all: few enough for a byte.
fn place<L: FormLevel>(level: L) -> u8 {
    let stricter = L::ALL.iter().filter(|one| **one < level).count();
    u8::try_from(stricter).unwrap_or(u8::MAX)
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
