//! How calls look that an agent writes as text, as Hermes, Qwen, Llama and Mistral do.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::words;

/// How a call begins, and how it is read.
const READ: [(&str, Parse); 6] = [
    ("<tool_call>", tagged),
    ("<|tool_call|>", marked),
    ("<|python_tag|>", marked),
    ("[TOOL_CALLS]", marked),
    ("[TOOL_CALL]", marked),
    ("<function=", function),
];

/// How calls begin that evenhand does not read.
const UNREAD: [&str; 15] = [
    "<function_calls>",
    "<function_call>",
    "<tool_calls>",
    "<invoke name=",
    "<tool_use>",
    "<tool_code>",
    "<minimax:tool_call>",
    "<TOOLCALL>",
    "<start_function_call>",
    "<|tool_call_start|>",
    "<|tool_calls_section_begin|>",
    "<|action_start|>",
    "<|channel|>commentary to=",
    "<｜tool▁calls▁begin｜>",
    "<|tool▁calls▁begin|>",
];

/// What follows an opening mark: its calls, and how many bytes they take; nothing if it is no call.
pub(super) type Parse = fn(&str) -> Option<(Vec<Value>, usize)>;

/// Whether a text, wherever it stands, holds a call that is whole.
pub(super) fn holds_call(text: &str) -> bool {
    READ.iter().any(|(mark, parse)| {
        text.match_indices(mark)
            .any(|(at, _)| text.get(at + mark.len()..).is_some_and(|rest| parse(rest).is_some()))
    })
}

pub(super) fn may_hold(text: &str) -> bool {
    READ.iter().any(|(mark, _)| text.contains(mark))
        || UNREAD.iter().any(|mark| text.contains(mark))
        || text.contains("Action Input:")
}

pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) parse: Option<Parse>,
}

/// The next mark of a call outside code and thoughts.
pub(super) fn next_mark(text: &str, from: usize, covered: &[Range<usize>]) -> Option<Mark> {
    let free = |at: usize| !covered.iter().any(|range| range.contains(&at));
    let first = |mark: &str| {
        let found = text.get(from..)?.match_indices(mark).map(|(at, _)| from + at).find(|at| free(*at))?;
        Some((found, found + mark.len()))
    };
    let read = READ.iter().filter_map(|(mark, parse)| Some((first(mark)?, Some(*parse))));
    let unread = UNREAD.iter().filter_map(|mark| Some((first(mark)?, None)));
    // The form of ReAct: two lines that belong together.
    let react = first("Action Input:").filter(|(at, _)| reacts(text, *at)).map(|found| (found, None));
    read.chain(unread).chain(react).min_by_key(|((start, _), _)| *start).map(|((start, end), parse)| Mark {
        start,
        end,
        parse,
    })
}

fn reacts(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.lines().any(|line| line.trim_start().starts_with("Action:")))
}

pub(super) fn line_start(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default().trim();
    // What ends a call before it may stand on the same line.
    line.is_empty()
        || line.ends_with("</tool_call>")
        || line.ends_with("</function>")
        || line.ends_with("</think>")
}

/// Code fences, code within a line, and thoughts: what stands there is no call.
pub(super) fn covered(text: &str) -> Vec<Range<usize>> {
    let mut ranges = thoughts(text);
    let mut fence: Option<(usize, &str)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some((at, mark)),
            (Some((from, open)), Some(mark)) if open == mark => {
                ranges.push(from..at + line.len());
                fence = None;
            }
            (None, None) => ranges.extend(inline(line).map(|range| at + range.start..at + range.end)),
            _ => {}
        }
        at += line.len();
    }
    // A fence that is left open covers nothing: what follows may be meant.
    ranges
}

fn thoughts(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("<think>")).map(|at| from + at) {
        let Some(end) = text.get(start..).and_then(|rest| rest.find("</think>")).map(|at| start + at) else {
            break;
        };
        ranges.push(start..end);
        from = end;
    }
    ranges
}

/// What stands between backticks on one line.
fn inline(line: &str) -> impl Iterator<Item = Range<usize>> {
    let ticks: Vec<usize> = line.match_indices('`').map(|(at, _)| at).collect();
    ticks
        .chunks_exact(2)
        .filter_map(|pair| Some(*pair.first()?..*pair.last()?))
        .collect::<Vec<_>>()
        .into_iter()
}

/// `{"name": ..., "arguments": ...}</tool_call>`, a list of such, or `<function=NAME>` within.
fn tagged(rest: &str) -> Option<(Vec<Value>, usize)> {
    const END: &str = "</tool_call>";
    let end = rest.find(END)?;
    let body = rest.get(..end)?.trim();
    let calls = match body.strip_prefix("<function=") {
        Some(inner) => {
            let (calls, length) = function(inner)?;
            inner.get(length..)?.trim().is_empty().then_some(calls)?
        }
        None => as_calls(serde_json::from_str(body).ok()?)?,
    };
    Some((calls, end + END.len()))
}

/// JSON of a call or a list of calls, after a mark that nothing closes.
fn marked(rest: &str) -> Option<(Vec<Value>, usize)> {
    let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let calls = as_calls(values.next()?.ok()?)?;
    let length = values.byte_offset();
    let closed = ["<|/tool_call|>", "[/TOOL_CALLS]", "<|eom_id|>"];
    let tail = rest.get(length..)?;
    let end = closed.iter().find(|end| tail.trim_start().starts_with(**end));
    let more = end.map_or(0, |end| tail.len() - tail.trim_start().len() + end.len());
    Some((calls, length + more))
}

/// `NAME>{...}</function>`, or `NAME><parameter=KEY>VALUE</parameter></function>`.
fn function(rest: &str) -> Option<(Vec<Value>, usize)> {
    const END: &str = "</function>";
    let end = rest.find(END)?;
    let (name, body) = rest.get(..end)?.split_once('>')?;
    let name = name.trim().trim_matches('"');
    let body = body.trim();
    let arguments = if body.starts_with('{') {
        serde_json::from_str(body).ok().filter(Value::is_object)?
    } else {
        parameters(body)?
    };
    (!name.is_empty()).then(|| (vec![json!({"name": name, "arguments": arguments})], end + END.len()))
}

fn parameters(mut body: &str) -> Option<Value> {
    let mut arguments = Map::new();
    while !body.is_empty() {
        let (key, rest) = body.strip_prefix("<parameter=")?.split_once('>')?;
        let (value, rest) = rest.split_once("</parameter>")?;
        let value = value.trim();
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
        arguments.insert(key.trim().trim_matches('"').to_owned(), value);
        body = rest.trim_start();
    }
    Some(Value::Object(arguments))
}

fn as_calls(value: Value) -> Option<Vec<Value>> {
    let calls = match value {
        Value::Array(items) if !items.is_empty() => items,
        Value::Object(_) => vec![value],
        _ => return None,
    };
    calls
        .iter()
        .all(|call| call.as_object().is_some_and(|call| words::of_tool(call).is_some()))
        .then_some(calls)
}
