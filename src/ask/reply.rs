//! Replies whose text is not the whole answer: it ran out of tokens, stands in a tool call, or is missing.

use crate::answer;
use crate::answer::{Answer, Contract, Fault, Invalid};
use crate::model::{Finish, Passage, PassageKind, Request, Response};

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

/// Reads the answer out of a reply's text, or, where that holds no object at all, out of its tool calls. A reply
/// that was not read as it seems gets a note about it.
pub(super) fn read(response: &mut Response, contract: &Contract) -> Result<Answer, Invalid> {
    let from_text = answer::parse(&response.text, contract);
    if let (Ok(_), Some(words)) = (&from_text, &response.rejected) {
        response.notes.push(format!("the server's own validation refused this answer: {words}"));
    }
    let calls: Vec<&Passage> = passages(response, PassageKind::ToolCall).collect();
    if calls.is_empty() {
        return from_text.map_err(|invalid| explained(invalid, response));
    }
    let texts: Vec<&str> = calls.iter().map(|call| call.text.as_str()).collect();
    let from_calls = answer::parse(&texts.join("\n"), contract);
    let places = calls.iter().map(|call| call.place.as_str()).collect::<Vec<_>>().join(" and ");
    match (from_text, from_calls) {
        (Err(_), Ok(called)) if !response.text.contains('{') => {
            response.notes.push(format!("the answer was read from {places}"));
            Ok(called)
        }
        (Ok(written), Ok(called)) if written.value != called.value => {
            response.notes.push(format!("{places} holds another answer; the text's was read"));
            Ok(written)
        }
        (from_text, _) => from_text.map_err(|invalid| explained(invalid, response)),
    }
}

fn passages(response: &Response, kind: PassageKind) -> impl Iterator<Item = &Passage> {
    response.beside.iter().filter(move |passage| passage.kind == kind)
}

/// The same faults, with what the reply held in place of an answer. Only an empty reply is said to be empty.
pub(super) fn explained(invalid: Invalid, response: &Response) -> Invalid {
    let Some(problem) = problem(response) else { return invalid };
    let fault = Fault { pointer: String::new(), problem };
    let rest = if response.text.trim().is_empty() { Vec::new() } else { invalid.faults };
    Invalid { faults: std::iter::once(fault).chain(rest).collect(), repairs: invalid.repairs }
}

fn problem(response: &Response) -> Option<String> {
    if let Some(words) = &response.rejected {
        return Some(format!("the server's own validation refused the answer: {words}"));
    }
    if !response.text.trim().is_empty() {
        return None;
    }
    let passage = response.beside.first()?;
    let (place, length) = (&passage.place, passage.text.chars().count());
    Some(match passage.kind {
        PassageKind::Thoughts => {
            format!(
                "the reply has no text; {length} characters stand in {place}, and thoughts are not scored"
            )
        }
        _ => format!("the reply has no text; {place} holds something else, {length} characters long"),
    })
}

/// What the user can do about an answer that was not found.
pub(super) fn remedy(response: &Response) -> Option<&'static str> {
    if response.finish == Finish::Filtered {
        return Some("use a model or a server with another filter for such records");
    }
    let has_thoughts = passages(response, PassageKind::Thoughts).next().is_some();
    if !response.text.trim().is_empty() || !has_thoughts {
        return None;
    }
    Some(match response.finish {
        Finish::Length => "raise max_tokens, which the thoughts used up, or turn the model's thinking off",
        _ => {
            "turn the model's thinking off: `think = false` for ollama/, `extra = { chat_template_kwargs = { enable_thinking = false } }` for vLLM and SGLang; or start the server without its reasoning parser"
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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

    fn contract() -> Contract {
        Contract::new(&json!({
            "type": "object",
            "properties": {"why": {"type": "string"}, "verdict": {"enum": ["good", "bad"]}},
            "required": ["why", "verdict"],
        }))
        .expect("a contract")
    }

    fn reply(text: &str, beside: &[(PassageKind, &str)]) -> Response {
        let passage = |(kind, text): &(PassageKind, &str)| Passage {
            kind: *kind,
            place: "there".into(),
            text: (*text).into(),
        };
        Response { text: text.into(), beside: beside.iter().map(passage).collect(), ..Response::default() }
    }

    const GOOD: &str = r#"{"why": "w", "verdict": "good"}"#;
    const BAD: &str = r#"{"why": "w", "verdict": "bad"}"#;

    fn outcome(mut response: Response) -> (Result<String, String>, Vec<String>) {
        let read = read(&mut response, &contract());
        let label = read.map(|answer| answer.value["verdict"].as_str().unwrap_or_default().to_owned());
        (label.map_err(|invalid| invalid.to_string()), response.notes)
    }

    #[test]
    fn a_tool_call_is_read_where_the_text_is_no_answer() {
        use PassageKind::ToolCall;
        let note = vec!["the answer was read from there".to_owned()];
        assert_eq!(outcome(reply("Calling it now.", &[(ToolCall, GOOD)])), (Ok("good".into()), note));
        let (label, notes) = outcome(reply(GOOD, &[(ToolCall, BAD)]));
        assert_eq!((label, notes.len()), (Ok("good".into()), 1));
        assert_eq!(outcome(reply(GOOD, &[(ToolCall, GOOD)])), (Ok("good".into()), vec![]));
        assert_eq!(outcome(reply(GOOD, &[(ToolCall, "{\"query\": \"x\"}")])), (Ok("good".into()), vec![]));
        // A faulty answer is not replaced by another one.
        assert!(outcome(reply(r#"{"why": "w", "verdict": "great"}"#, &[(ToolCall, GOOD)])).0.is_err());
    }

    #[test]
    fn thoughts_are_named_and_never_scored() {
        use PassageKind::{Other, Thoughts};
        let (label, notes) = outcome(reply("", &[(Thoughts, GOOD)]));
        let told = "invalid answer: the reply has no text; 31 characters stand in there, and thoughts are not scored";
        assert_eq!((label, notes), (Err(told.to_owned()), vec![]));
        assert!(outcome(reply("", &[(Other, "[1]")])).0.is_err_and(|told| told.contains("something else")));
        assert!(outcome(reply(" ", &[])).0.is_err_and(|told| told.ends_with("the reply is empty")));
        let refused = Response { rejected: Some("Failed.".into()), ..reply("", &[]) };
        let told = "invalid answer: the server's own validation refused the answer: Failed.";
        assert_eq!(outcome(refused.clone()).0, Err(told.to_owned()));
        let repairable = Response { text: r#"{"why": "w", "verdict": "good""#.into(), ..refused };
        assert_eq!(outcome(repairable).0, Ok("good".into()));
    }
}
