//! Collects events, joins results to their calls, and numbers the steps.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::step::{Call, Event, Format, Role, Step, Trajectory};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    Agent,
    Tool,
    Other(Role),
}

/// What tells of calls. A record may tell of one call in several places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Messages,
    /// An executor's steps.
    Steps,
    /// A summary of calls and their results.
    Summary,
    /// Runs of models.
    Runs,
    /// Runs of tools, whose arguments are logged in another form.
    ToolRuns,
}

/// Where a call stands: one place tells of a call once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CallSite {
    source: Source,
    turn: usize,
    key: &'static str,
}

#[derive(Debug)]
pub(super) struct Builder {
    events: Vec<Event>,
    format: Format,
    /// The format is certain.
    settled: bool,
    speaker: Speaker,
    texts: Vec<String>,
    place: CallSite,
    /// The words stand elsewhere and are not read here.
    mute: bool,
    placed: Vec<Placed>,
    stretch: Stretch,
    /// Where a reply ended to call a tool, and no call was read.
    lost: Option<String>,
    /// The ids of calls for which the agent asked leave.
    requested: Vec<String>,
}

/// What the agent said and called until somebody else spoke. Some logs split a reply into several messages.
#[derive(Debug, Default)]
struct Stretch {
    /// A call was read in it.
    calls: bool,
    /// Where a reply says that it ended to call a tool.
    ended_to_call: Option<String>,
}

/// Where a call was found.
#[derive(Debug)]
struct Placed {
    event: usize,
    places: Vec<CallSite>,
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
        Self {
            events: Vec::new(),
            format,
            settled: false,
            speaker: Speaker::Agent,
            texts: Vec::new(),
            place: CallSite { source: Source::Messages, turn: 0, key: "" },
            mute: false,
            placed: Vec::new(),
            stretch: Stretch::default(),
            lost: None,
            requested: Vec::new(),
        }
    }

    /// The first thing that only one format has settles which it is.
    pub(super) fn is(&mut self, format: Format) {
        if !self.settled {
            self.format = format;
            self.settled = true;
        }
    }

    /// Somebody begins to speak.
    pub(super) fn turn(&mut self, speaker: Speaker) {
        self.flush();
        if speaker != Speaker::Agent {
            self.end_stretch();
        }
        self.speaker = speaker;
        self.place.turn += 1;
        self.place.key = "";
    }

    /// The key of the message that is read from here on.
    pub(super) fn key(&mut self, key: &'static str) {
        self.place.key = key;
    }

    /// Reads from another source, with or without its words.
    pub(super) fn source(&mut self, source: Source, words: Words) -> (Source, Words) {
        self.flush();
        let before = (self.place.source, if self.mute { Words::Left } else { Words::Read });
        self.place.source = source;
        self.mute = words == Words::Left;
        before
    }

    pub(super) fn agent_speaks(&self) -> bool {
        self.speaker == Speaker::Agent
    }

    /// A text of the current speaker. Adjacent texts are joined.
    pub(super) fn text(&mut self, text: &str) {
        self.texts.push(text.to_owned());
    }

    /// Whether the current speaker has said something since the last call.
    pub(super) fn has_text(&self) -> bool {
        self.texts.iter().any(|text| !text.trim().is_empty())
    }

    pub(super) fn flush(&mut self) {
        let text = std::mem::take(&mut self.texts).join("\n").trim().to_owned();
        if text.is_empty() || self.mute {
            return;
        }
        match self.speaker {
            Speaker::Agent => self.events.push(Event::Said(text)),
            Speaker::Other(role) => self.events.push(Event::Heard { role, text }),
            // What a tool says beside its results belongs to no step.
            Speaker::Tool => {}
        }
    }

    /// Adds a call, unless another place told of it already.
    pub(super) fn call(&mut self, call: Call) {
        self.stretch.calls = true;
        self.flush();
        if let Some(twin) = self.twin(&call) {
            if let Some(placed) = self.placed.get_mut(twin) {
                placed.places.push(self.place);
                if let Some(Event::Called(first)) = self.events.get_mut(placed.event) {
                    merge(first, call);
                }
            }
            return;
        }
        self.placed.push(Placed { event: self.events.len(), places: vec![self.place] });
        self.events.push(Event::Called(call));
    }

    /// A reply of the agent's says at this place that it ended to call a tool.
    pub(super) fn ended_to_call(&mut self, at: String) {
        self.stretch.ended_to_call.get_or_insert(at);
    }

    /// The place of the first reply that ended to call a tool where no call was read.
    pub(super) fn lost(&mut self) -> Option<String> {
        self.end_stretch();
        self.lost.take()
    }

    fn end_stretch(&mut self) {
        let Stretch { calls, ended_to_call } = std::mem::take(&mut self.stretch);
        if let (false, Some(at)) = (calls, ended_to_call) {
            self.lost.get_or_insert(at);
        }
    }

    /// The same call, told in another place of the message or by another source: of the same id,
    /// or without one of the same arguments.
    fn twin(&self, call: &Call) -> Option<usize> {
        let open: Vec<(usize, &Call)> = self
            .placed
            .iter()
            .enumerate()
            .filter(|(_, placed)| placed.is_open(self.place))
            .filter_map(|(index, placed)| match self.events.get(placed.event) {
                Some(Event::Called(other)) if other.name == call.name => Some((index, other)),
                _ => None,
            })
            .collect();
        let ids = |other: &Call| call.id.as_ref().zip(other.id.as_ref()).map(|(own, other)| own == other);
        let find =
            |same: &dyn Fn(&Call) -> bool| open.iter().find(|(_, other)| same(other)).map(|(at, _)| *at);
        find(&|other| ids(other) == Some(true))
            .or_else(|| find(&|other| ids(other).is_none() && same_arguments(Some(&call.arguments), other)))
            .or_else(|| find(&|other| ids(other).is_none() && self.place.source == Source::ToolRuns))
    }

    /// Joins a result to its call: by id where there is one, otherwise to the
    /// first open call, of this name if one is given.
    pub(super) fn returned(
        &mut self,
        id: Option<&str>,
        name: Option<&str>,
        returned: Returned,
    ) -> Result<(), String> {
        self.flush();
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

    /// Marks a call as one that failed.
    pub(super) fn failed(&mut self, id: &str) {
        for event in &mut self.events {
            if let Event::Called(call) = event
                && call.id.as_deref() == Some(id)
            {
                call.error = true;
            }
        }
    }

    /// Whether a call of this id waits for its result.
    pub(super) fn is_open(&self, id: &str) -> bool {
        self.events.iter().any(|event| {
            matches!(event, Event::Called(call) if call.result.is_none() && call.id.as_deref() == Some(id))
        })
    }

    /// Adds a call for which the agent asked leave.
    pub(super) fn request(&mut self, call: Call) {
        self.requested.extend(call.id.clone());
        self.call(call);
    }

    /// The id of an open call of this name and these arguments for which the agent asked leave.
    pub(super) fn requested(&self, call: &Call) -> Option<String> {
        self.events.iter().find_map(|event| match event {
            Event::Called(other) if other.name == call.name && other.arguments == call.arguments => {
                other.id.clone().filter(|id| other.result.is_none() && self.requested.contains(id))
            }
            _ => None,
        })
    }

    /// How many events there are so far.
    pub(super) fn mark(&mut self) -> usize {
        self.flush();
        self.events.len()
    }

    /// Two accounts, from the first mark and from the second: drops the first if the second begins
    /// with it, and the second if all of it stands before.
    pub(super) fn reconcile(&mut self, first: usize, second: usize) {
        self.flush();
        let (before, after) = self.events.split_at(second.min(self.events.len()));
        let earlier = before.get(first..).unwrap_or_default();
        let same = |one: &[Event], other: &[Event]| {
            one.len() <= other.len() && one.iter().zip(other).all(|(one, other)| same_event(one, other))
        };
        if !earlier.is_empty() && same(earlier, after) {
            self.drop_events(first, second);
        } else if !after.is_empty() && before.windows(after.len()).any(|window| same(after, window)) {
            self.drop_events(second, self.events.len());
        }
    }

    fn drop_events(&mut self, from: usize, to: usize) {
        self.events.drain(from..to);
        self.placed.retain(|placed| !(from..to).contains(&placed.event));
        for placed in &mut self.placed {
            placed.event -= if placed.event >= to { to - from } else { 0 };
        }
    }

    /// Numbers the agent's steps. What it said last, with no call after it, is
    /// its answer, and a step only if somebody else still spoke after it.
    pub(super) fn finish(mut self, answer: Answer) -> Trajectory {
        self.flush();
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
        Trajectory { steps: numbered(self.events), answer, format: self.format, passed_over: BTreeMap::new() }
    }
}

