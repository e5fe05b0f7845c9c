//! What a request asks for, and what it [falls back](crate::model::http) to where a
//! server refuses it: some know no `json_schema`, some no `seed`, and some models take no `temperature`.
//! A reply that came otherwise than was asked says so in a note.

use super::facts::OpenAiOptions;
use crate::model::facts::AnswerForm;
use crate::model::http::{Field, FormLevel};
use crate::model::weighing::{FEWER_TOP, MOST_TOP};
use crate::model::{Request, http};
use crate::signature::Dialect;

pub(super) type Plan = http::Plan<Level, Optional>;

/// How the answer's form is asked for, the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// `json_schema`, bounds and all.
    Bounded,
    /// `json_schema` within what OpenAI's strict mode takes.
    Strict,
    /// `json_object`.
    Object,
    /// Nothing but the prompt.
    Plain,
}

impl FormLevel for Level {
    const ALL: &'static [Self] = &[Self::Bounded, Self::Strict, Self::Object, Self::Plain];

    fn words(self) -> &'static [&'static str] {
        &["response_format", "json_schema", "json_object", "schema", "grammar", "unsupported"]
    }
}

impl Level {
    /// How the schema is spoken, where it is sent.
    pub(super) fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Bounded => Some(Dialect::Grammar),
            Self::Strict => Some(Dialect::Strict),
            Self::Object | Self::Plain => None,
        }
    }
}

/// A parameter that some servers or models do not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Optional {
    /// Replaced by `max_completion_tokens`.
    MaxTokens,
    Temperature,
    TopP,
    Seed,
    Logprobs,
    StreamOptions,
    /// The most `top_logprobs` that OpenAI gives, for a weighed answer; fewer without.
    MostTopLogprobs,
}

impl Field for Optional {
    const NAMED: &'static [Self] =
        &[Self::MaxTokens, Self::Temperature, Self::TopP, Self::Seed, Self::Logprobs, Self::StreamOptions];

    const MOST_LOGPROBS: Option<Self> = Some(Self::MostTopLogprobs);

    fn name(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::Temperature => "temperature",
            Self::TopP => "top_p",
            Self::Seed => "seed",
            Self::Logprobs => "logprobs",
            Self::StreamOptions => "stream_options",
            Self::MostTopLogprobs => "top_logprobs",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// What is asked for while nothing is known of the server.
pub(super) fn first(form: AnswerForm, model: &str, is_openai: bool) -> Plan {
    let level = match form {
        AnswerForm::Auto | AnswerForm::JsonSchema if is_openai => Level::Strict,
        AnswerForm::Auto | AnswerForm::JsonSchema => Level::Bounded,
        AnswerForm::JsonObject | AnswerForm::Tool => Level::Object,
        AnswerForm::Plain => Level::Plain,
    };
    let first = Plan::new(level);
    if !is_reasoning(model) {
        return first;
    }
    let refused = [Optional::MaxTokens, Optional::Temperature, Optional::TopP, Optional::Logprobs];
    refused.into_iter().fold(first, Plan::without)
}

/// What the user should know about a reply that came by `plan` instead of `first`.
pub(super) fn notes(options: &OpenAiOptions, first: Plan, plan: Plan, request: &Request) -> Vec<String> {
    let mut notes = Vec::new();
    if request.format.is_some() && plan.level > first.level {
        notes.push(lowered(first.level, plan.level).to_owned());
    }
    if first.takes(Optional::MaxTokens) && !plan.takes(Optional::MaxTokens) {
        notes.push("the server refused max_tokens; max_completion_tokens used".to_owned());
    }
    if request.weigh.is_some() && !plan.takes(Optional::MostTopLogprobs) {
        notes.push(format!("the server refused {MOST_TOP} top_logprobs; {FEWER_TOP} used"));
    }
    let parameters = &request.parameters;
    let asked = [
        (Optional::Temperature, parameters.temperature.is_some()),
        (Optional::TopP, parameters.top_p.is_some()),
        (Optional::Seed, parameters.seed.is_some()),
        (Optional::Logprobs, options.logprobs.is_some()),
    ];
    for (parameter, _) in asked.into_iter().filter(|(parameter, asked)| *asked && !plan.takes(*parameter)) {
        notes.push(format!("{} takes no {}; it was left out", options.model, parameter.name()));
    }
    notes
}

fn lowered(from: Level, to: Level) -> &'static str {
    match (from, to) {
        (Level::Bounded, Level::Strict) => {
            "the server refused the schema's bounds; json_schema without them used"
        }
        (_, Level::Object) => "the server refused json_schema; json_object used",
        _ => "the server refused json_schema and json_object; plain text used",
    }
}

/// OpenAI's reasoning models by their names, with or without a maker's name before.
fn is_reasoning(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let mut words = name.split('-');
    match (words.next(), words.next(), words.next()) {
        (Some("o1" | "o3" | "o4"), ..) => true,
        (Some("gpt"), Some(version), kind) => {
            let generation = version.split('.').next().and_then(|number| number.parse::<u32>().ok());
            // Azure writes 3.5 as 35.
            generation.is_some_and(|generation| (5..35).contains(&generation))
                && !(version == "5" && kind == Some("chat"))
        }
        _ => false,
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
        let plan = first(AnswerForm::Auto, "m", false);
        let after = |message: &str| plan.after(Some(400), &error_body(message), true);
        let words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        assert_eq!(after(words), Some(plan.without(Optional::MaxTokens)));
        assert_eq!(after("body.seed: Extra inputs are not permitted"), Some(plan.without(Optional::Seed)));
        assert_eq!(after("max_tokens is too large: 9999"), None);
        assert_eq!(after("the prompt is too long"), None);
        assert_eq!(
            after("Invalid schema for response_format 'x'").map(|plan| plan.level),
            Some(Level::Strict)
        );
        assert_eq!(plan.after(Some(500), &error_body("response_format"), true), None);
        assert_eq!(plan.after(Some(400), &error_body("response_format"), false), None);
    }

    #[test]
    fn levels_end_at_plain_text() {
        let mut plan = first(AnswerForm::Auto, "m", true);
        let mut levels = vec![plan.level];
        while let Some(next) = plan.after(Some(422), &error_body("response_format"), true) {
            plan = next;
            levels.push(plan.level);
        }
        assert_eq!(levels, [Level::Strict, Level::Object, Level::Plain]);
    }

    #[test]
    fn reasoning_models_are_known_by_name() {
        for name in [
            "o1",
            "o3-mini",
            "openai/o4-mini-2025-04-16",
            "gpt-5",
            "gpt-5.1-nano",
            "gpt-5-mini",
            "gpt-6-luna",
            "gpt-6.1-terra",
            "gpt-10",
        ] {
            assert!(is_reasoning(name), "{name}");
        }
        for name in [
            "gpt-4o",
            "gpt-5-chat-latest",
            "gpt-oss-20b",
            "gpt-4.1",
            "gpt-35-turbo",
            "o1234",
            "phi-o1",
            "llama3",
        ] {
            assert!(!is_reasoning(name), "{name}");
        }
    }
}
