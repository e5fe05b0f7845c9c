//! `evenhand prompt`: exactly what would be sent.

use serde_json::json;

use super::args::{Global, PromptArgs};
use super::print;
use crate::error::Result;
use crate::report::{messages_text, pretty_json};
use crate::suite::config::load;
use crate::suite::judges::Suite;
use crate::suite::requests::Asking;
use crate::suite::{Exit, Question};

pub(super) async fn prompt(global: &Global, args: &PromptArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let suite = Suite::open(&args.suite, &config)?;
    let asking = Asking::new(&suite, &config, args.model.as_deref(), args.reading)?;
    let inputs = asking.inputs(&suite, &config, args.record.as_deref()).await?;
    for question in asking.questions(&inputs)? {
        print(&if args.json { as_json(&question)? } else { as_text(&question)? })?;
    }
    Ok(Exit::Success)
}

fn as_text(Question { request, order, .. }: &Question) -> Result<String> {
    let mut text = order.map_or_else(String::new, |order| format!("=== order {order} ===\n"));
    text += &messages_text(&request.messages);
    if let Some(weigh) = &request.weigh {
        text += &format!("--- weighed after {} ---\n{}\n", weigh.opening, weigh.candidates.join("\n"));
    } else if let Some(format) = &request.format {
        text += &format!("--- schema of the answer ---\n{}", pretty_json(&format.schema)?);
    }
    text += &format!("--- key {} ---\n", request.key().0);
    Ok(text)
}

fn as_json(Question { request, order, .. }: &Question) -> Result<String> {
    let mut whole = json!({
        "key": request.key(),
        "messages": request.messages,
        "stable_messages": request.stable,
        "schema": request.format.as_ref().map(|format| &*format.schema),
        "parameters": request.parameters,
        "weigh": request.weigh,
    });
    if let (Some(whole), Some(order)) = (whole.as_object_mut(), *order) {
        whole.insert("order".into(), order.into());
    }
    pretty_json(&whole)
}
