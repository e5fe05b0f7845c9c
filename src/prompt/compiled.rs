//! A spec made ready: what never changes rendered once, the rest compiled.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use minijinja::value::Serde;
use minijinja::{Environment, Value as Rendered, context};
use serde_json::{Map, Value};

use super::fence::{Neutralizer, fence, mark, tagged};
use super::nearest::Nearest;
use super::template::{Message, Prompt, Role, environment, template_error};
use crate::error::{Error, ErrorKind, Result};
use crate::signature::{Demo, Field, Spec};

/// A spec whose stable part is rendered and whose user part is compiled. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Compiled {
    inner: Arc<CompiledInner>,
}

#[derive(Debug)]
struct CompiledInner {
    spec: Spec,
    fingerprint: String,
    environment: Environment<'static>,
    inputs: jsonschema::Validator,
    neutralizer: Neutralizer,
    /// Whether the record's message is the record in its fence and nothing else, as the default template
    /// has it: then no template has to be asked.
    is_record_alone: bool,
    /// What is said of an output's type in the place of its schema's: the output's name, and the words.
    type_text: Option<(String, String)>,
    stable: Vec<Message>,
    /// The demos from which each record is shown some, where it is.
    pool: Option<Pool>,
}

/// Demos rendered once, and looked up for each record.
#[derive(Debug)]
struct Pool {
    nearest: Nearest,
    demos: Vec<[Message; 2]>,
}

/// Why a record could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderFault {
    /// Its inputs do not fit the signature: each fault with its field.
    Input(Vec<String>),
    /// The template failed on it.
    Template(String),
}

impl fmt::Display for RenderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(faults) => write!(f, "the record does not fit the signature: {}", faults.join("; ")),
            Self::Template(detail) => write!(f, "the template failed on this record: {detail}"),
        }
    }
}

impl std::error::Error for RenderFault {}

impl Compiled {
    /// Compiles a spec.
    ///
    /// # Errors
    /// Its template has faults or fails on the spec's own demos, or its schema is unusable.
    pub fn new(spec: Spec) -> Result<Self> {
        Self::saying(spec, None)
    }

    /// The same, with these words for the type of an output.
    ///
    /// # Errors
    /// As for [`Compiled::new`].
    pub(crate) fn saying(spec: Spec, type_text: Option<(String, String)>) -> Result<Self> {
        let inputs = jsonschema::validator_for(&spec.input_schema()).map_err(|error| {
            Error::new(
                ErrorKind::Signature,
                format!("`{}`: the inputs' schema is unusable: {error}", spec.name),
            )
        })?;
        let names = spec.inputs.iter().map(|field| field.name.as_str());
        let neutralizer = Neutralizer::new(names);
        let mut inner = CompiledInner {
            fingerprint: spec.fingerprint(),
            is_record_alone: false,
            environment: environment(spec.template.as_ref())?,
            inputs,
            neutralizer,
            type_text,
            stable: Vec::new(),
            pool: None,
            spec,
        };
        inner.is_record_alone =
            inner.environment.get_template("user").is_ok_and(|user| user.source().trim() == RECORD_ALONE);
        let demos = inner.demos()?;
        inner.stable = vec![inner.system()?];
        match Nearest::new(&inner.spec) {
            Some(nearest) => inner.pool = Some(Pool { nearest, demos }),
            None => inner.stable.extend(demos.into_iter().flatten()),
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The spec this was compiled from.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.inner.spec
    }

    /// The spec's fingerprint: 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.inner.fingerprint
    }

    /// The messages that are the same for every record: the system part, and the demos unless each
    /// record is shown others.
    #[must_use]
    pub fn stable(&self) -> &[Message] {
        &self.inner.stable
    }

    /// The messages of all demos from which each record is shown the nearest; none where all are shown.
    pub fn pool(&self) -> impl Iterator<Item = &Message> {
        self.inner.pool.iter().flat_map(|pool| pool.demos.iter().flatten())
    }

    /// The messages for one record.
    ///
    /// # Errors
    /// The inputs do not fit the signature, or the template fails on them.
    pub fn render(&self, inputs: &Map<String, Value>) -> Result<Prompt, RenderFault> {
        let (user, neutralized) = self.inner.user(inputs)?;
        let stable = self.inner.stable.len();
        let mut messages = Vec::with_capacity(stable + 1);
        messages.extend_from_slice(&self.inner.stable);
        if let Some(pool) = &self.inner.pool {
            let chosen = pool.nearest.places(inputs).into_iter().filter_map(|place| pool.demos.get(place));
            messages.extend(chosen.flatten().cloned());
        }
        let chosen = messages.len() - stable;
        messages.push(user);
        Ok(Prompt { messages, stable, chosen, neutralized })
    }
}

impl CompiledInner {
    fn system(&self) -> Result<Message> {
        let system =
            self.section("system", self.system_context()).map_err(|error| self.compile_error(&error))?;
        Ok(Message::new(Role::System, system))
    }

    fn demos(&self) -> Result<Vec<[Message; 2]>> {
        self.spec.usable_demos().map(|demo| self.demo(demo)).collect()
    }

    fn demo(&self, demo: &Demo) -> Result<[Message; 2]> {
        let (user, _) = self.user(&demo.inputs).map_err(|fault| {
            Error::new(ErrorKind::Prompt, format!("`{}`: a demo cannot be shown: {fault}", self.spec.name))
        })?;
        let answer = self.ordered_answer(&demo.outputs).to_string();
        let assistant = self
            .section("assistant", context! { answer, outputs => Serde(&demo.outputs) })
            .map_err(|error| self.compile_error(&error))?;
        Ok([user, Message::new(Role::Assistant, assistant)])
    }

