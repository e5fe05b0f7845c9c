//! What a model is asked, and the key under which its reply is kept. The hashes of a request's parts are
//! worked out once for those that are the same for every record.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::questions::{Decision, DecisionQuestion};
use crate::prompt::{Message, Role};

/// One request: everything that decides the reply, and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The conversation.
    pub messages: Vec<Message>,
    /// How many messages at the start are the same for every record.
    pub stable: usize,
    /// How many messages after those are demos that were chosen for the record.
    pub chosen: usize,
    /// The form the answer must have; plain text without one.
    pub format: Option<Format>,
    /// The decoding parameters.
    pub parameters: Parameters,
    /// Asks for the distribution over given answers instead of a decoded one.
    pub weigh: Option<Weigh>,
    /// Which of several draws of the same request this is, from 0.
    pub repeat: u32,
    /// Typed questions, for a decision model. The messages then hold the record alone.
    #[doc(hidden)]
    pub decision: Option<Decision>,
}

/// The form of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    /// A name for the schema: letters, digits, `_` and `-`.
    pub name: String,
    /// JSON Schema of the answer, in its own order.
    pub schema: Arc<Value>,
}

/// Answers to be weighed at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weigh {
    /// The beginning of the answer, up to the place: `{"verdict":"`.
    pub opening: String,
    /// What may stand there, each through its closing mark: `pass"`.
    pub candidates: Vec<String>,
}

/// Decoding parameters. What is `None` is left to the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameters {
    /// Sampling temperature; 0 is greedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling's share, in `0..=1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The seed of sampling, where the server takes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The most tokens of an answer.
    pub max_tokens: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { temperature: Some(0.0), top_p: None, seed: None, max_tokens: 1024 }
    }
}

/// The key of a request: a BLAKE3 hash of its canonical JSON, 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub String);

impl Request {
    /// A first request with a prompt's messages.
    #[must_use]
    pub fn new(
        messages: Vec<Message>,
        stable: usize,
        format: Option<Format>,
        parameters: Parameters,
    ) -> Self {
        Self { messages, stable, chosen: 0, format, parameters, weigh: None, repeat: 0, decision: None }
    }

    /// Whether the reply is a distribution over given answers.
    pub(crate) fn gives_probabilities(&self) -> bool {
        self.weigh.is_some() || self.decision.is_some()
    }

    /// The key: equal for equal requests, whatever model they go to.
    #[must_use]
    pub fn key(&self) -> Key {
        let canonical = Canonical {
            messages: &self.messages,
            schema: self.schema(),
            parameters: &self.parameters,
            weigh: self.weigh.as_ref(),
            repeat: self.repeat,
            decision: self.decision.as_ref(),
        };
        // One growth less for most: texts with many escapes take more.
        let texts: usize = self.messages.iter().map(|message| message.content.len() + 48).sum();
        Key(hash_of(&canonical, texts + texts / 16 + 2048))
    }

    /// A short hash of each part, by the part's name: what a missed key differs in.
    #[must_use]
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        self.parts_beside(&self.stable_parts())
    }

    /// The same, where the hashes of what all records share are known.
    pub(super) fn parts_beside(&self, stable: &StableParts) -> Vec<(&'static str, String)> {
        let rest = self.messages.get(self.stable..).unwrap_or_default();
        let (chosen, rest) = rest.split_at(rest.len().min(self.chosen));
        let (record, conversation) = rest.split_at(rest.len().min(1));
        let mut parts = vec![
            ("system", stable.system.clone()),
            ("demos", if chosen.is_empty() { stable.demos.clone() } else { part(&chosen) }),
            ("record", part(&record)),
            ("conversation", part(&conversation)),
            ("schema", stable.schema.clone()),
            ("parameters", stable.parameters.clone()),
            ("weighed answers", stable.weigh.clone()),
            ("repeat", part(&self.repeat)),
        ];
        parts.extend(stable.questions.clone().map(|questions| ("typed questions", questions)));
        parts
    }

    /// The hashes of what all records share.
    pub(super) fn stable_parts(&self) -> StableParts {
        let of_role = |is_system: bool| -> Vec<&Message> {
            let stable = self.stable_messages().iter();
            stable.filter(|message| (message.role == Role::System) == is_system).collect()
        };
        StableParts {
            system: part(&of_role(true)),
            demos: part(&of_role(false)),
            schema: part(&self.schema()),
            parameters: part(&self.parameters),
            weigh: part(&self.weigh),
            questions: self.decision.as_ref().map(|decision| part(&decision.questions.as_ref())),
        }
    }

    /// The messages that are the same for every record.
    pub(super) fn stable_messages(&self) -> &[Message] {
        self.messages.get(..self.stable).unwrap_or(&self.messages)
    }

    fn schema(&self) -> Option<&Value> {
        self.format.as_ref().map(|format| &*format.schema)
    }
}

/// Hashes of the parts that all records share.
#[derive(Clone, Debug)]
pub(super) struct StableParts {
    system: String,
    demos: String,
    schema: String,
    parameters: String,
    weigh: String,
    questions: Option<String>,
}

/// What the key is a hash of. The fields' order is a part of the recordings' format.
#[derive(Serialize)]
struct Canonical<'a> {
    messages: &'a [Message],
    schema: Option<&'a Value>,
    parameters: &'a Parameters,
    weigh: Option<&'a Weigh>,
    repeat: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a Decision>,
}

/// A short hash of a part: enough to tell parts apart, short enough to read.
pub(super) fn part(value: &impl Serialize) -> String {
    let mut hash = hash(value);
    hash.truncate(PART_DIGITS);
    hash
}

/// Digits of a part's hash.
const PART_DIGITS: usize = 12;

