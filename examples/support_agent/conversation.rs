//! The messages between customer, agent and tools, in OpenAI's form.

use serde::Serialize;
use serde_json::{Value, json};

pub(crate) struct Conversation {
    messages: Vec<Value>,
    /// Said along with the next call.
    thought: Option<String>,
    calls: usize,
}

impl Conversation {
    pub(crate) fn new(rules: &str) -> Self {
        Self { messages: vec![json!({"role": "system", "content": rules})], thought: None, calls: 0 }
    }

    pub(crate) fn hear(&mut self, text: &str) {
        self.messages.push(json!({"role": "user", "content": text}));
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.messages.push(json!({"role": "assistant", "content": text}));
    }

    pub(crate) fn think(&mut self, thought: &str) {
        self.thought = Some(thought.to_owned());
    }

    /// A call and its result.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value, result: &Result<impl Serialize, String>) {
        self.calls += 1;
        let id = format!("call_{}", self.calls);
        let call = json!({
            "id": id,
            "type": "function",
            // OpenAI sends arguments as JSON in a text.
            "function": {"name": tool, "arguments": arguments.to_string()},
        });
        let content = match result {
            Ok(value) => json!(value),
            Err(fault) => json!({"error": fault}),
        };
        self.messages
            .push(json!({"role": "assistant", "content": self.thought.take(), "tool_calls": [call]}));
        self.messages.push(json!({"role": "tool", "tool_call_id": id, "content": content.to_string()}));
    }

    pub(crate) fn into_json(self) -> Value {
        json!({"messages": self.messages})
    }
}
