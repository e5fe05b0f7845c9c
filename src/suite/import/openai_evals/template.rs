//! Texts with `{{ item.x }}` and `{{ sample.output_text }}` in them.

use serde_json::Value;

use super::rows::Row;

/// A text with variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
}

/// A part of such a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it is.
    Text(String),
    /// What a row has in this place.
    Variable(Variable),
}

/// A place in a row: its namespace, and the steps from there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Variable {
    pub(super) of_sample: bool,
    pub(super) steps: Vec<String>,
}

impl Template {
    /// Reads a text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, behind) =
                after.split_once("}}").ok_or_else(|| format!("`{{{{` without `}}}}` in {text:?}"))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            pieces.push(Piece::Variable(Variable::parse(inside)?));
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }

    /// The variables, in the order of the text.
    pub(super) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            Piece::Text(_) => None,
        })
    }

    /// The text, if it has no variable.
    pub(super) fn constant(&self) -> Option<String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Some(text.as_str()),
                Piece::Variable(_) => None,
            })
            .collect()
    }

    /// Whether the text is the model's output and nothing else.
    pub(super) fn is_output(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Variable(variable)] if variable.is_output())
    }

    /// Whether it can only be filled in once there is an output.
    pub(super) fn needs_output(&self) -> bool {
        self.variables().any(|variable| variable.of_sample)
    }

    /// The text for a row.
    pub(super) fn fill(&self, row: &Row) -> Result<String, String> {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => Ok(text.clone()),
                Piece::Variable(variable) => variable.text(row),
            })
            .collect()
    }
}

impl Variable {
    fn parse(inside: &str) -> Result<Self, String> {
        let unknown = || format!("`{{{{{inside}}}}}` is no variable of `item` or `sample`");
        let path = inside.trim().replace("['", ".").replace("[\"", ".").replace('[', ".");
        let path = path.replace("']", "").replace("\"]", "").replace(']', "");
        let mut steps = path.split('.').map(str::to_owned);
        let of_sample = match steps.next().as_deref() {
            Some("item") => false,
            Some("sample") => true,
            _ => return Err(unknown()),
        };
        let steps: Vec<String> = steps.collect();
        let plain = |step: &String| {
            !step.is_empty() && step.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
        };
        if steps.is_empty() || !steps.iter().all(plain) {
            return Err(unknown());
        }
        Ok(Self { of_sample, steps })
    }

    /// Whether it is the text of the model's output.
    pub(super) fn is_output(&self) -> bool {
        self.of_sample && self.steps == ["output_text"]
    }

    /// The variable as it is written.
    pub(super) fn name(&self) -> String {
        let namespace = if self.of_sample { "sample" } else { "item" };
        format!("{namespace}.{}", self.steps.join("."))
    }

    /// What the row has there, as text.
    pub(super) fn text(&self, row: &Row) -> Result<String, String> {
        let value = self.value(row).filter(|value| !value.is_null());
        let value = value.ok_or_else(|| format!("`{}` is not there", self.name()))?;
        Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    fn value(&self, row: &Row) -> Option<Value> {
        let output = || row.output.clone();
        match self.steps.first().map(String::as_str) {
            Some("output_text") if self.is_output() => output().map(Value::String),
            Some("output_json") if self.of_sample => {
                let json: Value = serde_json::from_str(&output()?).ok()?;
                at(&json, self.steps.get(1..)?).cloned()
            }
            _ if self.of_sample => at(&row.sample, &self.steps).cloned(),
            _ => at(&row.item, &self.steps).cloned(),
        }
    }
}

/// What stands at the end of some steps.
fn at<'a>(value: &'a Value, steps: &[String]) -> Option<&'a Value> {
    steps.iter().try_fold(value, |value, step| match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row() -> Row {
        Row {
            item: json!({"q": "why?", "list": [{"a b": 1.5}], "none": null}),
            sample: json!({"model": "m"}),
            output: Some("{\"x\": [true]}".to_owned()),
            results: serde_json::Map::new(),
            error: None,
            place: "d.jsonl:1".to_owned(),
        }
    }

    fn filled(text: &str) -> Result<String, String> {
        Template::parse(text)?.fill(&row())
    }

    #[test]
    fn variables_are_filled_in_as_text() {
        assert_eq!(filled("{{item.q}} {{ item.list[0]['a b'] }}!"), Ok("why? 1.5!".to_owned()));
        assert_eq!(filled("{{sample.output_text}}"), Ok("{\"x\": [true]}".to_owned()));
        assert_eq!(filled("{{sample.output_json.x.0}}/{{sample.model}}"), Ok("true/m".to_owned()));
        assert_eq!(filled("{ \"a\": {} }"), Ok("{ \"a\": {} }".to_owned()));
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(filled("{{item.none}}"), Err("`item.none` is not there".to_owned()));
        assert_eq!(filled("{{ sample.tools }}"), Err("`sample.tools` is not there".to_owned()));
        assert!(
            filled("{{ item }}").is_err() && filled("{{ row.x }}").is_err() && filled("{{ item.x").is_err()
        );
        assert!(filled("{{ item.x | upper }}").is_err());
    }

    #[test]
    fn the_output_alone_is_told_from_a_text_around_it() {
        assert!(Template::parse("{{ sample.output_text }}").unwrap().is_output());
        assert!(!Template::parse("A: {{ sample.output_text }}").unwrap().is_output());
        assert_eq!(Template::parse("yes").unwrap().constant(), Some("yes".to_owned()));
        assert_eq!(Template::parse("{{item.x}}").unwrap().constant(), None);
    }
}
