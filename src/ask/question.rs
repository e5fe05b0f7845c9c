//! One question, made ready: its inputs from a record, its prompt, its contract, and how its verdict is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::listing::{Listed, Listing};
use crate::answer::Contract;
use crate::data::{JsonFault, Record, parse_json};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DecisionQuestion, Format, Parameters, Request, Weigh};
use crate::prompt::{Compiled, RenderFault};
use crate::signature::{Field, Scale, ScaleAnswer, Spec};

/// Where a judge's inputs come from: a field of the record, or a text that is the same for every record.
/// An input not named here is the field of its own name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    /// From the input's name to the record's field, or a path with dots.
    pub fields: BTreeMap<String, String>,
    /// From the input's name to its text, for inputs that are the same for every record.
    pub given: BTreeMap<String, String>,
}

impl Mapping {
    /// The inputs of a record.
    ///
    /// # Errors
    /// A required input's field is missing, its JSON has a key twice, or the record has a field for an input that is
    /// the same for every record: which one.
    pub fn inputs(&self, record: &Record, spec: &Spec) -> Result<Map<String, Value>, String> {
        let mut inputs = Map::new();
        for field in &spec.inputs {
            let source = self.fields.get(&field.name).unwrap_or(&field.name);
            let value = record.get(source).filter(|value| !value.is_null());
            let given = self.given.get(&field.name).map(|text| Value::from(text.as_str()));
            if given.is_some() && value.is_some() {
                return Err(format!(
                    "field \"{source}\" is there, and the suite's `inputs` give all records one: remove one of them"
                ));
            }
            match given.as_ref().or(value) {
                Some(value) => {
                    let typed = typed(value, field).map_err(|fault| format!("field \"{source}\" {fault}"))?;
                    inputs.insert(field.name.clone(), typed);
                }
                None if field.required => return Err(missing(source, field)),
                None => {}
            }
        }
        Ok(inputs)
    }
}

/// Text as the type the signature wants, where it reads as that: a CSV holds only text.
/// A number or an object where text is wanted is shown as JSON.
fn typed(value: &Value, field: &Field) -> Result<Value, JsonFault> {
    let wants = |name: &str| match field.schema.get("type") {
        Some(Value::Array(names)) => names.iter().any(|wanted| wanted == name),
        Some(wanted) => wanted == name,
        None => false,
    };
    Ok(match value {
        Value::String(text) if !wants("string") => match parse_json(text) {
            Ok(value) => value,
            Err(fault @ JsonFault::Twice(_)) => return Err(fault),
            Err(JsonFault::Syntax(_)) => value.clone(),
        },
        Value::Number(number) if wants("string") => Value::String(number.to_string()),
        Value::Object(_) | Value::Array(_) if wants("string") => {
            Value::String(serde_json::to_string_pretty(value).unwrap_or_default())
        }
        other => other.clone(),
    })
}

fn missing(source: &str, field: &Field) -> String {
    if source == field.name {
        return format!("field \"{source}\" is missing");
    }
    format!("field \"{source}\", which is the input `{}`, is missing", field.name)
}

/// Where the verdict comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The decoded answer, reasons first.
    Text,
    /// The distribution over the possible answers at the verdict's place.
    /// Nothing is decoded, so there are no reasons unless they are asked for
    /// afterwards. For models that give probabilities.
    Weighted,
    /// The answer is decoded several times at a temperature; the shares of the
    /// verdicts are the distribution. For models that give no probabilities.
    Sampled,
    /// By deterministic checks alone: no model is asked.
    #[cfg_attr(feature = "cli", value(skip))]
    Exact,
}

impl Reading {
    /// The reading's name in journals and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Weighted => "weighted",
            Self::Sampled => "sampled",
            Self::Exact => "exact",
        }
    }
}

/// A compiled spec with the contract for its answers.
#[derive(Clone, Debug)]
pub struct Question {
    /// The question's name where a judge asks several: the criterion's.
    pub(crate) part: Option<String>,
    pub(crate) compiled: Compiled,
    pub(crate) contract: Arc<Contract>,
    /// The possible verdicts, where the reading shares its weight out between them.
    pub(crate) weighed: Option<Arc<Weighed>>,
    /// The question as a decision model is asked it, where one is.
    pub(super) typed: Option<Arc<DecisionQuestion>>,
    reading: Reading,
    format: Format,
    /// The list of the possible answers that stands after the record, where one does.
    list: Option<Arc<str>>,
    /// All such lists, each with the form of an answer that goes with it; none where the prompt has one order.
    orders: Arc<[(Arc<str>, Format)]>,
    parameters: Parameters,
}

