//! Texts that others wrote, fit to stand in a line.

/// Without control characters but tabs and line breaks: no terminal is told anything, and no reader stumbles.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')).collect()
}
