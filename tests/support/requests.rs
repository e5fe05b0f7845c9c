//! Requests as the tests ask them.

use std::sync::Arc;

use evenhand::model::{Format, Parameters, Request};
use evenhand::model::{Message, Role};
use serde_json::json;

/// A request for plain text: one system and one user message.
pub fn plain() -> Request {
    let messages = vec![Message::new(Role::System, "Judge."), Message::new(Role::User, "Is 2 + 2 = 4?")];
    Request::new(messages, 1, None, Parameters::default())
}

/// The same request, for an answer with a schema.
pub fn structured() -> Request {
    let schema = json!({
        "type": "object",
        "properties": {
            "reasoning": {"type": "string", "maxLength": 80},
            "verdict": {"type": "string", "enum": ["pass", "fail"]},
        },
        "required": ["reasoning", "verdict"],
        "additionalProperties": false,
    });
    let format = Format { name: "verdict".into(), schema: Arc::new(schema) };
    Request { format: Some(format), ..plain() }
}

/// Is it polite? The signature of most tests here.
pub const POLITE: &str = r#"
instruction = "Decide whether the text is polite."

[inputs.text]
description = "What was said."

[outputs.reasoning]
description = "One sentence: what decides."
max_length = 300

[outputs.verdict]
description = "Whether it is polite."
choices = ["yes", "no"]

[score]
field = "verdict"
labels = { yes = 1, no = 0 }
"#;
