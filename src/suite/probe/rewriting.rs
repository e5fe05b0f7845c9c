//! What a model is asked that rewrites a judge's instruction.

use crate::ask::Reading;
use crate::model::{Message, Request, Role};
use crate::suite::model_config::ModelConfig;

/// How each rewriting is to read, in turn, so that no two are asked for by the same request.
const MANNERS: [&str; 8] = [
    "Use plain everyday words.",
    "Write formally.",
    "Use short sentences, one thought in each.",
    "Begin with what is looked for, and say the rest after it.",
    "Address the reader as `you`.",
    "Write it as a numbered list of steps.",
    "Use other verbs and other nouns wherever another word means the same.",
    "Write it as one flowing paragraph.",
];

/// The request for one rewriting.
pub(super) fn request(instruction: &str, number: usize, writer: &ModelConfig) -> Request {
    let manner = MANNERS.get(number % MANNERS.len()).copied().unwrap_or_default();
    let system = "You rewrite instructions. What you write means exactly the same: it asks for the same, allows the same \
                  and forbids the same. You add nothing and leave nothing out. Names of fields and of verdicts, and words \
                  in quotation marks, stay as they are.";
    let user = format!(
        "Rewrite this instruction. {manner}\n\n<instruction>\n{instruction}\n</instruction>\n\n\
         Answer with the rewritten instruction and nothing else."
    );
    let messages = vec![Message::new(Role::System, system), Message::new(Role::User, user)];
    let request = Request::new(messages, 1, None, writer.parameters(Reading::Text));
    // The manners come round again: then the same is asked once more, as another question.
    Request { repeat: u32::try_from(number / MANNERS.len()).unwrap_or(u32::MAX), ..request }
}