    /// A demo's answer with its fields in the order the prompt asks for.
    fn ordered_answer(&self, outputs: &Map<String, Value>) -> Value {
        let ordered = self.spec.outputs.iter().filter_map(|field| {
            let value = outputs.get(&field.name)?;
            Some((field.name.clone(), value.clone()))
        });
        Value::Object(ordered.collect())
    }

    fn user(&self, inputs: &Map<String, Value>) -> Result<(Message, usize), RenderFault> {
        let record = Value::Object(inputs.clone());
        self.check(&record)?;
        let mut neutralized = 0;
        let texts: Vec<(&Field, Cow<'_, str>)> = self
            .spec
            .inputs
            .iter()
            .filter_map(|field| Some((field, text_of(inputs.get(&field.name)?)?)))
            .map(|(field, text)| {
                let (text, count) = self.neutralizer.neutralize(text);
                neutralized += count;
                (field, text)
            })
            .collect();
        let json = serde_json::to_string(&record).unwrap_or_default();
        let mark = mark(&self.fingerprint, &json, &texts.iter().map(|(_, text)| text.as_ref()));
        let tags: Vec<String> = texts.iter().map(|(field, text)| tagged(&field.name, text)).collect();
        let fenced = fence(&mark, &tags);
        if self.is_record_alone {
            return Ok((Message::new(Role::User, fenced), neutralized));
        }
        let values = user_context(&texts, &tags, fenced, &mark, &record);
        let message =
            self.section("user", values).map_err(|error| RenderFault::Template(describe(&error)))?;
        Ok((Message::new(Role::User, message), neutralized))
    }

    fn check(&self, record: &Value) -> Result<(), RenderFault> {
        if self.inputs.is_valid(record) {
            return Ok(());
        }
        // Fields the signature does not know are not shown and do no harm.
        let faults: Vec<String> = self
            .inputs
            .iter_errors(record)
            .filter(|error| error.kind().keyword() != "additionalProperties")
            .map(|error| input_fault(&error))
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(RenderFault::Input(faults)) }
    }

    fn system_context(&self) -> Rendered {
        let type_text = |field: &Field| {
            let own = self.type_text.as_ref().filter(|(name, _)| *name == field.name);
            own.map_or_else(|| field.type_text(), |(_, said)| said.clone())
        };
        let shown = |field: &Field| field_context(field, type_text(field));
        let outputs: Vec<Rendered> = self.spec.outputs.iter().map(shown).collect();
        let inputs: Vec<Rendered> =
            self.spec.inputs.iter().map(|f| field_context(f, f.type_text())).collect();
        context! {
            name => self.spec.name.as_str(),
            instruction => self.spec.instruction.as_str(),
            inputs,
            outputs,
            rubric => Serde(&self.spec.rubric),
            schema => self.spec.output_schema().to_string(),
        }
    }

    fn section(&self, name: &str, context: Rendered) -> Result<String, minijinja::Error> {
        let text = self.environment.get_template(name)?.render(context)?;
        Ok(text.trim().to_owned())
    }

    fn compile_error(&self, error: &minijinja::Error) -> Error {
        match &self.spec.template {
            Some(own) => template_error(error, &own.file, 1),
            None => template_error(error, "the default template", 1),
        }
    }
}

fn field_context(field: &Field, type_text: String) -> Rendered {
    context! {
        name => field.name.as_str(),
        description => field.description.as_str(),
        type => type_text,
        required => field.required,
    }
}

/// The record's part of the default template.
const RECORD_ALONE: &str = "{{ record }}";

fn user_context(
    texts: &[(&Field, Cow<'_, str>)],
    tags: &[String],
    fenced: String,
    mark: &str,
    record: &Value,
) -> Rendered {
    let fields = texts.iter().zip(tags).map(|((field, text), tagged)| {
        context! {
            name => field.name.as_str(),
            description => field.description.as_str(),
            text => text.as_ref(),
            tagged,
        }
    });
    let by_name = texts.iter().zip(tags).map(|((field, _), tagged)| (field.name.as_str(), tagged.as_str()));
    context! {
        record => fenced,
        fields => fields.collect::<Rendered>(),
        mark,
        raw => Serde(record),
        // Collected, they would be a list of pairs, and no name would be known.
        ..Rendered::from_pairs(by_name)
    }
}

/// An input as text: strings as they are, the rest as indented JSON; nothing for null.
fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.as_str().into()),
        Value::Array(_) | Value::Object(_) => serde_json::to_string_pretty(value).ok().map(Cow::from),
        plain => Some(plain.to_string().into()),
    }
}

fn input_fault(error: &jsonschema::ValidationError<'_>) -> String {
    let field = error.instance_path().as_str().trim_start_matches('/').to_owned();
    let fault = error.masked_with("the value").to_string();
    if field.is_empty() { fault } else { format!("field \"{field}\": {fault}") }
}

fn describe(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::{Spec, TemplateText};

    const QUESTION: &str = "
        instruction = \"Judge the reply.\"
        [inputs]
        asked = {}
        said = {}
        [outputs]
        fine = { type = \"boolean\" }
    ";

    #[test]
    fn a_template_knows_each_input_by_its_name() {
        let mut spec = Spec::parse(QUESTION, "own.toml").unwrap();
        let text = "=== user ===\n{{ said }} was said to {{ asked }}".into();
        spec.template = Some(TemplateText { file: "own.jinja".into(), text });
        let inputs = serde_json::json!({"asked": "When?", "said": "Now."});
        let prompt = Compiled::new(spec).unwrap().render(inputs.as_object().unwrap()).unwrap();
        let shown = "<said>\nNow.\n</said> was said to <asked>\nWhen?\n</asked>";
        assert_eq!(prompt.messages.last().unwrap().content, shown);
    }
}
