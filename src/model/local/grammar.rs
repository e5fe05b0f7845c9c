//! Answers that follow a JSON Schema: which tokens may come next.
//!
//! The grammar is compact (no optional white space: small models loop on it), keeps the schema's order of
//! properties, and lets an object have no property the schema does not name. Keywords that llguidance does
//! not know are left to the validation of the answer.

use std::sync::Arc;

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::SimpleVob;
use llguidance::{JsonCompileOptions, Matcher, ParserFactory};
use serde_json::Value;

use super::budget::{Budget, Shape, Urge, measure};
use super::fault::EngineFault;
use super::job::count;
use super::sampling::Sampler;
use super::tokens::Tokenizer;

/// The grammars of one model. The last one is kept: the records of a run share their schema.
pub(super) struct Grammars {
    factory: ParserFactory,
    ends: Ends,
    last: Option<(Arc<Value>, Matcher, Shape)>,
}

/// Single tokens that end a string, an object, an array or an item.
#[derive(Debug, Clone)]
struct Ends {
    string: Option<u32>,
    container: Vec<u32>,
}

impl Grammars {
    /// Reads the model's whole vocabulary: tenths of a second for a large one.
    ///
    /// # Errors
    /// [`EngineFault::Schema`] when llguidance refuses the vocabulary.
    pub(super) fn new(model: &LlamaModel) -> Result<Self, EngineFault> {
        let vocabulary = LlamaSampler::llguidance_tok_env(model);
        let mut factory = ParserFactory::new_simple(&vocabulary).map_err(|error| fault(&error))?;
        factory.quiet();
        // Otherwise an error would quote the answer so far.
        factory.limits_mut().verbose_errors = false;
        let single = |text: &str| vocabulary.tok_trie().token_id_at_bytes(text.as_bytes());
        let ends = Ends {
            string: single("\""),
            container: ["}", "]", ","].into_iter().filter_map(single).collect(),
        };
        Ok(Self { factory, ends, last: None })
    }

    /// A guide for one answer under this schema.
    ///
    /// # Errors
    /// [`EngineFault::Schema`] when the schema has no grammar.
    pub(super) fn guide(
        &mut self,
        schema: &Arc<Value>,
        max_tokens: u32,
        tokenizer: &Tokenizer<'_>,
    ) -> Result<Guide, EngineFault> {
        let (matcher, shape) = self.compiled(schema)?;
        let shortest = count(tokenizer.plain(&shape.skeleton).len());
        Ok(Guide {
            matcher,
            budget: Budget::new(max_tokens, shortest, shape.free_strings),
            ends: self.ends.clone(),
        })
    }

    fn compiled(&mut self, schema: &Arc<Value>) -> Result<(Matcher, Shape), EngineFault> {
        if let Some((known, matcher, shape)) = &self.last
            && (Arc::ptr_eq(known, schema) || known == schema)
        {
            return Ok((matcher.clone(), shape.clone()));
        }
        let grammar = TopLevelGrammar::from_json_schema(compact(schema)?);
        let parser = self.factory.create_parser(grammar);
        let matcher = Matcher::new(Ok(parser.map_err(|error| fault(&error))?));
        let shape = measure(schema);
        self.last = Some((Arc::clone(schema), matcher.clone(), shape.clone()));
        Ok((matcher, shape))
    }
}

fn fault(error: &impl std::fmt::Display) -> EngineFault {
    EngineFault::Schema { detail: error.to_string() }
}

/// The schema as llguidance gets it: closed objects, no optional white space.
fn compact(schema: &Value) -> Result<Value, EngineFault> {
    let mut schema = schema.clone();
    if !schema.is_object() {
        return Err(fault(&"it must be a JSON object"));
    }
    close_objects(&mut schema);
    let options =
        JsonCompileOptions { whitespace_flexible: false, lenient: true, ..JsonCompileOptions::default() };
    options.apply_to(&mut schema);
    Ok(schema)
}

