//! Messages and events of AutoGen.

use super::{Form, Is};
use crate::trajectory::builder::{Source, Words};
use crate::trajectory::call;
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, Reader};
use crate::trajectory::step::Format;

pub(super) const FORM: Form = Form {
    format: Format::AutoGen,
    types: &[
        ("TextMessage", Is::Text),
        ("StopMessage", Is::Text),
        ("HandoffMessage", Is::Text),
        ("ToolCallSummaryMessage", Is::Own(summary)),
        ("ToolCallRequestEvent", Is::Own(calls)),
        ("ToolCallExecutionEvent", Is::Own(results)),
        ("ThoughtEvent", Is::Thinking),
        ("UserInputRequestedEvent", Is::Inert),
    ],
    keys: &[],
    inert: &["models_usage"],
};

fn calls(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let at = fields.place("content");
    if let Some(value) = fields.take("content") {
        call::list(value, &at, reader)?;
    }
    fields.finish(reader)
}

fn results(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    for (index, item) in fields.list(&["content"]).into_iter().flat_map(|(items, _)| items.iter().enumerate())
    {
        let at = format!("{}/{index}", fields.place("content"));
        call::result(Fields::of(item, "a result", &at)?, reader)?;
    }
    fields.finish(reader)
}

/// The results once more, as a text, with the calls that were told before.
fn summary(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let (source, words) = reader.builder.source(Source::Summary, Words::Read);
    let at = fields.place("tool_calls");
    if let Some(value) = fields.take("tool_calls") {
        call::list(value, &at, reader)?;
    }
    reader.builder.source(source, words);
    fields.pass(&["results"]);
    if let Some(text) = fields.text(&["content"]) {
        reader.builder.text(text);
    }
    fields.finish(reader)
}
