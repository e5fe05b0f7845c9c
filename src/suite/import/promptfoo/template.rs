//! promptfoo's templates, filled in as it does: Nunjucks, which Jinja is near to.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value};

/// A text with its variables filled in. A variable without a value is empty, as it is in promptfoo.
///
/// # Errors
/// It is no template, or needs something that no test holds.
pub(super) fn render(text: &str, vars: &Map<String, Value>) -> Result<String, String> {
    if !text.contains("{{") && !text.contains("{%") && !text.contains("{#") {
        return Ok(text.to_owned());
    }
    let fault = |fault: minijinja::Error| {
        format!("the template cannot be filled in: {}", fault.to_string().trim_end())
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(fault)?);
    environment
        .add_filter("dump", |value: &minijinja::Value| serde_json::to_string(value).unwrap_or_default());
    environment.set_formatter(|out, _, value| {
        if value.is_none() || value.is_undefined() {
            return Ok(());
        }
        match value.kind() {
            ValueKind::Map | ValueKind::Seq => {
                let text = serde_json::to_string(value).unwrap_or_default();
                write!(out, "{text}").map_err(minijinja::Error::from)
            }
            _ => write!(out, "{value}").map_err(minijinja::Error::from),
        }
    });
    let template = environment.template_from_str(text).map_err(fault)?;
    let mut names: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    names.sort();
    for name in names {
        let root = name.split('.').next().unwrap_or_default();
        if root == "env" && !vars.contains_key("env") {
            return Err(format!("`{{{{{name}}}}}` is read from the environment while promptfoo runs"));
        }
        if root.starts_with('_') && !vars.contains_key(root) {
            return Err(format!("`{{{{{name}}}}}` has a value only while promptfoo runs"));
        }
    }
    template.render(minijinja::Value::from(Serde(vars))).map_err(fault)
}

/// Every text in a value with its variables filled in.
///
/// # Errors
/// As for [`render`].
pub(super) fn render_all(value: &Value, vars: &Map<String, Value>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(render(text, vars)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| render_all(item, vars)).collect::<Result<_, _>>()?)
        }
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| Ok((key.clone(), render_all(value, vars)?)));
            Value::Object(entries.collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_has_no_value_is_empty_and_what_only_a_run_knows_is_refused() {
        let vars = json!({ "a": "x", "b": { "c": [1, null] } });
        let vars = vars.as_object().unwrap();
        assert_eq!(render("{{a}}-{{ nothing.at.all }}-{{ b.c | dump }}", vars).unwrap(), "x--[1,null]");
        assert_eq!(render("plain { a }", vars).unwrap(), "plain { a }");
        assert!(render("{{ env.KEY }}", vars).unwrap_err().contains("environment"));
        assert!(render("{{ _conversation }}", vars).is_err());
        assert!(render("{{ a | unknown_filter }}", vars).is_err());
        assert_eq!(render_all(&json!([{"x": "{{a}}"}, 1]), vars).unwrap(), json!([{"x": "x"}, 1]));
    }
}
