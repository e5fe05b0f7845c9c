//! promptfoo's prompts: texts, lists of chat messages, and files of either.

use serde_json::{Map, Value};

use super::super::yaml::Document;
use super::Source;
use super::files;
use super::template::{render, render_all};

/// A prompt before a test's variables are filled in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prompt {
    /// What a provider may call it by: its label, its id, its file.
    names: Vec<String>,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// One template.
    Text(String),
    /// JSON, each text in it a template.
    Json(Value),
}

impl Prompt {
    fn new(raw: &str, names: &[String]) -> Self {
        let json =
            serde_json::from_str(raw).ok().filter(|value: &Value| value.is_object() || value.is_array());
        let form = json.map_or_else(|| Form::Text(raw.to_owned()), Form::Json);
        Self { names: names.to_vec(), form }
    }

    /// The prompt of a test: a text, or a list of messages.
    ///
    /// # Errors
    /// The template cannot be filled in.
    pub(super) fn fill(&self, vars: &Map<String, Value>) -> Result<Value, String> {
        match &self.form {
            Form::Json(value) => render_all(value, vars),
            Form::Text(text) => {
                let text = render(text, vars)?;
                let head = text.trim();
                let listed = if head.starts_with("- role:") {
                    Document::parse(head).ok().map(|document| document.value)
                } else if head.starts_with('[') {
                    serde_json::from_str(head).ok()
                } else {
                    None
                };
                Ok(listed.filter(is_chat).unwrap_or(Value::String(text)))
            }
        }
    }

    /// Whether a provider that names its prompts means this one.
    pub(super) fn is_named(&self, wanted: &[String]) -> bool {
        wanted.iter().any(|wanted| {
            let wanted = wanted.trim_start_matches("file://");
            self.names.iter().any(|name| name == wanted || name.starts_with(&format!("{wanted}:")))
        })
    }
}

/// Whether a value is a list of messages that have a role.
fn is_chat(value: &Value) -> bool {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    !items.is_empty() && items.iter().all(|item| item.get("role").is_some())
}

/// Why a prompt cannot be sent to a model as it is.
pub(super) fn unsendable(prompt: &Value) -> Option<String> {
    let items = match prompt {
        Value::String(text) if text.trim_start().starts_with("- role:") => {
            return Some("the prompt begins as a list of chat messages, and is no YAML".to_owned());
        }
        Value::String(_) => return None,
        Value::Array(items) => items,
        _ => return Some("the prompt is JSON, and no list of chat messages".to_owned()),
    };
    let known = ["system", "user", "assistant"];
    let fits = |item: &Value| {
        let role = item.get("role").and_then(Value::as_str).unwrap_or_default();
        let only = item.as_object().is_some_and(|item| item.len() == 2);
        only && known.contains(&role) && item.get("content").is_some_and(Value::is_string)
    };
    let odd = items.iter().position(|item| !fits(item))?;
    Some(format!("message {} of the prompt is more than a role and a text", odd + 1))
}

/// A prompt as a text, as promptfoo has it.
pub(super) fn as_text(prompt: &Value) -> String {
    match prompt {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

/// All prompts.
pub(super) fn prompts(source: &mut Source, value: Option<&Value>) -> Vec<Prompt> {
    let items = match value {
        Some(Value::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let mut prompts = Vec::new();
    for (number, item) in items.iter().enumerate() {
        match read(source, item) {
            Ok(found) => prompts.extend(found),
            Err(fault) => {
                source.miss(&format!("/prompts/{number}"), &format!("prompt {}", number + 1), fault);
            }
        }
    }
    prompts
}

fn read(source: &Source, item: &Value) -> Result<Vec<Prompt>, String> {
    let own = ["raw", "id", "content"].iter().find_map(|key| item.get(key)?.as_str());
    let text = item.as_str().or(own).ok_or("is no text")?;
    let odd = item.as_object().into_iter().flat_map(Map::keys);
    if let Some(key) =
        odd.into_iter().find(|key| !["raw", "id", "content", "label", "description"].contains(&key.as_str()))
    {
        return Err(format!("`{key}` of a prompt has no equivalent"));
    }
    let mut names: Vec<String> =
        ["label", "id"].iter().filter_map(|key| item.get(key)?.as_str()).map(str::to_owned).collect();
    let (path, _) = files::path_of(text);
    let is_short = !text.contains(|c: char| c.is_whitespace() || c == '{') && text.len() < 200;
    let is_file = text.starts_with("file://")
        || (is_short
            && (files::is_pattern(text) || source.folder.join(path).is_file())
            && path.contains('.'));
    if !is_file {
        names.push(text.to_owned());
        return Ok(vec![Prompt::new(text, &names)]);
    }
    if !files::is_pattern(path) {
        return of_file(source, text, &names);
    }
    let found = files::matching(&source.folder, path);
    if found.is_empty() {
        return Err(format!("no file fits {path}"));
    }
    let each = found.iter().map(|found| {
        let name = found.strip_prefix(&source.folder).unwrap_or(found).display().to_string();
        of_file(source, &name, &names)
    });
    Ok(each.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn of_file(source: &Source, name: &str, names: &[String]) -> Result<Vec<Prompt>, String> {
    let (path, _) = files::path_of(name);
    let mut names = names.to_vec();
    names.push(path.to_owned());
    let one = |text: &str| Prompt::new(text, &names);
    let all = match files::extension(path).as_str() {
        "txt" => {
            let whole = source.file(path)?.replace("\r\n", "\n");
            let mut texts = vec![String::new()];
            for line in whole.lines() {
                match texts.last_mut() {
                    Some(text) if line.trim() != "---" => {
                        text.push_str(line);
                        text.push('\n');
                    }
                    _ => texts.push(String::new()),
                }
            }
            texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).map(one).collect()
        }
        "md" | "j2" | "json" => vec![one(&source.file(path)?)],
        "yaml" | "yml" => {
            let text = source.file(path)?;
            match Document::parse(&text) {
                Ok(document) => vec![one(&document.value.to_string())],
                Err(_) => vec![one(&text)],
            }
        }
        "jsonl" => source.file(path)?.lines().filter(|line| !line.trim().is_empty()).map(one).collect(),
        "csv" => return Err(format!("{path} is a table of prompts, which is not read")),
        _ => return Err(format!("{name} is a program, or a file of a kind that is not read")),
    };
    Ok(all)
}
