//! What a request asks for, and how it gives way to a model that refuses.
//!
//! Models before Claude 4.5 and some servers know no structured outputs, models
//! that always think cannot be made to use a tool, and models since Claude 4.7
//! take no `temperature`. A refusal names what is not taken, and the request is
//! made once more without it. What then worked is remembered, and said in a
//! note on every reply that came that way.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::model::Request;
use crate::model::http::{Said, may_give_way};

use super::options::AnthropicForm;

/// How the answer's form is asked for, the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// The schema in `output_config`.
    Schema,
    /// A tool that has to be used.
    Tool,
    /// Nothing but the prompt.
    Plain,
}

impl Level {
    const ALL: [Self; 3] = [Self::Schema, Self::Tool, Self::Plain];

    fn below(self) -> Option<Self> {
        Self::ALL.into_iter().find(|level| *level > self)
    }

    /// Words of a refusal that is about this level.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Schema => &["output_config", "output format", "structured output", "schema", "grammar"],
            Self::Tool => &["tool", "input_schema"],
            Self::Plain => &[],
        }
    }
}

/// A field that some models or servers do not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Optional {
    TopP,
    Temperature,
    CacheControl,
}

impl Optional {
    /// Of two that are refused beside each other `top_p` goes first: a judge is
    /// held by its temperature.
    const ALL: [Self; 3] = [Self::TopP, Self::Temperature, Self::CacheControl];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TopP => "top_p",
            Self::Temperature => "temperature",
            Self::CacheControl => "cache_control",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// What one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) level: Level,
    without: u8,
}

impl Plan {
    pub(super) fn takes(self, field: Optional) -> bool {
        self.without & field.bit() == 0
    }

    fn without(self, field: Optional) -> Self {
        Self { without: self.without | field.bit(), ..self }
    }

    /// The next thing to try after a refusal, if it names something that can give way.
    pub(super) fn after(self, status: Option<u16>, said: &Said, can_lower: bool) -> Option<Self> {
        if !may_give_way(status) {
            return None;
        }
        let refused =
            Optional::ALL.into_iter().find(|field| self.takes(*field) && said.refuses(field.name()));
        if let Some(field) = refused {
            return Some(self.without(field));
        }
        let level = self.level.below().filter(|_| can_lower && self.is_refused(status, said))?;
        Some(Self { level, ..self })
    }

    /// Whether a refusal is about the form that was asked for.
    pub(super) fn is_refused(self, status: Option<u16>, said: &Said) -> bool {
        let words = said.words();
        may_give_way(status) && self.level.words().iter().any(|word| words.contains(word))
    }
}

/// What is known about a model.
#[derive(Debug)]
pub(super) struct Learned {
    form: AnthropicForm,
    level: AtomicU8,
    without: AtomicU8,
}

impl Learned {
    pub(super) fn new(form: AnthropicForm) -> Self {
        Self { form, level: AtomicU8::new(first(form) as u8), without: AtomicU8::new(0) }
    }

    /// What to ask for now.
    pub(super) fn plan(&self) -> Plan {
        let level = self.level.load(Ordering::Relaxed);
        let level = Level::ALL.into_iter().find(|known| *known as u8 == level);
        Plan { level: level.unwrap_or(first(self.form)), without: self.without.load(Ordering::Relaxed) }
    }

    /// Remembers a plan that worked. Calls at the same time may learn different things; all stay.
    pub(super) fn remember(&self, plan: Plan) {
        self.level.fetch_max(plan.level as u8, Ordering::Relaxed);
        self.without.fetch_or(plan.without, Ordering::Relaxed);
    }

    pub(super) fn can_lower(&self, request: &Request) -> bool {
        self.form == AnthropicForm::Auto && request.format.is_some()
    }

    /// What the user should know about a reply that came by `plan`.
    pub(super) fn notes(&self, plan: Plan, request: &Request, model: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if request.format.is_some() && plan.level > first(self.form) {
            notes.push(lowered(plan.level).to_owned());
        }
        let parameters = &request.parameters;
        let left_out = [
            ("temperature", parameters.temperature.is_some() && !plan.takes(Optional::Temperature)),
            ("top_p", parameters.top_p.is_some() && !plan.takes(Optional::TopP)),
            ("cache_control", request.stable > 0 && !plan.takes(Optional::CacheControl)),
            // The messages API has none.
            ("seed", parameters.seed.is_some()),
        ];
        let left_out = left_out.into_iter().filter(|field| field.1);
        notes.extend(left_out.map(|(field, _)| format!("{model} takes no {field}; it was left out")));
        notes
    }
}

fn first(form: AnthropicForm) -> Level {
    match form {
        AnthropicForm::Auto | AnthropicForm::JsonSchema => Level::Schema,
        AnthropicForm::Tool => Level::Tool,
        AnthropicForm::Plain => Level::Plain,
    }
}

fn lowered(to: Level) -> &'static str {
    match to {
        Level::Schema | Level::Tool => "the server refused json_schema; tool used",
        Level::Plain => "the server refused json_schema and tool; plain text used",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str) -> Said {
        Said { message: message.into(), ..Said::default() }
    }

    #[test]
    fn a_refusal_takes_away_what_it_names_and_nothing_else() {
        let plan = Learned::new(AnthropicForm::Auto).plan();
        let after = |message: &str| plan.after(Some(400), &said(message), true);
        assert_eq!(
            after("`temperature` and `top_p` cannot both be specified for this model. Please use only one."),
            Some(plan.without(Optional::TopP))
        );
        assert_eq!(
            after("`temperature` is deprecated for this model."),
            Some(plan.without(Optional::Temperature))
        );
        assert_eq!(
            after("system.0.cache_control: Extra inputs are not permitted"),
            Some(plan.without(Optional::CacheControl))
        );
        assert_eq!(after("temperature: range: 0..1"), None);
        assert_eq!(after("max_tokens: 99999 > 8192, which is the maximum allowed"), None);
        assert_eq!(
            after("output_config: Extra inputs are not permitted").map(|plan| plan.level),
            Some(Level::Tool)
        );
        assert_eq!(plan.after(Some(529), &said("output_config"), true), None);
        assert_eq!(plan.after(Some(400), &said("output_config"), false), None);
    }

    #[test]
    fn each_level_gives_way_to_a_refusal_of_its_own() {
        let schema = Learned::new(AnthropicForm::Auto).plan();
        let forced = said("Thinking may not be enabled when tool_choice forces tool use.");
        assert_eq!(schema.after(Some(400), &forced, true), None);
        let tool = schema.after(Some(400), &said("'claude-3-haiku' does not support output format."), true);
        let tool = tool.expect("a level below");
        let plain = tool.after(Some(400), &forced, true).expect("a level below");
        assert_eq!((tool.level, plain.level), (Level::Tool, Level::Plain));
        assert_eq!(plain.after(Some(400), &forced, true), None);
    }
}