/// The possible verdicts, and how they are put to the model.
#[derive(Debug)]
pub(crate) struct Weighed {
    pub(crate) candidates: Vec<ScaleAnswer>,
    pub(crate) scale: Scale,
    weigh: Weigh,
}

impl Question {
    /// Makes a spec ready for a reading.
    ///
    /// # Errors
    /// The spec cannot be compiled, or has no verdict that could be read that way.
    pub fn new(spec: Spec, reading: Reading, parameters: Parameters) -> Result<Self> {
        Self::listing(spec, reading, Listing::default(), parameters)
    }

    /// The same, with the answers of a weighted reading named and listed so.
    ///
    /// # Errors
    /// As for [`Question::new`], or there are more answers than orders or names.
    pub(crate) fn listing(
        spec: Spec,
        reading: Reading,
        listing: Listing,
        parameters: Parameters,
    ) -> Result<Self> {
        let name = spec.name.clone();
        let (mut type_text, mut orders) = (None, Vec::new());
        let (spec, weighed) = match reading {
            Reading::Text | Reading::Exact => (spec, None),
            Reading::Sampled => {
                let weighed = weighed(&spec).ok().map(Arc::new);
                (spec, weighed)
            }
            Reading::Weighted => {
                let (scale, candidates) = weighable(&spec)?;
                let spec = spec.verdict_only().unwrap_or(spec);
                let listed = listing.of(spec, &scale.field, candidates)?;
                let Listed { spec, candidates, type_text: said, orders: lists } = listed;
                type_text = said.map(|said| (scale.field.clone(), said));
                orders = lists;
                (spec, Some(Arc::new(Weighed::new(scale, candidates))))
            }
        };
        let format =
            |spec: &Spec| Format { name: format_name(&name), schema: Arc::new(spec.output_schema()) };
        let orders = orders.into_iter().map(|(list, spec)| (list.into(), format(&spec))).collect();
        let schema = spec.output_schema();
        let mut contract = Contract::new(&schema).map_err(|fault| {
            Error::new(ErrorKind::Signature, format!("`{name}`: the answer's schema is unusable: {fault}"))
        })?;
        // Reasons that are too long do not cost a verdict. Without a verdict the text is what was asked for.
        if let Some(scale) = &spec.scale {
            contract = contract.shortening_all_but(&scale.field);
        }
        Ok(Self {
            part: None,
            format: format(&spec),
            list: None,
            orders,
            compiled: Compiled::saying(spec, type_text)?,
            contract: Arc::new(contract),
            weighed,
            typed: None,
            reading,
            parameters,
        })
    }

    /// The first request for a record.
    ///
    /// # Errors
    /// The record does not fit the signature, or the template fails on it.
    pub fn request(&self, inputs: &Map<String, Value>) -> Result<Request, RenderFault> {
        let mut prompt = self.compiled.render(inputs)?;
        if let (Some(list), Some(record)) = (&self.list, prompt.messages.last_mut()) {
            record.content = format!("{}\n\n{list}", record.content);
        }
        let mut request =
            Request::new(prompt.messages, prompt.stable, Some(self.format.clone()), self.parameters.clone());
        request.chosen = prompt.chosen;
        let weighed = self.weighed.as_ref().filter(|_| self.reading == Reading::Weighted);
        request.weigh = weighed.map(|weighed| weighed.weigh.clone());
        Ok(request)
    }

    /// The question once for each order in which its answers are listed.
    pub(crate) fn in_orders(&self) -> Vec<Self> {
        if self.orders.is_empty() {
            return vec![self.clone()];
        }
        let in_order = |(list, format): &(Arc<str>, Format)| Self {
            list: Some(Arc::clone(list)),
            format: format.clone(),
            orders: Arc::from([]),
            ..self.clone()
        };
        self.orders.iter().map(in_order).collect()
    }

