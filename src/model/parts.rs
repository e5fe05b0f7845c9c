//! The hashes of a request's parts, of which most are the same for every record.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::request::{Parameters, Request, StableParts, Weigh};
use crate::prompt::Message;

/// So many kinds of requests are remembered: a rubric asks one for each criterion.
const KINDS: usize = 16;

/// Remembers the hashes of what stays the same from record to record.
#[derive(Debug, Default)]
pub(super) struct KnownParts {
    kinds: Mutex<Vec<Arc<Kind>>>,
}

/// What the requests of one question share, and its hashes.
#[derive(Debug)]
struct Kind {
    stable: Vec<Message>,
    schema: Option<Arc<Value>>,
    parameters: Parameters,
    weigh: Option<Weigh>,
    hashes: StableParts,
}

impl KnownParts {
    /// As [`Request::parts`].
    pub(super) fn of(&self, request: &Request) -> Vec<(&'static str, String)> {
        request.parts_beside(&self.kind(request).hashes)
    }

    fn kind(&self, request: &Request) -> Arc<Kind> {
        let mut kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kind) = kinds.iter().find(|kind| kind.is_of(request)) {
            return Arc::clone(kind);
        }
        let kind = Arc::new(Kind::new(request));
        if kinds.len() == KINDS {
            kinds.remove(0);
        }
        kinds.push(Arc::clone(&kind));
        kind
    }
}

impl Kind {
    fn new(request: &Request) -> Self {
        Self {
            stable: request.stable_messages().to_vec(),
            schema: request.format.as_ref().map(|format| Arc::clone(&format.schema)),
            parameters: request.parameters.clone(),
            weigh: request.weigh.clone(),
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
            && self.stable == request.stable_messages()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::Role;

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
