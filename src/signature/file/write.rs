//! A spec as a signature file.

use serde_json::{Map, Value};
use toml::{Table, Value as Toml};

use super::TunedFile;
use crate::error::{Error, ErrorKind, Result};
use crate::signature::field::Field;
use crate::signature::rubric::{Level, Rubric};
use crate::signature::scale::{Scale, ScaleKind};
use crate::signature::spec::{Mix, NearestDemos, Pair, Spec};

/// A spec as the text of a signature file that reads as the same spec; a template lies beside a
/// file, and is not in it.
///
/// # Errors
/// Something in it has no form in such a file: a schema of a typed signature, or a null.
pub(crate) fn write(spec: &Spec, tuned: Option<&TunedFile>) -> Result<String> {
    let unwritable = |why: String| {
        Error::new(
            ErrorKind::Signature,
            format!("`{}` cannot be written as a signature file: {why}", spec.name),
        )
    };
    let mut file = Table::new();
    file.insert("name".into(), spec.name.clone().into());
    file.insert("instruction".into(), spec.instruction.clone().into());
    file.insert("inputs".into(), fields(&spec.inputs).into());
    if let Some(of_rubric) = &spec.rubric {
        file.insert("rubric".into(), rubric(of_rubric).into());
    } else {
        file.insert("outputs".into(), fields(&spec.outputs).into());
        file.extend(spec.scale.as_ref().map(|scale| ("score".to_owned(), score(scale, spec).into())));
    }
    if let Some(of_pair) = &spec.pair {
        file.insert("pair".into(), pair(of_pair).into());
    }
    if let Some(nearest) = spec.nearest_demos {
        file.insert("nearest_demos".into(), nearest_demos(nearest).into());
    }
    let demos = spec.demos.iter().map(|demo| {
        let mut table = Table::new();
        table.insert("inputs".into(), object(&demo.inputs)?);
        table.insert("outputs".into(), object(&demo.outputs)?);
        Some(Toml::Table(table))
    });
    let demos: Option<Vec<Toml>> = demos.collect();
    let demos = demos.ok_or_else(|| unwritable("a demo holds a null".into()))?;
    if !demos.is_empty() {
        file.insert("demos".into(), demos.into());
    }
    if let Some(tuned) = tuned {
        let table = Table::try_from(tuned).map_err(|error| unwritable(error.to_string()))?;
        file.insert("tuned".into(), table.into());
    }
    let text = toml::to_string_pretty(&file).map_err(|error| unwritable(error.to_string()))?;
    let mut read =
        Spec::parse(&text, &format!("{}.toml", spec.name)).map_err(|error| unwritable(error.to_string()))?;
    read.template.clone_from(&spec.template);
    if read.fingerprint() != spec.fingerprint() {
        return Err(unwritable("it would read as another one".into())
            .help("its types have no form in a file; write the instruction and the demos into the code"));
    }
    Ok(text)
}

fn fields(fields: &[Field]) -> Table {
    fields.iter().map(|field| (field.name.clone(), Toml::Table(named(field)))).collect()
}

fn named(field: &Field) -> Table {
    let mut table = self::field(&field.schema);
    if !field.description.is_empty() {
        table.insert("description".into(), field.description.clone().into());
    }
    if !field.required {
        table.insert("optional".into(), true.into());
    }
    table
}

/// What a schema says, in the words of a file.
fn field(schema: &Value) -> Table {
    let mut table = Table::new();
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("string")
        }
        _ => "string",
    };
    if kind != "string" {
        table.insert("type".into(), kind.into());
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let choices: Vec<Toml> = choices.iter().filter_map(Value::as_str).map(Toml::from).collect();
        table.insert("choices".into(), choices.into());
    }
    for (keyword, name) in [("minimum", "min"), ("maximum", "max")] {
        if let Some(bound) = schema.get(keyword).and_then(value) {
            table.insert(name.into(), bound);
        }
    }
    for (keyword, name) in [("maxLength", "max_length"), ("minItems", "min_items"), ("maxItems", "max_items")]
    {
        if let Some(limit) = schema.get(keyword).and_then(value) {
            table.insert(name.into(), limit);
        }
    }
    if let Some(items) = schema.get("items") {
        table.insert("items".into(), described(items).into());
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let required = schema.get("required").and_then(Value::as_array);
        let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|one| one == name));
        let member = |(name, schema): (&String, &Value)| {
            let mut member = described(schema);
            if !is_required(name) {
                member.insert("optional".into(), true.into());
            }
            (name.clone(), Toml::Table(member))
        };
        table.insert("fields".into(), properties.iter().map(member).collect::<Table>().into());
    }
    table
}

fn described(schema: &Value) -> Table {
    let mut table = field(schema);
    if let Some(description) = schema.get("description").and_then(Value::as_str) {
        table.insert("description".into(), description.into());
    }
    table
}

fn score(scale: &Scale, spec: &Spec) -> Table {
    let mut table = Table::new();
    table.insert("field".into(), scale.field.clone().into());
    if let ScaleKind::Labels(labels) = &scale.kind {
        let worth = labels.iter().filter_map(|label| Some((label.name.clone(), Toml::from(label.value?))));
        table.insert("labels".into(), worth.collect::<Table>().into());
    }
    if spec.by_claims {
        table.insert("by_claims".into(), true.into());
    }
    table
}

fn nearest_demos(nearest: NearestDemos) -> Table {
    let mut table = Table::new();
    // No machine holds as many demos as an i64 counts.
    table.insert("show".into(), i64::try_from(nearest.show).unwrap_or(i64::MAX).into());
    if nearest.mix == Mix::Balanced {
        table.insert("balanced".into(), true.into());
    }
    table
}

