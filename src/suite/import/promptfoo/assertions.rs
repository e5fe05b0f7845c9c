//! promptfoo's assertions as checks and judges.

use serde_json::{Value, json};

use super::super::naming::key;
use super::super::yaml::Document;
use super::graded::{Question, grader};
use super::parts::{Decides, Is, Part, check, contains, own, pattern};
use super::patterns;
use super::providers::{Provider, provider};
use super::scripts;
use super::template::render;
use super::tests_of::{Assertion, Test};
use super::{Source, files};

/// Where an assertion stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    source: &'a Source,
    test: &'a Test,
    /// Which assertion it is, in its set too.
    of: usize,
    /// Whether its score counts, and not only whether it passes.
    counts: bool,
}

/// How many assertions a set may have for their numbers to differ.
const SET: usize = 10_000;

/// The parts that the nth assertion of a test becomes: several for a set.
pub(super) fn parts(
    source: &Source,
    test: &Test,
    number: usize,
    of: &Assertion,
) -> Result<Vec<Part>, String> {
    let place = Place { source, test, of: number * SET, counts: test.threshold.is_some() };
    let kind = of.value.get("type").and_then(Value::as_str);
    if kind == Some("assert-set") { place.set(&of.value) } else { place.parts(&of.value) }
}

impl Place<'_> {
    /// A set: as if its assertions stood alone, but that a threshold or a weight holds for all of them.
    fn set(self, value: &Value) -> Result<Vec<Part>, String> {
        known(value, "assert-set", &["assert", "threshold"])?;
        let items = value.get("assert").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let threshold = value.get("threshold").and_then(Value::as_f64).filter(|at| *at != 0.0);
        let weight = value.get("weight").and_then(Value::as_f64).unwrap_or(1.0);
        let counts = self.counts || threshold.is_some();
        let mut all = Vec::new();
        for (number, item) in items.iter().enumerate() {
            all.extend(Self { of: self.of + number + 1, counts, ..self }.parts(item)?);
        }
        let sum: f64 = all.iter().map(|part| part.weight).sum();
        for part in &mut all {
            match threshold {
                _ if self.counts => part.weight *= if sum > 0.0 { weight / sum } else { 0.0 },
                Some(at) => part.decides = Some(Decides { of: self.of, at }),
                None => {}
            }
        }
        Ok(all)
    }

    fn parts(self, value: &Value) -> Result<Vec<Part>, String> {
        let kind = value.get("type").and_then(Value::as_str).ok_or("an assertion without a type")?;
        known(value, kind, &["value", "threshold", "provider"])?;
        let weight = value.get("weight").and_then(Value::as_f64).unwrap_or(1.0);
        let of = Of {
            test: self.test,
            kind,
            value: self.filled(value.get("value"))?,
            threshold: value.get("threshold").and_then(Value::as_f64),
            counts: self.counts,
            grader: value.get("provider").or(self.test.grader.as_ref()).map(grader),
        };
        let name = key(value.get("metric").and_then(Value::as_str).unwrap_or(kind));
        let all = of.parts()?.ok_or_else(|| format!("`{kind}` has no equivalent"))?;
        let several = all.len() > 1;
        if several && self.counts {
            return Err(format!("`{kind}` is several parts here, and its score counts once"));
        }
        let each = all.into_iter().map(|(is, at)| {
            // A share without a threshold passes whatever it is.
            let is_told = matches!(&is, Is::Judge { question, .. } if question.is_share() && at.is_none());
            let weight = if is_told && !self.counts { 0.0 } else { weight };
            let decides = at.filter(|_| !self.counts && weight > 0.0).map(|at| Decides { of: self.of, at });
            Part { name: name.clone(), weight, is, decides }
        });
        Ok(each.collect())
    }

    /// A value with the test's variables filled in, or the file that it names.
    fn filled(self, value: Option<&Value>) -> Result<Option<Value>, String> {
        let fill = |text: &str| match text.strip_prefix("file://") {
            Some(file) => match files::extension(files::path_of(file).0).as_str() {
                "json" | "yaml" | "yml" => Ok(Document::parse(&self.source.file(file)?)?.value),
                "txt" | "md" => Ok(Value::String(self.source.file(file)?.trim().to_owned())),
                _ => Err(format!("the program {text} has no equivalent")),
            },
            None => render(text, &self.test.vars).map(Value::String),
        };
        Ok(match value {
            Some(Value::String(template)) => Some(fill(template)?),
            Some(Value::Array(items)) => {
                let filled = items.iter().map(|item| match item {
                    Value::String(template) => fill(template),
                    other => Ok(other.clone()),
                });
                Some(Value::Array(filled.collect::<Result<_, _>>()?))
            }
            other => other.cloned(),
        })
    }
}

/// Whether all keys of an assertion are known.
fn known(value: &Value, kind: &str, own: &[&str]) -> Result<(), String> {
    const ALL: [&str; 3] = ["type", "weight", "metric"];
    // promptfoo has no such keys: they are remarks.
    const REMARKS: [&str; 5] = ["description", "name", "reason", "comment", "id"];
    for (key, value) in value.as_object().into_iter().flatten() {
        let key = key.as_str();
        let is_remark = REMARKS.contains(&key) && value.is_string();
        if !is_remark && !ALL.contains(&key) && !own.contains(&key) {
            return Err(format!("`{key}` of `{kind}` has no equivalent"));
        }
    }
    Ok(())
}

