//! Providers that are programs: modules of JavaScript and Python, commands, and servers that are no model's. A small
//! program that is written with the project calls them as promptfoo does.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

use super::Source;
use super::files;
use super::template::{render, render_all};

const BY_NODE: &str = include_str!("programs/provider.mjs");
const BY_PYTHON: &str = include_str!("programs/provider.py");

/// A program that makes outputs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Program {
    /// What is called, as the calling program reads it.
    called: Map<String, Value>,
    by: Caller,
    /// The configuration of a server's requests.
    server: Option<Map<String, Value>>,
}

/// Which program calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Node,
    Python,
}

/// A reference to the environment in a header or an address.
static ENV: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{\{\s*env\.(\w+)\s*\}\}").ok());

impl Program {
    /// The program that a provider's id names; `None` if it names none.
    ///
    /// # Errors
    /// It is called in a way that is not carried over.
    pub(super) fn of(source: &Source, id: &str, provider: &Value) -> Result<Option<Self>, String> {
        let config = provider.get("config").cloned().unwrap_or_else(|| json!({}));
        let mut called = Map::new();
        let mut server = None;
        let by = if let Some(command) = id.strip_prefix("exec:") {
            called.insert("kind".to_owned(), json!("program"));
            called.insert("arguments".to_owned(), json!(words(command)));
            Caller::Node
        } else if let Some(path) = python(id) {
            let (file, function) = files::path_of(path);
            called.insert("file".to_owned(), json!(file));
            called.insert("function".to_owned(), json!(function.unwrap_or("call_api")));
            if config.get("pythonExecutable").is_some() {
                return Err(format!("`config.pythonExecutable` of provider `{id}` has no equivalent"));
            }
            Caller::Python
        } else if is_script(id) {
            called.insert("kind".to_owned(), json!("module"));
            called.insert("file".to_owned(), json!(id.trim_start_matches("file://")));
            Caller::Node
        } else if ["http", "https"].iter().any(|kind| id == *kind || id.starts_with(&format!("{kind}:"))) {
            let settings = config.as_object().cloned().unwrap_or_default();
            server = Some(of_server(id, &settings, &mut called)?);
            Caller::Node
        } else {
            return Ok(None);
        };
        if server.is_none() {
            called.insert("config".to_owned(), config);
        }
        called.insert("id".to_owned(), json!(id));
        called.insert("folder".to_owned(), json!(source.way_back));
        if let Some(label) = provider.get("label") {
            called.insert("label".to_owned(), label.clone());
        }
        let transforms = provider.get("transform").into_iter().cloned().collect();
        let mut program = Self { called, by, server };
        program.transform(transforms, &format!("provider `{id}`"))?;
        Ok(Some(program))
    }

    /// Adds what becomes of each output before it is judged.
    ///
    /// # Errors
    /// That cannot be done.
    pub(super) fn transform(&mut self, more: Vec<Value>, of: &str) -> Result<(), String> {
        let is_text = |code: &Value| code.as_str().is_some_and(|code| !code.starts_with("file://"));
        if !more.iter().all(is_text) || (!more.is_empty() && self.by == Caller::Python) {
            return Err(format!("the `transform` of {of} has no equivalent"));
        }
        let known = self.called.entry("transforms").or_insert_with(|| json!([]));
        if let Some(known) = known.as_array_mut() {
            known.extend(more);
        }
        Ok(())
    }

    /// The field of a record that holds the request to a server.
    fn field(role: &str) -> String {
        format!("request_{role}")
    }

