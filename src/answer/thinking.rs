//! The marks with which models set their thinking apart from the answer.

/// Tag names whose content is thinking, in lower case.
const NAMES: &[&str] = &[
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "reflection",
    "scratchpad",
    "analysis",
    "seed:think",
];

/// Opening and closing marks that are not written like XML tags.
const PAIRS: &[(&str, &str)] = &[
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel|>analysis", "<|channel|>final"),
    ("<|channel|>commentary", "<|channel|>final"),
    ("<|channel>thought", "<channel|>"),
];

/// A mark found in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Thinking begins; where the mark ends.
    Open(usize),
    /// Thinking ends; where the mark ends.
    Close(usize),
}

/// The mark that begins at this byte, if there is one.
pub(crate) fn mark_at(text: &str, at: usize) -> Option<Mark> {
    let rest = text.get(at..)?;
    for (open, close) in PAIRS {
        if rest.starts_with(open) {
            return Some(Mark::Open(at + open.len()));
        }
        if rest.starts_with(close) {
            return Some(Mark::Close(at + close.len()));
        }
    }
    let inner = rest.strip_prefix('<')?;
    let (closes, inner) = match inner.strip_prefix('/') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let name_end = inner.bytes().take(24).position(|byte| byte == b'>')?;
    let name = inner.get(..name_end)?.trim();
    let known = NAMES.iter().any(|known| known.eq_ignore_ascii_case(name));
    let end = at + rest.len() - inner.len() + name_end + 1;
    match (known, closes) {
        (true, false) => Some(Mark::Open(end)),
        (true, true) => Some(Mark::Close(end)),
        (false, _) => None,
    }
}

/// Where the next closing mark at or after this byte begins and ends.
pub(crate) fn next_close(text: &str, from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        at += text.get(at..)?.find(['<', '[', '◁'])?;
        if let Some(Mark::Close(end)) = mark_at(text, at) {
            return Some((at, end));
        }
        at += text.get(at..)?.chars().next()?.len_utf8();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_several_models() {
        assert_eq!(mark_at("<think>x", 0), Some(Mark::Open(7)));
        assert_eq!(mark_at("x</Thinking >y", 1), Some(Mark::Close(13)));
        assert_eq!(mark_at("[THINK]", 0), Some(Mark::Open(7)));
        assert_eq!(mark_at("<|channel|>analysis<|message|>", 0), Some(Mark::Open(19)));
        assert_eq!(mark_at("<thinker>", 0), None);
        assert_eq!(mark_at("<", 0), None);
        assert_eq!(next_close("a < b [1] </think> c", 0), Some((10, 18)));
        assert_eq!(next_close("<think>", 0), None);
    }
}
