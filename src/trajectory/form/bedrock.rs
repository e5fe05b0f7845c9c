//! Converse of Amazon Bedrock: parts without a type.

use super::{Form, Is};
use crate::trajectory::content;
use crate::trajectory::fields::Fields;
use crate::trajectory::reader::{Done, Reader};
use crate::trajectory::step::Format;

pub(super) const FORM: Form = Form {
    format: Format::Bedrock,
    types: &[],
    keys: &[
        ("text", Is::Text),
        ("toolUse", Is::Call),
        ("toolResult", Is::Result),
        ("reasoningContent", Is::Thinking),
        ("image", Is::Shown),
        ("document", Is::Shown),
        ("video", Is::Shown),
        ("audio", Is::Shown),
        ("searchResult", Is::Shown),
        ("guardContent", Is::Shown),
        ("cachePoint", Is::Inert),
        ("citationsContent", Is::Own(cited)),
    ],
    inert: &[
        "stopReason",
        "additionalModelResponseFields",
        "performanceConfig",
        "ResponseMetadata",
        "serviceTier",
        "trace",
    ],
};

/// A text with its sources.
fn cited(mut fields: Fields<'_>, _: &str, reader: &mut Reader<'_>) -> Done {
    let at = fields.place("content");
    if let Some(value) = fields.take("content") {
        content::read(value, &at, reader)?;
    }
    fields.finish(reader)
}
