//! The judge does the task itself before it sees what it judges; then the question, with its own answer before the record.
//!
//! The reference-guided judge of Zheng et al. 2023 (arXiv 2306.05685, section 3.4): a judge that has an answer of its
//! own is less easily led by a wrong one.

use serde_json::{Map, Value, json};

use super::kind::{AskOptions, Asker, Registered, Strategy};
use super::option::{OptionFact, OptionKind, Settings};
use super::prepared::{Preparation, Prepared};
use crate::ask::stage::{Stage, after_record};
use crate::ask::{Question, Reading};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Parameters, Request};
use crate::prompt::{Message, RenderFault, Role};
use crate::signature::{Field, Spec};

const NAME: &str = "commit_first";

/// The inputs that usually hold what is judged.
const USUAL: [&str; 4] = ["artifact", "answer", "response", "output"];

const TASK: &str = "Later you will judge what somebody handed in. Before you see it, do the task yourself, from what is \
                    given here alone: work out what right work says. Do not judge anything now.";

const LATER: &str = "What you will be asked later:";

const FIRST: &str = "Before you see what was handed in: do the task yourself, from this alone.";

const HOLD: &str = "You gave your own answer before you saw this record. Use it to check what was handed in; do not take \
                    it for the truth. Where the two differ, work out which is right, and let other right ways of \
                    answering count. Then answer the question with one JSON object and nothing else, with every field \
                    asked for at the beginning.";

pub(super) const REGISTERED: Registered = Registered {
    name: NAME,
    about: "an answer of the judge's own, before it sees what it judges; then the question with that answer at hand",
    options: &[OptionFact {
        name: "hide",
        about: "The input that holds what is judged; by default the only one of artifact, answer, response and output, \
                and of a pair both",
        kind: OptionKind::Name,
    }],
    texts: &[TASK, LATER, FIRST, HOLD],
    make,
};

fn make(question: &Question, options: &AskOptions, settings: &Settings) -> Result<Box<dyn Strategy>> {
    let spec = question.compiled().spec();
    let hidden = hidden(spec, settings.text("hide"))?;
    let mut own = Question::new(own_task(spec, &hidden)?, Reading::Text, Parameters::default())?;
    own.part.clone_from(&question.part);
    let stages = [Stage::alone("own answer", &own)];
    Ok(Box::new(Prepared::new(NAME, question, options, CommitFirst { stages, hidden })?))
}

/// The inputs that hold what is judged.
fn hidden(spec: &Spec, wished: Option<&str>) -> Result<Vec<String>> {
    let names: Vec<&str> = spec.inputs.iter().map(|field| field.name.as_str()).collect();
    let unclear = |what: String| {
        Error::new(ErrorKind::Config, format!("strategy `{NAME}`: {what}")).help(format!(
            "set `strategy = {{ name = \"{NAME}\", hide = \"INPUT\" }}` with one of its inputs: {}",
            names.join(", ")
        ))
    };
    if let Some(wished) = wished {
        let is_there = names.contains(&wished);
        return is_there
            .then(|| vec![wished.to_owned()])
            .ok_or_else(|| unclear(format!("`{}` has no input `{wished}`", spec.name)));
    }
    if let Some(pair) = &spec.pair {
        return Ok(pair.inputs.to_vec());
    }
    let usual: Vec<&str> = USUAL.into_iter().filter(|name| names.contains(name)).collect();
    match usual.as_slice() {
        [only] => Ok(vec![(*only).to_owned()]),
        _ => Err(unclear(format!("nothing says which input of `{}` holds what is judged", spec.name))),
    }
}

/// The task without what is judged.
fn own_task(spec: &Spec, hidden: &[String]) -> Result<Spec> {
    let inputs: Vec<Field> =
        spec.inputs.iter().filter(|field| !hidden.contains(&field.name)).cloned().collect();
    if inputs.is_empty() {
        let detail = format!("strategy `{NAME}`: `{}` has no input besides what is judged", spec.name);
        return Err(Error::new(ErrorKind::Config, detail)
            .help("add an input with the task, or set `strategy = \"direct\"`"));
    }
    let output = |name: &str, description: &str| Field {
        name: name.to_owned(),
        description: description.to_owned(),
        schema: json!({"type": "string", "minLength": 1}),
        required: true,
    };
    Ok(Spec {
        by_claims: false,
        name: format!("{}/own", spec.name),
        instruction: format!("{TASK}\n\n{LATER}\n{}", spec.instruction),
        inputs,
        outputs: vec![
            output("reasoning", "How you come to your answer, in a few sentences."),
            output("answer", "Your own answer to the task, as short as it can be."),
        ],
        demos: Vec::new(),
        nearest_demos: None,
        scale: None,
        pair: None,
        rubric: None,
        template: None,
    })
}

#[derive(Debug)]
struct CommitFirst {
    stages: [Stage; 1],
    hidden: Vec<String>,
}

impl Preparation for CommitFirst {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn requests(
        &self,
        asker: &Asker,
        verdict: &Request,
        inputs: &Map<String, Value>,
    ) -> Result<Vec<Request>, RenderFault> {
        let mut inputs = inputs.clone();
        inputs.retain(|name, _| !self.hidden.contains(name));
        let [own] = &self.stages;
        let request = asker.request(own.question(), &inputs, 1)?;
        Ok(vec![Request { parameters: verdict.parameters.clone(), ..request }])
    }

    fn verdict(&self, mut verdict: Request, before: &[(Request, Value)]) -> Request {
        let (Some((asked, own)), Some(record)) = (before.first(), verdict.messages.pop()) else {
            return verdict;
        };
        let shown = asked.messages.last().map(|message| message.content.as_str()).unwrap_or_default();
        verdict.messages.push(Message::new(Role::User, format!("{FIRST}\n\n{shown}")));
        verdict.messages.push(Message::new(Role::Assistant, own.to_string()));
        verdict.messages.push(record);
        after_record(verdict, HOLD)
    }
}