/// An assertion, taken apart.
struct Of<'a> {
    test: &'a Test,
    kind: &'a str,
    value: Option<Value>,
    threshold: Option<f64>,
    counts: bool,
    grader: Option<&'a Value>,
}

/// What an assertion becomes: each with its own threshold.
type Found = Option<Vec<(Is, Option<f64>)>>;

impl Of<'_> {
    fn parts(&self) -> Result<Found, String> {
        let one = |is: Is| Ok(Some(vec![(is, None)]));
        let is_any = self.kind.ends_with("-any");
        let needs = if is_any { "any" } else { "all" };
        match self.kind {
            "equals" => {
                let value = match self.value.clone().ok_or("has no value")? {
                    value @ (Value::Object(_) | Value::Array(_)) => value,
                    value => Value::String(text_of(&value)),
                };
                one(own(json!({ "kind": "exact", "trim": false }), "expected", value))
            }
            "not-equals" => match &self.value {
                Some(Value::Object(_) | Value::Array(_)) => Ok(None),
                _ => one(pattern(&format!(r"(?s)\A{}\z", regex::escape(&self.text()?)), true)),
            },
            "starts-with" => one(pattern(&format!(r"\A{}", regex::escape(&self.text()?)), false)),
            "not-starts-with" => one(pattern(&format!(r"\A{}", regex::escape(&self.text()?)), true)),
            "ends-with" => one(pattern(&format!(r"{}\z", regex::escape(&self.text()?)), false)),
            "not-ends-with" => one(pattern(&format!(r"{}\z", regex::escape(&self.text()?)), true)),
            "regex" | "not-regex" => {
                let text = self.text()?;
                let ours = patterns::translated(&text)
                    .map_err(|fault| format!("the pattern of `{}`: {fault}: {text}", self.kind))?;
                one(pattern(&ours, self.kind == "not-regex"))
            }
            "contains" | "contains-any" | "contains-all" => one(self.contains(needs, false)?),
            "icontains" | "icontains-any" | "icontains-all" => one(self.contains(needs, true)?),
            "not-contains" | "not-contains-any" => one(self.contains("none", false)?),
            "not-icontains" | "not-icontains-any" => one(self.contains("none", true)?),
            "is-json" => one(check(json!({ "kind": "json_schema", "schema": self.schema()? }))),
            "latency" => one(self.limit("max_latency_ms")?),
            "cost" => one(self.limit("max_cost_usd")?),
            "bleu" | "rouge-n" | "gleu" | "meteor" => Err(format!(
                "promptfoo computes `{}` by a formula of its own; evenhand's checks give other numbers",
                self.kind
            )),
            "javascript" => {
                let code = self.text()?;
                let found = scripts::checks(&code).filter(|_| self.threshold.is_none());
                let found = found.ok_or("this `javascript` has no equivalent")?;
                Ok(Some(found.into_iter().map(|is| (is, None)).collect()))
            }
            _ => self.judges(),
        }
    }

    fn judges(&self) -> Result<Found, String> {
        let Some((question, at)) = Question::of(self.kind, self.threshold, self.counts) else {
            return Ok(None);
        };
        if let Some(named) = self.grader
            && !matches!(provider(named, "judge")?, Provider::Model { .. })
        {
            return Err("the grader cannot judge".to_owned());
        }
        if question.is_share() {
            let context = self.test.vars.get("context").and_then(Value::as_str);
            context.ok_or_else(|| format!("`{}` needs a text `vars.context`", self.kind))?;
        }
        let judge = |value: String| Is::Judge { question, value, grader: self.grader.cloned() };
        match (question, &self.value) {
            (Question::Groundedness, _) => {
                let context = self.test.vars.get("context").map(text_of).unwrap_or_default();
                Ok(Some(vec![(judge(context), at)]))
            }
            // Each criterion is judged for itself, and the mean counts.
            (Question::Graded, Some(Value::Array(items))) if self.kind == "g-eval" => {
                Ok(Some(items.iter().map(|item| (judge(text_of(item)), at)).collect()))
            }
            (Question::Rubric | Question::NotRubric | Question::Graded, _) => {
                Ok(Some(vec![(judge(self.text()?), at)]))
            }
            (_, Some(Value::Array(_) | Value::Object(_))) => {
                Err(format!("the value of `{}` is no text", self.kind))
            }
            _ => Ok(Some(vec![(judge(self.text()?), at)])),
        }
    }

    fn limit(&self, kind: &str) -> Result<Is, String> {
        let max = self.threshold.ok_or_else(|| format!("`{}` has no threshold", self.kind))?;
        Ok(own(json!({ "kind": kind }), "max", json!(max)))
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
                if text.contains('"') {
                    return Err(format!("write the value of `{}` as a list", self.kind));
                }
                text.split(',').map(|item| item.trim().to_owned()).collect()
            }
            _ => vec![self.text()?],
        })
    }

    fn contains(&self, needs: &str, ignore_case: bool) -> Result<Is, String> {
        Ok(contains(&self.texts()?, needs, ignore_case))
    }

    fn schema(&self) -> Result<Value, String> {
        match &self.value {
            None | Some(Value::Null) => Ok(json!({})),
            Some(Value::String(text)) => Ok(Document::parse(text)?.value),
            Some(schema) => Ok(schema.clone()),
        }
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
