//! Signatures as Rust structs.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::field::Field;
use super::rubric::Rubric;
use super::scale::Scale;
use super::schema::normalize;
use super::spec::{Demo, NearestDemos, Pair, Spec};
use crate::error::{Error, ErrorKind, Result};

/// A question to a judge, as a struct: its fields are the inputs, its doc
/// comment is the instruction, its fields' doc comments describe them.
///
/// # Example
/// ```
/// use evenhand::signature::{Signature, Spec};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// /// Judge whether the answer is polite.
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Politeness {
///     /// The answer to judge.
///     artifact: String,
/// }
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Polite {
///     /// Why, in one sentence.
///     reasoning: String,
///     /// Whether the answer is polite.
///     verdict: bool,
/// }
///
/// impl Signature for Politeness {
///     type Output = Polite;
/// }
///
/// let spec = Spec::of::<Politeness>()?;
/// assert_eq!(spec.instruction, "Judge whether the answer is polite.");
/// assert_eq!(spec.outputs[0].name, "reasoning");
/// # Ok::<(), evenhand::Error>(())
/// ```
pub trait Signature: Serialize + DeserializeOwned + JsonSchema {
    /// The answer: its fields are the outputs, in their order.
    type Output: Serialize + DeserializeOwned + JsonSchema;

    /// The name in prompts, files and reports; by default the type's, in snake case.
    #[must_use]
    fn name() -> String {
        snake_case(&Self::schema_name())
    }

    /// How the answer becomes a score; by default it does not.
    #[must_use]
    fn scale() -> Option<Scale> {
        None
    }

    /// The rubric; with one, the outputs and the scale are the rubric's own.
    #[must_use]
    fn rubric() -> Option<Rubric> {
        None
    }

    /// Worked examples.
    #[must_use]
    fn demos() -> Vec<Demo> {
        Vec::new()
    }

    /// Which of the demos each record is shown; by default all of them.
    #[must_use]
    fn nearest_demos() -> Option<NearestDemos> {
        None
    }

    /// The two inputs that change places; with them a judge asks about each record in both orders. None by default.
    #[must_use]
    fn pair() -> Option<Pair> {
        None
    }
}

impl Spec {
    /// The spec of a typed signature.
    ///
    /// # Errors
    /// The type is not a struct with named fields, or its demos, scale or
    /// rubric do not fit its fields.
    pub fn of<S: Signature>() -> Result<Self> {
        spec_of::<S>()
    }
}

/// The first thing that is wrong with the shares of a rubric's criteria.
fn rubric_fault(rubric: &Rubric) -> Option<String> {
    let of_criteria = rubric.criteria.iter().flat_map(|criterion| rubric.share_faults(criterion));
    rubric.whole_fault().map(str::to_owned).or_else(|| of_criteria.map(|(_, fault)| fault).next())
}

fn spec_of<S: Signature>() -> Result<Spec> {
    let name = S::name();
    let (instruction, inputs) = fields_of::<S>(&name)?;
    let rubric = S::rubric();
    let (outputs, scale) = match &rubric {
        Some(rubric) => (rubric.holistic_outputs(), Some(rubric.scale())),
        None => (fields_of::<S::Output>(&name)?.1, S::scale()),
    };
    if let Some(scale) = &scale
        && !outputs.iter().any(|field| field.name == scale.field)
    {
        let detail = format!("`{name}`: the scale's field `{}` is not an output", scale.field);
        return Err(Error::new(ErrorKind::Signature, detail));
    }
    let spec = Spec {
        by_claims: false,
        name,
        instruction,
        inputs,
        outputs,
        demos: S::demos(),
        nearest_demos: S::nearest_demos(),
        scale,
        pair: S::pair(),
        rubric,
        template: None,
    };
    if let Some(pair) = &spec.pair {
        pair.check(&spec)?;
    }
    if let Some(fault) = spec.rubric.as_ref().and_then(rubric_fault) {
        return Err(Error::new(ErrorKind::Signature, format!("`{}`: {fault}", spec.name)));
    }
    Ok(spec)
}

/// A struct's doc comment, and its fields.
fn fields_of<T: JsonSchema>(signature: &str) -> Result<(String, Vec<Field>)> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.inline_subschemas = true;
    let schema = SchemaGenerator::new(settings).into_root_schema_for::<T>().to_value();
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        let detail = format!("`{signature}`: `{}` is not a struct with named fields", T::schema_name());
        return Err(Error::new(ErrorKind::Signature, detail));
    };
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let fields = properties
        .iter()
        .map(|(name, schema)| typed_field(name, schema, required.contains(&name.as_str())))
        .collect();
    let instruction = schema.get("description").and_then(Value::as_str).unwrap_or_default();
    Ok((unwrap_lines(instruction), fields))
}

fn typed_field(name: &str, schema: &Value, required: bool) -> Field {
    let mut schema = schema.clone();
    let variants = normalize(&mut schema);
    let own = schema
        .as_object_mut()
        .and_then(|object| object.remove("description"))
        .and_then(|text| text.as_str().map(unwrap_lines));
    let description: Vec<String> = own.into_iter().chain(variants).collect();
    Field { name: name.to_owned(), description: description.join(" "), schema, required }
}

/// A doc comment's hard line breaks become spaces; blank lines stay
/// paragraphs, and a line that begins with `- ` stays a line.
fn unwrap_lines(text: &str) -> String {
    let mut unwrapped = String::new();
    for line in text.lines().map(str::trim) {
        let starts_anew = line.is_empty() || line.starts_with("- ") || unwrapped.ends_with('\n');
        if !unwrapped.is_empty() {
            unwrapped.push(if starts_anew { '\n' } else { ' ' });
        }
        unwrapped.push_str(line);
    }
    // A blank line gave one break for itself and one for the line after it.
    unwrapped
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
