//! What an agent did, whatever format it was told in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an agent did, from the user's request to its answer.
///
/// ```
/// use evenhand::trajectory::{CutRule, Trajectory};
///
/// let messages = serde_json::json!([
///     {"role": "user", "content": "Where is order 7?"},
///     {"role": "assistant", "content": null, "tool_calls": [
///         {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": "{\"id\": 7}"}},
///     ]},
///     {"role": "tool", "tool_call_id": "c1", "content": "in the post"},
///     {"role": "assistant", "content": "It is in the post."},
/// ]);
/// let trajectory = Trajectory::read(&messages).expect("messages");
/// let (_, call) = trajectory.calls().next().expect("a call");
/// assert_eq!(call.name, "find_order");
/// println!("{}", trajectory.render(&CutRule::default()).text);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What the agent said last, if no call follows it.
    pub answer: Option<String>,
    /// What it was read from.
    pub format: Format,
    /// Words that stand where a tool's name could, in parts that are not read; each with its place,
    /// a JSON pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub passed_over: BTreeMap<String, String>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The number of an agent's step, from 1; none for what others said.
    pub number: Option<usize>,
    /// What happened.
    pub event: Event,
}

/// What happened in a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The agent said something on its way.
    Said(String),
    /// The agent called a tool.
    Called(Call),
    /// The agent was told something.
    Heard {
        /// By whom.
        role: Role,
        /// What.
        text: String,
    },
}

/// Who speaks to an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Its operator.
    System,
    /// Its user.
    User,
}

/// A tool called, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The call's id, if the format has one.
    pub id: Option<String>,
    /// The tool.
    pub name: String,
    /// The arguments; a text where they were no JSON.
    pub arguments: Value,
    /// Whether the arguments were meant to be JSON and are not.
    pub malformed: bool,
    /// What the tool returned; none if nothing is recorded.
    pub result: Option<Value>,
    /// Whether the tool reported an error.
    pub error: bool,
}

/// What a trajectory was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A text: an answer whose steps are not known.
    Text,
    /// `steps` and `answer`.
    Plain,
    /// Messages of OpenAI's chat completions.
    OpenAi,
    /// Items of OpenAI's Responses API.
    Responses,
    /// Anthropic's messages.
    Anthropic,
    /// Messages of Bedrock's Converse.
    Bedrock,
    /// Gemini's contents.
    Gemini,
    /// Messages of LangChain and LangGraph.
    LangChain,
    /// Runs of LangSmith.
    LangSmith,
    /// Messages of `OpenTelemetry`'s conventions for generative AI.
    OpenTelemetry,
    /// Messages of Vercel's AI SDK.
    Vercel,
    /// Samples of Inspect.
    Inspect,
    /// Messages of Pydantic AI.
    PydanticAi,
    /// Messages of AutoGen.
    AutoGen,
}

impl Trajectory {
    /// A text: an answer whose steps are not known.
    pub(super) fn of_text(text: &str) -> Self {
        Self {
            steps: Vec::new(),
            answer: Some(text.to_owned()),
            format: Format::Text,
            passed_over: BTreeMap::new(),
        }
    }

    /// Whether the steps are known: of a mere text they are not.
    #[must_use]
    pub fn has_steps(&self) -> bool {
        self.format != Format::Text
    }

    /// The tools called, in order, each with the number of its step.
    pub fn calls(&self) -> impl Iterator<Item = (usize, &Call)> {
        self.steps.iter().filter_map(|step| match &step.event {
            Event::Called(call) => Some((step.number?, call)),
            _ => None,
        })
    }

    /// How many steps the agent took, its answer not counted.
    #[must_use]
    pub fn agent_steps(&self) -> usize {
        self.steps.iter().filter(|step| step.number.is_some()).count()
    }
}
