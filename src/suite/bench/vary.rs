//! Options of a model that are varied: `temperature=0,0.7`.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::document::{Document, closest};
use crate::error::{Error, ErrorKind, Result};
use crate::suite::config::ModelFile;

/// An option and the values that it takes in turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Varied {
    pub(crate) key: String,
    pub(crate) values: Vec<Value>,
}

/// The options that a request or the loading of a model may say.
const KEYS: [&str; 12] = [
    "temperature",
    "top_p",
    "seed",
    "max_tokens",
    "context_tokens",
    "threads",
    "parallel",
    "keep_alive",
    "think",
    "structured",
    "stream",
    "concurrency",
];

impl FromStr for Varied {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (key, values) = text
            .split_once('=')
            .filter(|(key, values)| !key.is_empty() && !values.is_empty())
            .ok_or_else(|| {
                usage(
                    format!("`{text}` is no option with values"),
                    "write KEY=VALUE,VALUE such as temperature=0,0.7",
                )
            })?;
        if !KEYS.contains(&key) && !key.starts_with("extra.") {
            return Err(unknown(key));
        }
        let values: Vec<Value> = values.split(',').map(|text| value(key, text.trim())).collect();
        let varied = Self { key: key.to_owned(), values };
        for value in &varied.values {
            varied.over(&mut ModelFile::default(), value)?;
        }
        Ok(varied)
    }
}

/// A word is a text; `10m` and `-1` of a time too.
fn value(key: &str, text: &str) -> Value {
    if key == "keep_alive" {
        return Value::from(text);
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

impl Varied {
    /// Puts one of the values over what a model's file says.
    pub(crate) fn over(&self, file: &mut ModelFile, value: &Value) -> Result<()> {
        if let Some(path) = self.key.strip_prefix("extra.") {
            insert(&mut file.extra, path, value.clone());
            return Ok(());
        }
        let table = format!("model = \"any\"\n{} = {value}\n", self.key);
        let read =
            Document::<ModelFile>::parse(&table, &format!("--vary {}", self.key), ErrorKind::Usage)?.content;
        match self.key.as_str() {
            "temperature" => file.temperature = read.temperature,
            "top_p" => file.top_p = read.top_p,
            "seed" => file.seed = read.seed,
            "max_tokens" => file.max_tokens = read.max_tokens,
            "context_tokens" => file.context_tokens = read.context_tokens,
            "threads" => file.threads = read.threads,
            "parallel" => file.parallel = read.parallel,
            "keep_alive" => file.keep_alive = read.keep_alive,
            "think" => file.think = read.think,
            "structured" => file.structured = read.structured,
            "stream" => file.stream = read.stream,
            "concurrency" => file.concurrency = read.concurrency,
            other => return Err(unknown(other)),
        }
        Ok(())
    }

    /// Every combination of the values of several options, the last of them changing first.
    pub(crate) fn combinations(all: &[Self]) -> Vec<Vec<(&Self, &Value)>> {
        let mut combinations = vec![Vec::new()];
        for varied in all {
            combinations = combinations
                .into_iter()
                .flat_map(|before: Vec<(&Self, &Value)>| {
                    varied.values.iter().map(move |value| {
                        let mut with = before.clone();
                        with.push((varied, value));
                        with
                    })
                })
                .collect();
        }
        combinations
    }
}

/// Puts a value at a path of keys with dots between them.
fn insert(map: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            map.insert(path.to_owned(), value);
        }
        Some((key, rest)) => {
            let inner = map.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Some(inner) = inner.as_object_mut() {
                insert(inner, rest, value);
            }
        }
    }
}

fn unknown(key: &str) -> Error {
    let help = match key {
        "quantization" | "quant" => {
            "each quantization is a model of its own: --models ollama/gemma2:2b-instruct-q4_K_M,ollama/gemma2:2b-instruct-fp16"
                .to_owned()
        }
        "kv_cache_type" | "flash_attention" => format!(
            "a request cannot say it: set {} for the server, start it anew, and compare the two benches with \
             `evenhand bench compare`",
            if key == "kv_cache_type" { "OLLAMA_KV_CACHE_TYPE" } else { "OLLAMA_FLASH_ATTENTION" }
        ),
        _ => match closest(key, KEYS) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("options: {}, and extra.NAME for a key of the request's body", KEYS.join(", ")),
        },
    };
    usage(format!("`{key}` cannot be varied"), &help)
}

fn usage(detail: String, help: &str) -> Error {
    Error::new(ErrorKind::Usage, detail).help(help.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(text: &str) -> Result<Varied> {
        text.parse()
    }

    #[test]
    fn values_are_put_over_a_models_file() {
        let mut file = ModelFile::default();
        let varied = parse("temperature=0,0.7").unwrap();
        varied.over(&mut file, &varied.values[1]).unwrap();
        assert_eq!(file.temperature, Some(0.7));
        let varied = parse("extra.options.num_batch=64,512").unwrap();
        varied.over(&mut file, &varied.values[0]).unwrap();
        assert_eq!(json!(file.extra), json!({"options": {"num_batch": 64}}));
        let varied = parse("keep_alive=10m,-1").unwrap();
        varied.over(&mut file, &varied.values[1]).unwrap();
        assert_eq!(file.keep_alive.as_deref(), Some("-1"));
    }

    #[test]
    fn what_cannot_be_varied_is_said_with_what_to_do() {
        let help = |text: &str| format!("{:#}", parse(text).unwrap_err());
        assert!(help("quantization=q4,q8").contains("--models"));
        assert!(help("flash_attention=0,1").contains("OLLAMA_FLASH_ATTENTION"));
        assert!(help("temprature=0").contains("temperature"));
        assert!(help("temperature").contains("KEY=VALUE"));
        assert!(parse("temperature=hot").is_err() && parse("max_tokens=-1").is_err());
    }

    #[test]
    fn options_are_combined_with_each_other() {
        let all = [parse("temperature=0,1").unwrap(), parse("max_tokens=50,100,200").unwrap()];
        let combinations = Varied::combinations(&all);
        assert_eq!(combinations.len(), 6);
        assert_eq!(Varied::combinations(&[]), [Vec::new()]);
    }
}
