//! The server of `server.rs` for tests that run the command: on threads of its
//! own, with a judge that answers whatever schema it is asked for.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use super::server::{
    RecordedRequest, Reply, Server, anthropic_answer, ollama_answer, openai_answer, text_of,
};

/// A server on threads of its own, so that a test can wait for a process.
pub struct Mock {
    server: Server,
    _runtime: Runtime,
}

impl Mock {
    /// Answers each request as it is.
    pub fn new(responder: impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static) -> Self {
        let runtime = runtime();
        Self { server: runtime.block_on(Server::responder(responder)), _runtime: runtime }
    }

    /// Judges fairly, in OpenAI's form.
    pub fn fair() -> Self {
        Self::new(|request| openai_answer(&fair_answer(request)))
    }

    /// Judges fairly, in Ollama's form; it does not tell its models' digests.
    pub fn fair_ollama() -> Self {
        Self::new(|request| match request.path.as_str() {
            "/api/tags" => Reply::status(404),
            _ => ollama_answer(&fair_answer(request)),
        })
    }

    /// Judges fairly, in Anthropic's form.
    pub fn fair_anthropic() -> Self {
        Self::new(|request| anthropic_answer(&fair_answer(request)))
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.server.requests()
    }

    /// The records that were asked about, in the order of the requests.
    pub fn asked(&self) -> Vec<String> {
        self.requests().iter().map(record).collect()
    }

    /// The most requests that waited at the same time.
    pub fn most_in_flight(&self) -> usize {
        self.server.most_in_flight()
    }

    /// Waits until so many requests have come.
    pub fn wait_for_requests(&self, number: usize) {
        eventually(&format!("{number} requests"), || self.requests().len() >= number);
    }
}

/// An address where nobody listens, and where no other test's server comes to listen meanwhile.
pub fn closed_port(path: &str) -> String {
    format!("http://127.0.0.1:1{path}")
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Waits for something to become true.
///
/// # Panics
/// It does not within 20 seconds.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "waited too long for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The message with the record: the last one that opens with a fence.
pub fn material(request: &RecordedRequest) -> &str {
    let messages = request.body["messages"].as_array().unwrap();
    let texts = messages.iter().rev().filter_map(text_of);
    texts.into_iter().find(|text| text.starts_with('<')).unwrap()
}

/// The record a request is about: the first word of its text, such as `r3`.
pub fn record(request: &RecordedRequest) -> String {
    let number = regex::Regex::new(r"\br\d+\b").unwrap();
    number.find(material(request)).map_or_else(String::new, |found| found.as_str().to_owned())
}

/// Whether a request shows the model what was wrong with its answer.
pub fn is_again(request: &RecordedRequest) -> bool {
    request.last_message().starts_with("That answer cannot be used")
}

/// A valid answer to whatever schema a request has: the first choice for a text
/// with "please", the second for one without.
pub fn fair_answer(request: &RecordedRequest) -> String {
    let body = &request.body;
    fitting(schema(body), material(request).contains("please")).to_string()
}

/// The schema of the answer, wherever a provider's interface has it.
pub fn schema(body: &Value) -> &Value {
    let places = [
        &body["response_format"]["json_schema"]["schema"],
        &body["output_config"]["format"]["schema"],
        &body["format"],
    ];
    places.into_iter().find(|schema| !schema.is_null()).unwrap()
}

fn fitting(schema: &Value, pleased: bool) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        return choices[usize::from(!pleased)].clone();
    }
    if let Some(fields) = schema["properties"].as_object() {
        let fields = fields.iter().map(|(name, field)| (name.clone(), fitting(field, pleased)));
        return Value::Object(fields.collect::<Map<_, _>>());
    }
    match schema["type"].as_str() {
        Some("integer") => json!(if pleased { 5 } else { 2 }),
        Some("number") => json!(0.75),
        Some("array") => json!([]),
        _ => json!(if pleased { "It says please." } else { "It does not say please." }),
    }
}
