//! promptfoo's assertions as checks and judges.

use regex::Regex;
use serde_json::{Map, Value, json};

use super::super::project::QuestionText;
use super::tests_of::{Assertion, Test};
use super::{Source, render};

/// A part of a suite's score that an assertion becomes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part {
    /// What its name begins with.
    pub(super) name: String,
    pub(super) weight: f64,
    pub(super) is: Is,
}

/// What kind of part.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Is {
    /// A check: its table, and the key whose value each record has for itself.
    Check { table: Map<String, Value>, own: Option<(&'static str, Value)> },
    /// A judge, with what the record says for it, and from which score on it passes.
    Judge { question: Question, value: String, pass_at: Option<f64> },
}

/// A judge's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Does the output meet the rubric?
    Rubric,
    /// Does the output not do what the rubric says?
    NotRubric,
    /// How well does the output meet the rubric?
    Graded,
    /// Does the answer to the prompt meet a criterion?
    Criterion,
    /// Does the answer agree with the reference? The bundled signature.
    Correctness,
    /// How much of the answer is in the source? The bundled signature.
    Groundedness,
}

/// The parts that an assertion becomes: several for a set.
pub(super) fn parts(source: &Source, test: &Test, assertion: &Assertion) -> Result<Vec<Part>, String> {
    let value = &assertion.value;
    let kind = value.get("type").and_then(Value::as_str).ok_or("an assertion without a type")?;
    let extra = value.as_object().into_iter().flat_map(Map::keys);
    let known = ["type", "value", "threshold", "weight", "metric", "assert"];
    if let Some(key) = extra.into_iter().find(|key| !known.contains(&key.as_str())) {
        return Err(format!("`{key}` of `{kind}` has no equivalent"));
    }
    if kind == "assert-set" {
        return set(source, test, assertion);
    }
    let weight = value.get("weight").and_then(Value::as_f64).unwrap_or(1.0);
    let of = Of {
        test,
        kind,
        value: filled(source, test, value.get("value"))?,
        threshold: value.get("threshold").and_then(Value::as_f64),
    };
    let name = value.get("metric").and_then(Value::as_str).unwrap_or(kind);
    let is = of.part()?.ok_or_else(|| format!("`{kind}` has no equivalent"))?;
    Ok(vec![Part { name: plain(name), weight, is }])
}

/// A set without a threshold passes where all of it does, as if it were no set.
fn set(source: &Source, test: &Test, assertion: &Assertion) -> Result<Vec<Part>, String> {
    let value = &assertion.value;
    if value.get("threshold").is_some() || value.get("weight").is_some() || value.get("metric").is_some() {
        return Err("an `assert-set` with a threshold, a weight or a metric has no equivalent".to_owned());
    }
    let mut all = Vec::new();
    for item in value.get("assert").and_then(Value::as_array).into_iter().flatten() {
        all.extend(parts(source, test, &Assertion { value: item.clone(), ..assertion.clone() })?);
    }
    Ok(all)
}

/// A name as a key of TOML, with letters, digits and `_`.
pub(super) fn plain(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let name = name.trim_matches('_');
    if name.is_empty() { "part".to_owned() } else { name.to_owned() }
}

/// A value with the test's variables filled in, or the file that it names.
fn filled(source: &Source, test: &Test, value: Option<&Value>) -> Result<Option<Value>, String> {
    let fill = |text: &str| match text.strip_prefix("file://") {
        Some(file) if [".json", ".yaml", ".yml", ".txt", ".md"].iter().any(|end| file.ends_with(end)) => {
            Ok(source.file(file)?)
        }
        Some(_) => Err(format!("the program {text} has no equivalent")),
        None => render(text, &test.vars),
    };
    Ok(match value {
        Some(Value::String(template)) => Some(Value::String(fill(template)?)),
        Some(Value::Array(items)) => {
            let filled = items.iter().map(|item| match item {
                Value::String(template) => fill(template).map(Value::String),
                other => Ok(other.clone()),
            });
            Some(Value::Array(filled.collect::<Result<_, _>>()?))
        }
        other => other.cloned(),
    })
}

