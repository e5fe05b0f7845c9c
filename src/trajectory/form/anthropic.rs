//! Anthropic's messages.

use super::{Form, Is};
use crate::trajectory::step::Format;

pub(super) const FORM: Form = Form {
    format: Format::Anthropic,
    types: &[
        ("thinking", Is::Thinking),
        ("redacted_thinking", Is::Thinking),
        ("tool_use", Is::Call),
        ("server_tool_use", Is::Call),
        ("mcp_tool_use", Is::Call),
        ("tool_result", Is::Result),
        ("document", Is::Shown),
        ("search_result", Is::Shown),
        ("container_upload", Is::Inert),
        ("tool_reference", Is::Inert),
        ("fallback", Is::Inert),
        // The end of a log of Claude Code.
        ("result", Is::Inert),
    ],
    keys: &[],
    inert: &[
        "cache_control",
        "signature",
        "stop_sequence",
        "stop_details",
        "container",
        "context_management",
        "server_name",
        "partial_json",
        "parent_tool_use_id",
        "tool_type",
        "internal",
    ],
};

/// Results of the server's own tools: `web_search_tool_result`.
pub(super) fn by_ending(kind: &str) -> Option<Is> {
    kind.ends_with("_tool_result").then_some(Is::Result)
}
