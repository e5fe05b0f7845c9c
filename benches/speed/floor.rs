//! The floor: a plain loop as one would write it for one signature, with the same steps.
//!
//! It reads JSON lines, renders with minijinja, asks with reqwest, reads the answer with serde, holds it
//! against its JSON Schema, and writes a JSON line. It has no retries, limits, keys, repairs or statistics.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use evenhand::internal::judge::Question;
use futures_util::StreamExt;
use minijinja::{Environment, context};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::case;

#[derive(Deserialize)]
struct Row {
    id: String,
    artifact: String,
    ground_truth: String,
    label: String,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    usage: Usage,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

#[derive(Deserialize, Serialize)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}

#[derive(Deserialize, Serialize)]
struct Verdict {
    reasoning: String,
    verdict: String,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    label: &'a str,
    text: &'a str,
    verdict: &'a Verdict,
    usage: &'a Usage,
}

/// The record's part of evenhand's prompt, written out for this one signature.
const USER: &str = "<record>\n<artifact>\n{{ artifact }}\n</artifact>\n<ground_truth>\n{{ ground_truth }}\n</ground_truth>\n</record>\n\n{{ question }}";

/// What stands around the record, taken from evenhand's own prompt, so that both send as many bytes.
pub struct Loop {
    environment: Environment<'static>,
    stable: Vec<Value>,
    question: String,
    schema: Value,
    validator: jsonschema::Validator,
    client: reqwest::Client,
    url: String,
}

impl Loop {
    /// A loop that asks at this address.
    pub fn new(base_url: &str) -> Self {
        let question = Question::new(
            case::spec(),
            evenhand::judge::Reading::Text,
            evenhand::model::Parameters::default(),
        )
        .expect("the signature is valid");
        let request = question.request(&inputs(0)).expect("the record fits");
        let messages: Vec<Value> = request.messages.iter().map(|message| json!(message)).collect();
        let (record, stable) = messages.split_last().expect("there are several");
        let text = record["content"].as_str().unwrap_or_default();
        let after = text.split_once("</record").map_or("", |(_, rest)| rest);
        let question = after.split_once('>').map_or("", |(_, rest)| rest).trim().to_owned();
        let schema = Value::clone(&request.format.expect("it has a schema").schema);
        let mut environment = Environment::new();
        environment.add_template("user", USER).expect("it compiles");
        Self {
            environment,
            stable: stable.to_vec(),
            question,
            validator: jsonschema::validator_for(&schema).expect("it is a schema"),
            schema,
            client: reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("a client"),
            url: format!("{base_url}/chat/completions"),
        }
    }

    /// Judges a dataset, and writes the lines; how many there were.
    pub async fn run(&self, dataset: &Path, lines: &Path, concurrency: usize) -> u64 {
        let rows = BufReader::new(File::open(dataset).expect("it is there")).lines();
        let rows = rows.map(|line| serde_json::from_str::<Row>(&line.expect("it is read")).expect("a row"));
        let mut file = File::create(lines).expect("a new file");
        let mut judged =
            futures_util::stream::iter(rows.map(|row| self.one(row))).buffer_unordered(concurrency);
        let mut count = 0;
        while let Some(line) = judged.next().await {
            file.write_all(&line).expect("room on the disk");
            count += 1;
        }
        count
    }

    async fn one(&self, row: Row) -> Vec<u8> {
        let template = self.environment.get_template("user").expect("it is there");
        let values = context! {
            artifact => row.artifact.as_str(), ground_truth => row.ground_truth.as_str(), question => self.question.as_str(),
        };
        let text = template.render(values).expect("it renders");
        let mut messages = self.stable.clone();
        messages.push(json!({"role": "user", "content": text}));
        let body = json!({
            "model": "mock-1", "messages": messages, "max_tokens": 1024, "temperature": 0.0,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "judge", "schema": self.schema, "strict": true},
            },
        });
        let body = serde_json::to_vec(&body).expect("it is JSON");
        let request = self.client.post(&self.url).header("content-type", "application/json").body(body);
        let response = request.send().await.expect("the server answers");
        let bytes = response.bytes().await.expect("the whole reply");
        let completion: Completion = serde_json::from_slice(&bytes).expect("a completion");
        let text = &completion.choices.first().expect("a choice").message.content;
        let value: Value = serde_json::from_str(text).expect("the answer is JSON");
        assert!(self.validator.is_valid(&value), "the answer keeps its schema");
        let verdict: Verdict = serde_json::from_value(value).expect("a verdict");
        let line = Line { id: &row.id, label: &row.label, text, verdict: &verdict, usage: &completion.usage };
        let mut line = serde_json::to_vec(&line).expect("it is JSON");
        line.push(b'\n');
        line
    }
}

/// A record's inputs for the judge.
pub fn inputs(number: u64) -> serde_json::Map<String, Value> {
    let mut fields = case::fields(number, case::RECORD_BYTES);
    fields.retain(|name, _| ["artifact", "ground_truth"].contains(&name.as_str()));
    fields
}