fn hash(value: &impl Serialize) -> String {
    hash_of(value, 256)
}

/// A hash of the value's JSON, which takes about so many bytes.
fn hash_of(value: &impl Serialize, bytes: usize) -> String {
    let mut json = Vec::with_capacity(bytes);
    // Only a map with keys that are no text could fail here, and there is none.
    if serde_json::to_writer(&mut json, value).is_err() {
        json.clear();
    }
    blake3::hash(&json).to_hex().to_string()
}

/// So many kinds of requests are remembered: a rubric asks one for each criterion.
const KINDS: usize = 16;

/// Remembers the hashes of what stays the same from record to record.
#[derive(Debug, Default)]
pub(super) struct KnownParts {
    kinds: Mutex<Vec<Arc<RequestKind>>>,
}

/// What the requests of one question share, and its hashes.
#[derive(Debug)]
struct RequestKind {
    stable: Vec<Message>,
    schema: Option<Arc<Value>>,
    parameters: Parameters,
    weigh: Option<Weigh>,
    questions: Option<Arc<[DecisionQuestion]>>,
    hashes: StableParts,
}

impl KnownParts {
    /// As [`Request::parts`].
    pub(super) fn of(&self, request: &Request) -> Vec<(&'static str, String)> {
        request.parts_beside(&self.kind(request).hashes)
    }

    fn kind(&self, request: &Request) -> Arc<RequestKind> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = kinds.iter().find(|kind| kind.is_of(request)) {
            return Arc::clone(kind);
        }
        let kind = Arc::new(RequestKind::new(request));
        if kinds.len() == KINDS {
            kinds.remove(0);
        }
        kinds.push(Arc::clone(&kind));
        kind
    }
}

impl RequestKind {
    fn new(request: &Request) -> Self {
        Self {
            stable: request.stable_messages().to_vec(),
            schema: request.format.as_ref().map(|format| Arc::clone(&format.schema)),
            parameters: request.parameters.clone(),
            weigh: request.weigh.clone(),
            questions: request.decision.as_ref().map(|decision| Arc::clone(&decision.questions)),
            hashes: request.stable_parts(),
        }
    }

    fn is_of(&self, request: &Request) -> bool {
        let same_schema = match (&self.schema, &request.format) {
            (Some(schema), Some(format)) => Arc::ptr_eq(schema, &format.schema),
            (None, None) => true,
            _ => false,
        };
        same_schema
            && self.parameters == request.parameters
            && self.weigh == request.weigh
            && self.questions.as_ref() == request.decision.as_ref().map(|decision| &decision.questions)
            && self.stable == request.stable_messages()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::prompt::Role;

    fn request() -> Request {
        let messages = vec![Message::new(Role::System, "judge"), Message::new(Role::User, "this")];
        let schema = Arc::new(json!({"properties": {"b": {}, "a": {}}}));
        let format = Format { name: "verdict".into(), schema };
        Request::new(messages, 1, Some(format), Parameters::default())
    }

    #[test]
    fn the_key_is_a_hash_of_json_that_others_can_write_too() {
        let request = request();
        let canonical = json!({
            "messages": request.messages,
            "schema": {"properties": {"b": {}, "a": {}}},
            "parameters": {"temperature": 0.0, "max_tokens": 1024},
            "weigh": null,
            "repeat": 0,
        });
        let hash = blake3::hash(canonical.to_string().as_bytes());
        assert_eq!(request.key().0, hash.to_hex().as_str());
    }

    #[test]
    fn the_key_hangs_on_every_part_and_on_the_schemas_order() {
        let first = request();
        assert_eq!(first.key(), request().key());
        let mut other = request();
        other.repeat = 1;
        assert_ne!(first.key(), other.key());
        let mut other = request();
        let schema = Arc::new(json!({"properties": {"a": {}, "b": {}}}));
        other.format = Some(Format { name: "verdict".into(), schema });
        assert_ne!(first.key(), other.key());
        assert_eq!(differs(&first, &other), ["schema"]);
    }

    /// The parts in which two requests differ.
    fn differs(one: &Request, other: &Request) -> Vec<&'static str> {
        let parts = one.parts().into_iter().zip(other.parts());
        parts.filter(|(a, b)| a.1 != b.1).map(|(a, _)| a.0).collect()
    }

    #[test]
    fn the_key_hangs_on_what_is_weighed() {
        let weighing = |opening: &str, candidates: &[&str]| {
            let candidates = candidates.iter().map(|text| (*text).to_owned()).collect();
            Request { weigh: Some(Weigh { opening: opening.into(), candidates }), ..request() }
        };
        let opening = "{\"verdict\":\"";
        let requests = [
            request(),
            weighing(opening, &["pass\"", "fail\""]),
            weighing(opening, &["fail\"", "pass\""]),
            weighing(opening, &["pass\""]),
            weighing("{\"score\":", &["pass\"", "fail\""]),
        ];
        for (place, one) in requests.iter().enumerate() {
            assert_eq!(one.key(), one.clone().key());
            for other in &requests[..place] {
                assert_ne!(one.key(), other.key());
                assert_eq!(differs(one, other), ["weighed answers"]);
            }
        }
    }

    #[test]
    fn what_is_remembered_is_what_would_be_hashed() {
        let known = KnownParts::default();
        let request = |system: &str, record: &str, repeat: u32| {
            let messages = vec![Message::new(Role::System, system), Message::new(Role::User, record)];
            Request { repeat, ..Request::new(messages, 1, None, Parameters::default()) }
        };
        for request in
            [request("a", "1", 0), request("a", "2", 0), request("b", "2", 1), request("a", "3", 2)]
        {
            assert_eq!(known.of(&request), request.parts());
        }
    }
}
