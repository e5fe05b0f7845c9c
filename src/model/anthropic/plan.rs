//! What a request asks for, and what it [falls back](crate::model::http) to where a
//! model refuses it.
//!
//! Models before Claude 4.5 and some servers know no structured outputs, models that always think cannot be
//! made to use a tool, and models since Claude 4.7 take no `temperature`. A reply that came otherwise than
//! was asked says so in a note.

use super::facts::AnthropicOptions;
use crate::model::facts::AnswerForm;
use crate::model::http::{Field, FormLevel};
use crate::model::{Request, http};

pub(super) type Plan = http::Plan<Level, Optional>;

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

impl FormLevel for Level {
    const ALL: &'static [Self] = &[Self::Schema, Self::Tool, Self::Plain];

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

impl Field for Optional {
    /// Of two that are refused beside each other `top_p` goes first: a judge is
    /// held by its temperature.
    const NAMED: &'static [Self] = &[Self::TopP, Self::Temperature, Self::CacheControl];

    fn name(self) -> &'static str {
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

/// What the user should know about a reply that came by `plan` instead of `first`.
pub(super) fn notes(options: &AnthropicOptions, first: Plan, plan: Plan, request: &Request) -> Vec<String> {
    let mut notes = Vec::new();
    if request.format.is_some() && plan.level > first.level {
        notes.push(lowered(plan.level).to_owned());
    }
    let (model, parameters) = (&options.model, &request.parameters);
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

/// What is asked for while nothing is known of the model.
pub(super) fn first(form: AnswerForm) -> Plan {
    Plan::new(match form {
        AnswerForm::Auto | AnswerForm::JsonSchema => Level::Schema,
        AnswerForm::Tool | AnswerForm::JsonObject => Level::Tool,
        AnswerForm::Plain => Level::Plain,
    })
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
    use crate::model::http::ErrorBody;

    fn error_body(message: &str) -> ErrorBody {
        ErrorBody { message: message.into(), ..ErrorBody::default() }
    }

    #[test]
    fn a_refusal_takes_away_what_it_names_and_nothing_else() {
        let plan = first(AnswerForm::Auto);
        let after = |message: &str| plan.after(Some(400), &error_body(message), true);
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
        assert_eq!(plan.after(Some(529), &error_body("output_config"), true), None);
        assert_eq!(plan.after(Some(400), &error_body("output_config"), false), None);
    }

    #[test]
    fn each_level_gives_way_to_a_refusal_of_its_own() {
        let schema = first(AnswerForm::Auto);
        let forced = error_body("Thinking may not be enabled when tool_choice forces tool use.");
        assert_eq!(schema.after(Some(400), &forced, true), None);
        let tool =
            schema.after(Some(400), &error_body("'claude-3-haiku' does not support output format."), true);
        let tool = tool.expect("a level below");
        let plain = tool.after(Some(400), &forced, true).expect("a level below");
        assert_eq!((tool.level, plain.level), (Level::Tool, Level::Plain));
        assert_eq!(plain.after(Some(400), &forced, true), None);
    }
}