fn pair(pair: &Pair) -> Table {
    let both = |names: &[String; 2]| Toml::from(names.to_vec());
    let mut table = Table::new();
    table.insert("inputs".into(), both(&pair.inputs));
    table.insert("verdicts".into(), both(&pair.verdicts));
    table.extend(
        pair.undecided.as_ref().map(|undecided| ("undecided".to_owned(), Toml::from(undecided.as_str()))),
    );
    table
}

fn rubric(rubric: &Rubric) -> Table {
    let levels = |levels: &[Level]| -> Table {
        levels.iter().map(|level| (level.score.to_string(), Toml::from(level.description.as_str()))).collect()
    };
    let criteria = rubric.criteria.iter().map(|criterion| {
        let mut table = Table::new();
        table.insert("name".into(), criterion.name.clone().into());
        table.insert("description".into(), criterion.description.clone().into());
        match criterion.points {
            Some(points) => table.insert("points".into(), points.into()),
            None => table.insert("weight".into(), criterion.weight.into()),
        };
        if criterion.essential {
            table.insert("essential".into(), true.into());
        }
        table.insert("levels".into(), levels(&criterion.levels).into());
        Toml::Table(table)
    });
    let mut table = Table::new();
    table.insert("min".into(), rubric.min.into());
    table.insert("max".into(), rubric.max.into());
    table.insert("levels".into(), levels(&rubric.levels).into());
    table.insert("criteria".into(), criteria.collect::<Vec<Toml>>().into());
    table
}

fn object(map: &Map<String, Value>) -> Option<Toml> {
    let members: Option<Table> =
        map.iter().map(|(name, member)| Some((name.clone(), value(member)?))).collect();
    members.map(Toml::Table)
}

/// A JSON value as TOML; `None` for a null and for numbers that TOML has not.
fn value(value: &Value) -> Option<Toml> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(truth) => Toml::Boolean(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Toml::Integer(whole),
            None => Toml::Float(number.as_f64()?),
        },
        Value::String(text) => Toml::String(text.clone()),
        Value::Array(items) => Toml::Array(items.iter().map(self::value).collect::<Option<_>>()?),
        Value::Object(map) => object(map)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Demo;
    use serde_json::json;

    const FILE: &str = r#"
        instruction = """
        Decide.
        Say "why" first."""
        [inputs.text]
        description = "What was said."
        [inputs.steps]
        type = "array"
        min_items = 1
        max_items = 3
        items = { type = "object", fields = { n = { type = "integer", min = 1 }, why = { optional = true } } }
        [outputs.reasoning]
        max_length = 300
        [outputs.verdict]
        choices = ["yes", "no", "unclear"]
        [score]
        field = "verdict"
        labels = { yes = 1, no = 0 }
    "#;

    #[test]
    fn what_is_written_reads_as_the_same() {
        let mut spec = Spec::parse(FILE, "polite.toml").unwrap();
        let inputs = json!({"text": "two\nlines and a \"quote\"", "steps": [{"n": 1}]});
        let outputs = json!({"reasoning": "so", "verdict": "no"});
        let demo = Demo {
            inputs: inputs.as_object().unwrap().clone(),
            outputs: outputs.as_object().unwrap().clone(),
        };
        spec.demos.push(demo);
        for nearest in [None, Some(Mix::Likest), Some(Mix::Balanced)] {
            spec.nearest_demos = nearest.map(|mix| NearestDemos { show: 3, mix });
            let text = write(&spec, None).unwrap();
            assert_eq!(Spec::parse(&text, "other.toml").unwrap(), spec, "{text}");
        }
        spec.demos[0].inputs.insert("steps".into(), json!([{"n": null}]));
        assert!(write(&spec, None).unwrap_err().to_string().contains("a demo holds a null"));
    }

    #[test]
    fn rubrics_and_bundled_signatures_can_be_written() {
        let rubric = "instruction = \"Judge.\"\n[inputs.text]\n[rubric]\nlevels = { 1 = \"bad\", 5 = \"good\" }\n\
                      criteria = [{ name = \"tone\", weight = 2, levels = { 3 = \"fair\" } }]";
        let spec = Spec::parse(rubric, "email.toml").unwrap();
        assert_eq!(Spec::parse(&write(&spec, None).unwrap(), "x.toml").unwrap(), spec);
        let points = rubric.replace("weight = 2,", "points = 2.5, essential = true,");
        let with_points = Spec::parse(&points, "email.toml").unwrap();
        assert_eq!(Spec::parse(&write(&with_points, None).unwrap(), "x.toml").unwrap(), with_points);
        assert_ne!(with_points.fingerprint(), spec.fingerprint());
    }

    #[test]
    fn a_pair_is_written_and_read_and_part_of_the_fingerprint() {
        let file = "instruction = \"Which is better?\"\n[inputs.a]\n[inputs.b]\n[outputs.verdict]\n\
                    choices = [\"a\", \"b\", \"tie\"]\n[score]\nfield = \"verdict\"\nlabels = { a = 1, b = 0, tie = 0.5 }";
        let alone = Spec::parse(file, "x.toml").unwrap();
        let mut fingerprints = vec![alone.fingerprint()];
        for undecided in ["", "\nundecided = \"tie\""] {
            let pair =
                format!("{file}\n[pair]\ninputs = [\"a\", \"b\"]\nverdicts = [\"a\", \"b\"]{undecided}");
            let spec = Spec::parse(&pair, "x.toml").unwrap();
            assert_eq!(Spec::parse(&write(&spec, None).unwrap(), "x.toml").unwrap(), spec);
            fingerprints.push(spec.fingerprint());
        }
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), 3);
    }
}
