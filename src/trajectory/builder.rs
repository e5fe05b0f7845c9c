//! Collects events, joins results to their calls, and numbers the steps.

use serde_json::{Map, Value};

use super::step::{Call, Event, Format, Role, Step, Trajectory};

#[derive(Debug)]
pub(super) struct Builder {
    events: Vec<Event>,
    pub(super) format: Format,
}

/// The answer, where a format has a place for it.
pub(super) enum Answer {
    /// The format has none, or it is not filled: what was said last.
    Last,
    /// There was none.
    Nothing,
    /// This one.
    Given(String),
}

impl Builder {
    pub(super) fn new(format: Format) -> Self {
        Self { events: Vec::new(), format }
    }

    pub(super) fn say(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.events.push(Event::Said(text.trim().to_owned()));
        }
    }

    pub(super) fn hear(&mut self, role: Role, text: &str) {
        if !text.trim().is_empty() {
            self.events.push(Event::Heard { role, text: text.trim().to_owned() });
        }
    }

    pub(super) fn call(&mut self, call: Call) {
        self.events.push(Event::Called(call));
    }

    /// Joins a result to its call: by id where there is one, otherwise to the
    /// first open call, of this name if one is given.
    pub(super) fn returned(
        &mut self,
        id: Option<&str>,
        name: Option<&str>,
        returned: Returned,
    ) -> Result<(), String> {
        let mut open = self.events.iter_mut().filter_map(|event| match event {
            Event::Called(call) if call.result.is_none() => Some(call),
            _ => None,
        });
        let call = match (id, name) {
            (Some(id), _) => open.find(|call| call.id.as_deref() == Some(id)),
            (None, Some(name)) => open.find(|call| call.name == name),
            (None, None) => open.next(),
        };
        let Some(call) = call else {
            return Err(match (id, name) {
                (Some(_), _) => "the result has the id of no call before it that is still open".into(),
                (None, Some(_)) => "the result has the name of no call before it that is still open".into(),
                (None, None) => "the result belongs to no call before it".into(),
            });
        };
        call.result = Some(returned.result);
        call.error = returned.error;
        Ok(())
    }

    /// Numbers the agent's steps. What it said last, with no call after it, is
    /// its answer, and a step only if somebody else still spoke after it.
    pub(super) fn finish(mut self, answer: Answer) -> Trajectory {
        let last = self.events.iter().rev().find(|event| !matches!(event, Event::Heard { .. }));
        let said = match last {
            Some(Event::Said(text)) => Some(text.clone()),
            _ => None,
        };
        let answer = match answer {
            Answer::Last => said,
            Answer::Nothing => None,
            Answer::Given(text) => Some(text),
        };
        if let (Some(Event::Said(text)), Some(answer)) = (self.events.last(), &answer)
            && text == answer.trim()
        {
            self.events.pop();
        }
        Trajectory { steps: numbered(self.events), answer, format: self.format }
    }
}

fn numbered(events: Vec<Event>) -> Vec<Step> {
    let mut steps = Vec::with_capacity(events.len());
    let mut next = 1;
    for event in events {
        let number = match event {
            Event::Heard { .. } => None,
            Event::Said(_) | Event::Called(_) => Some(next),
        };
        next += usize::from(number.is_some());
        steps.push(Step { number, event });
    }
    steps
}

/// What a tool returned.
pub(super) struct Returned {
    pub(super) result: Value,
    pub(super) error: bool,
}

/// A call whose result is still open. Arguments come as JSON, or as a text
/// that should hold JSON; nothing at all means none.
pub(super) fn open_call(id: Option<&Value>, name: &str, arguments: Option<&Value>) -> Call {
    let (arguments, malformed) = match arguments {
        None | Some(Value::Null) => (Value::Object(Map::new()), false),
        Some(Value::String(text)) if text.trim().is_empty() => (Value::Object(Map::new()), false),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(arguments) => (arguments, false),
            Err(_) => (Value::String(text.clone()), true),
        },
        Some(arguments) => (arguments.clone(), false),
    };
    let id = id.and_then(Value::as_str).map(str::to_owned);
    Call { id, name: name.to_owned(), arguments, malformed, result: None, error: false }
}