/// Objects that list properties get no others. Parts of an `allOf` stay open, since they must agree.
fn close_objects(node: &mut Value) {
    match node {
        Value::Object(members) => {
            let lists_properties = members.get("properties").is_some_and(Value::is_object);
            if lists_properties
                && !members.contains_key("patternProperties")
                && !members.contains_key("allOf")
            {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
            for (keyword, inner) in members.iter_mut() {
                match keyword.as_str() {
                    "allOf" | "const" | "enum" | "default" | "examples" => {}
                    "properties" | "$defs" | "definitions" => inner
                        .as_object_mut()
                        .into_iter()
                        .flat_map(|named| named.values_mut())
                        .for_each(close_objects),
                    _ => close_objects(inner),
                }
            }
        }
        Value::Array(nodes) => nodes.iter_mut().for_each(close_objects),
        _ => {}
    }
}

/// Follows one answer through its grammar.
pub(super) struct Guide {
    matcher: Matcher,
    budget: Budget,
    ends: Ends,
}

impl Guide {
    /// The next token, with this many left to write.
    ///
    /// # Errors
    /// [`EngineFault::Schema`] when the grammar allows no token.
    pub(super) fn choose(
        &mut self,
        logits: &[f32],
        sampler: &mut Sampler,
        remaining: u32,
    ) -> Result<LlamaToken, EngineFault> {
        let allowed = self.matcher.compute_mask_or_eos().map_err(|error| fault(&error))?;
        if let Some(token) = self.end(&allowed, remaining) {
            return Ok(token);
        }
        sampler
            .pick(logits, |token| allowed.is_allowed(token))
            .ok_or_else(|| fault(&"no token of the model's vocabulary continues the answer"))
    }

    fn end(&self, allowed: &SimpleVob, remaining: u32) -> Option<LlamaToken> {
        let ends = match self.budget.urge(remaining) {
            Urge::Free => return None,
            Urge::EndString => self.ends.string.as_slice(),
            Urge::EndContainer => &self.ends.container,
        };
        let token = ends.iter().find(|&&token| allowed.is_allowed(token))?;
        Some(LlamaToken(i32::try_from(*token).ok()?))
    }

    /// Takes in a chosen token.
    ///
    /// # Errors
    /// [`EngineFault::Schema`] when the grammar does not take it.
    pub(super) fn accept(&mut self, token: LlamaToken, bytes: &[u8]) -> Result<(), EngineFault> {
        self.budget.write(bytes);
        let token = u32::try_from(token.0).map_err(|error| fault(&error))?;
        self.matcher.consume_token(token).map_err(|error| fault(&error))
    }

    /// Text that the grammar leaves no choice about, up to where a token may well end.
    pub(super) fn forced_text(&mut self) -> String {
        let mut bytes = self.matcher.compute_ff_bytes();
        bytes.truncate(token_may_end(&bytes));
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// Whether the answer is complete.
    pub(super) fn is_complete(&self) -> bool {
        self.matcher.is_stopped()
    }
}

/// Where a token may well end: after the last mark of JSON. An opening bracket is left to the model with the marks
/// before it: models have `":[{"` as one token, and after `":[` alone small ones close the array at once.
fn token_may_end(forced: &[u8]) -> usize {
    let is_mark = |byte: &u8| b"\":,{}[]".contains(byte);
    let end = forced.iter().rposition(is_mark).map_or(0, |last| last + 1);
    match forced.get(..end) {
        Some(marked) if marked.ends_with(b"[") => {
            marked.iter().rposition(|byte| !is_mark(byte)).map_or(0, |last| last + 1)
        }
        _ => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forced_text_ends_after_a_mark_and_never_on_an_opening_bracket() {
        let ends = |forced: &str| forced[..token_may_end(forced.as_bytes())].to_owned();
        assert_eq!(ends("{\"score\":"), "{\"score\":");
        assert_eq!(ends("{\"verdict\":\"un"), "{\"verdict\":\"");
        assert_eq!(ends("{\"claims\":["), "{\"claims");
        assert_eq!(ends("],\"steps\":["), "],\"steps");
        assert_eq!(ends("["), "");
        assert_eq!(ends("abc"), "");
    }

    #[test]
    fn objects_are_closed_but_not_inside_all_of() {
        let mut schema = json!({
            "properties": {"a": {"type": "object", "properties": {"properties": {"type": "string"}}}},
            "$defs": {"d": {"properties": {}, "additionalProperties": true}},
            "items": {"allOf": [{"properties": {}}]},
            "default": {"properties": {}},
        });
        close_objects(&mut schema);
        let expected = json!({
            "properties": {"a": {"type": "object", "properties": {"properties": {"type": "string"}}, "additionalProperties": false}},
            "$defs": {"d": {"properties": {}, "additionalProperties": true}},
            "items": {"allOf": [{"properties": {}}]},
            "default": {"properties": {}},
            "additionalProperties": false,
        });
        assert_eq!(schema, expected);
    }

    #[test]
    fn a_schema_that_is_no_object_is_refused() {
        let fault = compact(&json!(true)).expect_err("no object");
        assert_eq!(fault.to_string(), "output schema: it must be a JSON object");
    }
}