    /// The same question, asked of a decision model so.
    pub(crate) fn asked_as(&self, typed: DecisionQuestion) -> Self {
        Self { typed: Some(Arc::new(typed)), ..self.clone() }
    }

    /// A verdict's label as the JSON in which it was weighed.
    pub(crate) fn verdict_json(&self, label: &str) -> Value {
        let candidates = self.weighed.as_ref().map_or(&[][..], |weighed| &weighed.candidates);
        let found = candidates.iter().find(|candidate| candidate.label == label);
        found.map_or_else(|| Value::from(label), |candidate| candidate.json.clone())
    }

    /// The same question with another contract for the answer.
    pub(crate) fn answered_by(&self, contract: Contract) -> Self {
        Self { contract: Arc::new(contract), ..self.clone() }
    }

    /// The compiled spec.
    #[must_use]
    pub fn compiled(&self) -> &Compiled {
        &self.compiled
    }

    /// The spec.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        self.compiled.spec()
    }

    /// A hash of what is asked and how, but for the record; 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.compiled.fingerprint().as_bytes());
        for message in self.compiled.stable().iter().chain(self.compiled.pool()) {
            hasher.update(message.content.as_bytes());
        }
        if let Some(typed) = &self.typed {
            hasher.update(serde_json::to_string(typed.as_ref()).unwrap_or_default().as_bytes());
        }
        if let Some(list) = &self.list {
            hasher.update(list.as_bytes());
        }
        hasher.update(serde_json::to_string(&self.parameters).unwrap_or_default().as_bytes());
        hasher.finalize().to_hex().to_string()
    }
}

impl Weighed {
    fn new(scale: Scale, candidates: Vec<ScaleAnswer>) -> Self {
        Self { weigh: weigh(&scale.field, &candidates), candidates, scale }
    }
}

fn weighed(spec: &Spec) -> Result<Weighed> {
    weighable(spec).map(|(scale, candidates)| Weighed::new(scale, candidates))
}

/// The scale of a verdict with few possible answers, and the answers.
fn weighable(spec: &Spec) -> Result<(Scale, Vec<ScaleAnswer>)> {
    let unweighable = |why: &str| {
        Error::new(ErrorKind::Signature, format!("`{}` cannot be read weighted: {why}", spec.name))
            .help("set `reading = \"text\"` or `\"sampled\"`")
    };
    let scale =
        spec.scale.clone().ok_or_else(|| unweighable("it has no verdict (`[score]` or `[rubric]`)"))?;
    let candidates =
        scale.candidates().ok_or_else(|| unweighable("its verdict is not one of a short list of answers"))?;
    Ok((scale, candidates))
}

/// Each candidate through the mark that closes it, so that `1` is not the beginning of `10`.
fn weigh(field: &str, candidates: &[ScaleAnswer]) -> Weigh {
    let name = Value::from(field);
    let quoted = candidates.iter().all(|candidate| candidate.json.is_string());
    let (quote, close) = if quoted { ("\"", "") } else { ("", "}") };
    let closed = |candidate: &ScaleAnswer| {
        let text = candidate.json.to_string();
        format!("{}{close}", text.strip_prefix(quote).unwrap_or(&text))
    };
    Weigh { opening: format!("{{{name}:{quote}"), candidates: candidates.iter().map(closed).collect() }
}

/// A name as OpenAI takes it: letters, digits, `_` and `-`, 64 at most.
fn format_name(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    name.chars().map(letter).take(64).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn candidate(json: Value) -> ScaleAnswer {
        ScaleAnswer { label: json.to_string(), json, value: None }
    }

    #[test]
    fn candidates_run_through_their_closing_mark() {
        let labels = weigh("verdict", &[candidate(json!("pass")), candidate(json!("fail"))]);
        assert_eq!(labels.opening, r#"{"verdict":""#);
        assert_eq!(labels.candidates, [r#"pass""#, r#"fail""#]);
        let numbers = weigh("score", &[candidate(json!(1)), candidate(json!(10))]);
        assert_eq!(numbers.opening, r#"{"score":"#);
        assert_eq!(numbers.candidates, ["1}", "10}"]);
    }
}