/// An assertion, taken apart.
struct Of<'a> {
    test: &'a Test,
    kind: &'a str,
    value: Option<Value>,
    threshold: Option<f64>,
}

impl Of<'_> {
    fn part(&self) -> Result<Option<Is>, String> {
        let is_any = self.kind.ends_with("-any");
        Ok(Some(match self.kind {
            "equals" => {
                let value = match self.value.clone().ok_or("has no value")? {
                    value @ (Value::Object(_) | Value::Array(_)) => value,
                    value => Value::String(text_of(&value)),
                };
                own(json!({ "kind": "exact", "trim": false }), "expected", value)
            }
            "not-equals" => self.pattern(&format!(r"(?s)\A{}\z", regex::escape(&self.text()?)), true)?,
            "starts-with" => self.pattern(&format!(r"\A{}", regex::escape(&self.text()?)), false)?,
            "not-starts-with" => self.pattern(&format!(r"\A{}", regex::escape(&self.text()?)), true)?,
            "ends-with" => self.pattern(&format!(r"{}\z", regex::escape(&self.text()?)), false)?,
            "not-ends-with" => self.pattern(&format!(r"{}\z", regex::escape(&self.text()?)), true)?,
            "regex" => self.pattern(&self.text()?, false)?,
            "not-regex" => self.pattern(&self.text()?, true)?,
            "contains" | "contains-any" | "contains-all" => {
                self.contains(if is_any { "any" } else { "all" }, false)?
            }
            "icontains" | "icontains-any" | "icontains-all" => {
                self.contains(if is_any { "any" } else { "all" }, true)?
            }
            "not-contains" | "not-contains-any" => self.contains("none", false)?,
            "not-icontains" | "not-icontains-any" => self.contains("none", true)?,
            "is-json" => fixed(json!({ "kind": "json_schema", "schema": self.schema()? })),
            "latency" => own(
                json!({ "kind": "max_latency_ms" }),
                "max",
                json!(self.threshold.ok_or("has no threshold")?),
            ),
            "cost" => own(
                json!({ "kind": "max_cost_usd" }),
                "max",
                json!(self.threshold.ok_or("has no threshold")?),
            ),
            "rouge-n" => self.near("rouge", json!({ "variant": "rouge1" }), 0.75)?,
            "bleu" => self.near("bleu", json!({}), 0.5)?,
            _ => return self.judge(),
        }))
    }

    fn judge(&self) -> Result<Option<Is>, String> {
        let question = match (self.kind, self.threshold) {
            ("llm-rubric", None) => Question::Rubric,
            ("not-llm-rubric", None) => Question::NotRubric,
            ("llm-rubric" | "g-eval", _) => Question::Graded,
            ("model-graded-closedqa", None) => Question::Criterion,
            ("factuality" | "model-graded-factuality", None) => Question::Correctness,
            ("context-faithfulness", Some(_)) => Question::Groundedness,
            ("context-faithfulness", None) => {
                return Err(
                    "`context-faithfulness` without a threshold passes whatever the score is".to_owned()
                );
            }
            _ => return Ok(None),
        };
        let pass_at = match question {
            Question::Graded => Some(self.threshold.unwrap_or(0.7)),
            Question::Groundedness => self.threshold,
            _ => None,
        };
        let value = match (question, &self.value) {
            (Question::Groundedness, _) => {
                let context = self.test.vars.get("context").and_then(Value::as_str);
                context.ok_or("`context-faithfulness` needs a text `vars.context`")?.to_owned()
            }
            (_, Some(Value::Array(items))) => {
                items.iter().map(|item| format!("- {}", text_of(item))).collect::<Vec<_>>().join("\n")
            }
            _ => self.text()?,
        };
        Ok(Some(Is::Judge { question, value, pass_at }))
    }

    fn text(&self) -> Result<String, String> {
        self.value
            .as_ref()
            .filter(|value| !value.is_null())
            .map(text_of)
            .ok_or_else(|| format!("`{}` has no value", self.kind))
    }

    fn texts(&self) -> Result<Vec<String>, String> {
        Ok(match &self.value {
            Some(Value::Array(items)) => items.iter().map(text_of).collect(),
            Some(Value::String(text)) if self.kind.ends_with("-any") || self.kind.ends_with("-all") => {
                text.split(',').map(|item| item.trim().to_owned()).collect()
            }
            _ => vec![self.text()?],
        })
    }

    fn contains(&self, needs: &str, ignore_case: bool) -> Result<Is, String> {
        let table = json!({ "kind": "contains", "needs": needs, "ignore_case": ignore_case });
        Ok(own(table, "expected", json!(self.texts()?)))
    }

    fn near(&self, kind: &str, mut table: Value, usual: f64) -> Result<Is, String> {
        set_key(&mut table, "kind", json!(kind));
        set_key(&mut table, "min", json!(self.threshold.unwrap_or(usual)));
        Ok(own(table, "expected", json!(self.texts()?)))
    }

    fn pattern(&self, pattern: &str, absent: bool) -> Result<Is, String> {
        Regex::new(pattern).map_err(|_| format!("the pattern of `{}` needs look-around or back-references, which checks do not have: {pattern}", self.kind))?;
        Ok(fixed(json!({ "kind": "regex", "pattern": pattern, "absent": absent })))
    }

    fn schema(&self) -> Result<Value, String> {
        match &self.value {
            None | Some(Value::Null) => Ok(json!({})),
            Some(Value::String(text)) => {
                let document = super::super::yaml::Document::parse(text)?;
                Ok(document.value)
            }
            Some(schema) => Ok(schema.clone()),
        }
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn set_key(table: &mut Value, key: &str, value: Value) {
    if let Some(table) = table.as_object_mut() {
        table.insert(key.to_owned(), value);
    }
}

/// The entries of an object.
fn entries(table: Value) -> Map<String, Value> {
    match table {
        Value::Object(entries) => entries,
        _ => Map::new(),
    }
}

fn fixed(table: Value) -> Is {
    Is::Check { table: entries(table), own: None }
}

fn own(table: Value, key: &'static str, value: Value) -> Is {
    Is::Check { table: entries(table), own: Some((key, value)) }
}

const PASS_OR_FAIL: &str = "[outputs.verdict]\nchoices = [\"pass\", \"fail\"]\n\n[score]\nfield = \"verdict\"\nlabels = { pass = 1, fail = 0 }\n";

const TURNED: &str = "[outputs.verdict]\nchoices = [\"pass\", \"fail\"]\n\n[score]\nfield = \"verdict\"\nlabels = { pass = 0, fail = 1 }\n";

const GRADE: &str = "[outputs.score]\ntype = \"number\"\nmin = 0\nmax = 1\n\n[score]\nfield = \"score\"\n";

impl Question {
    /// The question in words.
    pub(super) fn text(self) -> QuestionText {
        let meets = "Decide whether the output does what the rubric says.\n\n- pass: the output meets all of the rubric.\n- fail: it does not.";
        match self {
            Self::Rubric => QuestionText {
                name: "llm_rubric",
                input: "rubric",
                fields: &[("output", "output")],
                says: Some((meets, PASS_OR_FAIL)),
            },
            Self::NotRubric => QuestionText {
                name: "not_llm_rubric",
                input: "rubric",
                fields: &[("output", "output")],
                says: Some((meets, TURNED)),
            },
            Self::Graded => QuestionText {
                name: "graded_rubric",
                input: "rubric",
                fields: &[("output", "output")],
                says: Some((
                    "Score how well the output does what the rubric says: from 0, not at all, to 1, in full.",
                    GRADE,
                )),
            },
            Self::Criterion => QuestionText {
                name: "closed_qa",
                input: "criterion",
                fields: &[("question", "prompt"), ("output", "output")],
                says: Some((
                    "Decide whether the output, as an answer to the question, meets the criterion.\n\n- pass: it does.\n- fail: it does not.",
                    PASS_OR_FAIL,
                )),
            },
            Self::Correctness => QuestionText {
                name: "correctness",
                input: "reference",
                fields: &[("question", "prompt"), ("answer", "output")],
                says: None,
            },
            Self::Groundedness => QuestionText {
                name: "groundedness",
                input: "source",
                fields: &[("question", "prompt"), ("response", "output")],
                says: None,
            },
        }
    }
}