    /// What a record holds for it: the field and its value.
    ///
    /// # Errors
    /// The request cannot be filled in.
    pub(super) fn request(
        &self,
        role: &str,
        vars: &Map<String, Value>,
        prompt: &str,
    ) -> Result<Option<(String, Value)>, String> {
        let Some(server) = &self.server else { return Ok(None) };
        let mut vars = vars.clone();
        vars.insert("prompt".to_owned(), json!(prompt));
        let text = |value: &Value| match value {
            Value::String(text) => {
                let kept = ENV.as_ref().map(|env| env.replace_all(text, "{% raw %}{{env.$1}}{% endraw %}"));
                render(kept.as_deref().unwrap_or(text), &vars)
            }
            other => Ok(other.to_string()),
        };
        let texts = |key: &str| {
            let entries = server.get(key).and_then(Value::as_object).into_iter().flatten();
            entries
                .map(|(name, value)| Ok((name.clone(), json!(text(value)?))))
                .collect::<Result<Map<_, _>, String>>()
        };
        let method = text(server.get("method").unwrap_or(&json!("GET")))?;
        let mut headers = texts("headers")?;
        let body = server.get("body");
        let kind = |headers: &Map<String, Value>| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            found.and_then(|(_, value)| value.as_str()).map(str::to_owned)
        };
        if kind(&headers).is_none() && method != "GET" && body.is_some() {
            let is_text = body.is_some_and(Value::is_string);
            let usual = if is_text { "application/x-www-form-urlencoded" } else { "application/json" };
            headers.insert("content-type".to_owned(), json!(usual));
        }
        let is_json =
            kind(&headers).is_some_and(|kind| kind.to_ascii_lowercase().contains("application/json"));
        let body = match body {
            None => None,
            Some(body) if is_json => Some(unfolded(render_all(body, &vars)?).to_string()),
            Some(body) => Some(text(body)?.trim().to_owned()),
        };
        let request = json!({
            "url": text(server.get("url").unwrap_or(&Value::Null))?,
            "method": method,
            "headers": headers,
            "query": texts("queryParams")?,
            "body": body,
        });
        Ok(Some((Self::field(role), request)))
    }

    /// The suite's `outputs`, and the files that it needs.
    pub(super) fn outputs(&self, role: &str) -> (Value, Vec<(String, String)>) {
        let (interpreter, name, text) = match self.by {
            Caller::Node => ("node", "programs/provider.mjs", BY_NODE),
            Caller::Python => ("python3", "programs/provider.py", BY_PYTHON),
        };
        let called = format!("programs/{role}.json");
        let mut of = self.called.clone();
        let mut fields = vec![json!("prompt"), json!("vars")];
        if self.server.is_some() {
            of.insert("request".to_owned(), json!(Self::field(role)));
            fields.push(json!(Self::field(role)));
        }
        let mut outputs = json!({
            "command": [interpreter, name, called], "stdin_json": fields, "timeout_s": 300, "into": "output",
        });
        if let (Some(file), Some(outputs)) = (self.file(), outputs.as_object_mut()) {
            outputs.insert("watch".to_owned(), json!([file]));
        }
        let spec = serde_json::to_string_pretty(&of).unwrap_or_default() + "\n";
        (outputs, vec![(name.to_owned(), text.to_owned()), (called, spec)])
    }

    /// The file that it is, from the project.
    pub(super) fn file(&self) -> Option<String> {
        let text = |key: &str| self.called.get(key).and_then(Value::as_str);
        Some(format!("{}/{}", text("folder")?, text("file")?.trim_start_matches("./")))
    }

    /// The file that it is, from the configuration.
    pub(super) fn own_file(&self) -> Option<&str> {
        self.called.get("file").and_then(Value::as_str)
    }
}

fn python(id: &str) -> Option<&str> {
    let path = id.strip_prefix("python:").or_else(|| id.strip_prefix("file://"))?;
    (files::extension(files::path_of(path).0) == "py").then_some(path)
}

fn is_script(id: &str) -> bool {
    id.starts_with("file://") && ["js", "mjs", "cjs"].contains(&files::extension(id).as_str())
}

/// The settings of a server, and what is made of its replies.
fn of_server(
    id: &str,
    settings: &Map<String, Value>,
    called: &mut Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    const REQUEST: [&str; 5] = ["url", "method", "headers", "body", "queryParams"];
    // How long and how often something is tried is evenhand's own.
    const IGNORED: [&str; 6] =
        ["maxRetries", "timeout", "timeoutMs", "responseTimeout", "stateful", "maxConcurrency"];
    called.insert("kind".to_owned(), json!("server"));
    let mut server = Map::new();
    if id.contains(':') {
        server.insert("url".to_owned(), json!(id));
    }
    for (key, value) in settings {
        let to = match key.as_str() {
            "transformResponse" | "responseParser" => "transform_response",
            "validateStatus" => "validate_status",
            key if REQUEST.contains(&key) => {
                server.insert(key.to_owned(), value.clone());
                continue;
            }
            key if IGNORED.contains(&key) && value != &Value::Bool(true) => continue,
            _ => return Err(format!("`config.{key}` of provider `{id}` has no equivalent")),
        };
        let is_code = |code: &str| !code.starts_with("file://") || is_script(files::path_of_script(code));
        if !value.as_str().is_some_and(is_code) {
            return Err(format!("`config.{key}` of provider `{id}` is no JavaScript"));
        }
        called.insert(to.to_owned(), value.clone());
    }
    match server.get("body") {
        Some(Value::String(text)) if text.trim_start().starts_with(['{', '[']) => {
            Err(format!("`config.body` of provider `{id}` is JSON as a text; write it as YAML"))
        }
        _ => Ok(server),
    }
}

/// Texts that are JSON as that JSON, as promptfoo sends them.
fn unfolded(value: Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Value::Array(items) => Value::Array(items.into_iter().map(unfolded).collect()),
        Value::Object(entries) => {
            Value::Object(entries.into_iter().map(|(key, value)| (key, unfolded(value))).collect())
        }
        other => other,
    }
}

/// A command's words; quotation marks keep white space.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = command.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted =
            rest.get(1..).filter(|_| first == '"' || first == '\'').and_then(|rest| rest.split_once(first));
        let (word, after) = match quoted {
            Some((word, after)) => (word, after),
            None => rest.split_at(
                rest.find(|c: char| c.is_whitespace() || c == '"' || c == '\'')
                    .filter(|at| *at > 0)
                    .unwrap_or(rest.len()),
            ),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_words() {
        assert_eq!(words(r#"python  "a b.py" 'c' d"#), ["python", "a b.py", "c", "d"]);
        assert_eq!(words("é'"), ["é", "'"]);
    }
}