/// Whether what a source says is read, or only what it calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    Read,
    Left,
}

impl Placed {
    /// Whether a place may tell of this call once more: another key of the same message, or a
    /// source beside the messages that has not told of it yet.
    fn is_open(&self, place: CallSite) -> bool {
        let mut own = self.places.iter().filter(|known| known.source == place.source).peekable();
        if own.peek().is_none() {
            return place.source != Source::Messages;
        }
        own.all(|known| known.turn == place.turn && known.key != place.key)
    }
}

fn merge(first: &mut Call, again: Call) {
    if first.arguments.as_object().is_some_and(Map::is_empty) {
        first.arguments = again.arguments;
        first.malformed = again.malformed;
    }
    first.id = first.id.take().or(again.id);
    if first.result.is_none() && again.result.is_some() {
        first.result = again.result;
        first.error = again.error;
    }
}

fn same_event(first: &Event, second: &Event) -> bool {
    match (first, second) {
        (Event::Called(first), Event::Called(second)) => {
            first.id == second.id && first.name == second.name && first.arguments == second.arguments
        }
        (first, second) => first == second,
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

/// Whether these are the arguments of a call.
pub(super) fn same_arguments(arguments: Option<&Value>, call: &Call) -> bool {
    let (arguments, malformed) = parsed(arguments);
    malformed == call.malformed && arguments == call.arguments
}

/// Arguments come as JSON, or as a text that should hold JSON; nothing at all means none.
pub(super) fn parsed(arguments: Option<&Value>) -> (Value, bool) {
    match arguments {
        None | Some(Value::Null) => (Value::Object(Map::new()), false),
        Some(Value::String(text)) if text.trim().is_empty() => (Value::Object(Map::new()), false),
        Some(Value::String(text)) => match serde_json::from_str(text) {
            Ok(arguments) => (arguments, false),
            Err(_) => (Value::String(text.clone()), true),
        },
        Some(arguments) => (arguments.clone(), false),
    }
}

/// A call whose result is still open.
pub(super) fn open_call(id: Option<&Value>, name: &str, arguments: Option<&Value>) -> Call {
    let (arguments, malformed) = parsed(arguments);
    let id = id.and_then(Value::as_str).map(str::to_owned);
    Call { id, name: name.to_owned(), arguments, malformed, result: None, error: false }
}
