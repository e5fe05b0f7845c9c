//! Who judges in the projects: a server that answers whatever schema it is asked for, by the words of
//! the text alone, so that every run of a project gets the same replies.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::plan::Manner;
use super::scene::Phase;
use crate::support::mock::{Mock, material, schema};
use crate::support::server::{RecordedRequest, Reply, anthropic_answer, ollama_answer, openai_answer};
use crate::weighing::openai_weighed;

/// Words that make a text better, and those that make it worse.
const COURTEOUS: [&str; 4] = ["please", "thank", "kindly", "sorry"];
const RUDE: [&str; 3] = ["stupid", "shut", "nonsense"];

/// A judge.
pub fn mock(manner: Manner, phase: Phase) -> Mock {
    let judge = Judge { manner, phase, texts: Mutex::default(), requests: Mutex::default() };
    Mock::new(move |request| judge.reply(request))
}

struct Judge {
    manner: Manner,
    phase: Phase,
    /// How often each text was shown so far.
    texts: Mutex<BTreeMap<String, usize>>,
    /// How often each request came so far.
    requests: Mutex<BTreeMap<String, usize>>,
}

/// What a request is about.
struct Seen<'a> {
    /// The record, as it is shown.
    shown: &'a str,
    /// The same in lower case.
    text: &'a str,
    /// From 0, bad, to 1, good.
    worth: f64,
}

impl Judge {
    fn reply(&self, request: &RecordedRequest) -> Reply {
        if request.path.ends_with("/api/tags") {
            return Reply::json(json!({"models": [{"name": "judge:1b", "digest": "sha256:5a3e"}]}));
        }
        let text = &material(request).to_lowercase();
        if text.contains("endless") {
            let told = json!({"error": {"message": "maximum context length is 64 tokens",
                "type": "invalid_request_error", "code": "context_length_exceeded"}});
            return Reply::error(400, told);
        }
        let seen = Seen { shown: material(request), text, worth: self.worth(request, text) };
        let schema = schema(&request.body);
        if request.body["logprobs"] == true {
            let seen = if self.manner == Manner::NeedsDemos { seen.lenient() } else { seen };
            return weighed(schema, &seen);
        }
        let answer = if self.is_garbled(request, text) {
            "I would rather not say.".to_owned()
        } else {
            seen.fitting("", schema).to_string()
        };
        match request.path.rsplit('/').next() {
            Some("messages") => anthropic_answer(&answer),
            Some("chat") => ollama_answer(&answer),
            _ => openai_answer(&answer),
        }
    }

    /// Whether the answer is none: always, in the first answer of a conversation, or only before.
    fn is_garbled(&self, request: &RecordedRequest, text: &str) -> bool {
        let is_again = request.last_message().starts_with("That answer cannot be used");
        text.contains("never")
            || text.contains("garbled") && !is_again
            || text.contains("late") && self.phase == Phase::Before
    }

    /// "hm" makes the judge change its mind the second time that the same is asked, "weary" from the second
    /// time on that the text is shown.
    fn worth(&self, request: &RecordedRequest, text: &str) -> f64 {
        let earlier = |counts: &Mutex<BTreeMap<String, usize>>, key: String| {
            let mut counts = counts.lock().unwrap();
            let count = counts.entry(key).or_default();
            *count += 1;
            *count - 1
        };
        let (asked, shown) =
            (earlier(&self.requests, request.body.to_string()), earlier(&self.texts, text.to_owned()));
        if self.manner == Manner::NeedsDemos && shows_no_demos(request) {
            return 0.9;
        }
        let worth = match text.split_once("<first>") {
            Some((_, pair)) => better(pair),
            None => worth(text),
        };
        let worth =
            if request.body.to_string().contains("be strict") { (worth - 0.3).max(0.05) } else { worth };
        let turns = text.contains("hm") && asked % 3 == 1 || text.contains("weary") && shown > 0;
        if turns { 1.0 - worth } else { worth }
    }
}

/// Whether a judgment is asked for without examples. What is asked again has more messages too.
fn shows_no_demos(request: &RecordedRequest) -> bool {
    request.body["messages"].as_array().unwrap().len() <= 2
}

fn count(words: &[&str], text: &str) -> f64 {
    let found: usize = words.iter().map(|word| text.matches(word).count()).sum();
    f64::from(u8::try_from(found).unwrap())
}

fn worth(text: &str) -> f64 {
    let worth = 0.3 + 0.25 * count(&COURTEOUS, text) - 0.25 * count(&RUDE, text);
    // Lengths tell texts of the same words apart.
    let length = f64::from(u8::try_from(text.chars().count() % 17).unwrap()) / 200.0;
    (worth + length).clamp(0.05, 0.95)
}

/// How far the first of two answers is the better one, with a liking for the first place.
fn better(pair: &str) -> f64 {
    let (first, second) = pair.split_once("<second>").unwrap();
    (0.6 + (worth(first) - worth(second)) / 2.0).clamp(0.05, 0.95)
}

impl Seen<'_> {
    /// As a judge sees it that passes everything, some things more surely than others.
    fn lenient(self) -> Self {
        Self { worth: 0.6 + self.worth / 3.0, ..self }
    }

    fn fitting(&self, name: &str, schema: &Value) -> Value {
        if let Some(choices) = schema["enum"].as_array() {
            return choices[self.choice(choices.len())].clone();
        }
        if let Some(fields) = schema["properties"].as_object() {
            let fields = fields.iter().map(|(name, field)| (name.clone(), self.fitting(name, field)));
            return Value::Object(fields.collect::<Map<_, _>>());
        }
        match schema["type"].as_str() {
            Some("integer") => json!(self.level(schema)),
            Some("number") => json!((self.worth * 100.0).round() / 100.0),
            Some("boolean") => json!(self.worth >= 0.5),
            Some("array") => json!([self.fitting(name, &schema["items"])]),
            _ => json!(self.sentence(name)),
        }
    }

    fn choice(&self, choices: usize) -> usize {
        if self.text.contains("perhaps") && choices > 2 { choices - 1 } else { usize::from(self.worth < 0.5) }
    }

    fn level(&self, schema: &Value) -> i64 {
        let (least, most) =
            (schema["minimum"].as_f64().unwrap_or(0.0), schema["maximum"].as_f64().unwrap_or(1.0));
        #[expect(clippy::cast_possible_truncation, reason = "levels are small")]
        let level = (least + self.worth * (most - least)).round() as i64;
        level
    }

    fn sentence(&self, name: &str) -> String {
        match name {
            "answer" if self.worth >= 0.5 => "Thank you, it is on its way, please wait.".to_owned(),
            "answer" => "It comes when it comes.".to_owned(),
            "evidence" => {
                self.shown.lines().find(|line| !line.starts_with('<')).unwrap_or_default().to_owned()
            }
            "instruction" => "Decide by the words alone whether the text is polite.".to_owned(),
            _ if self.worth >= 0.5 => "Its words are courteous.".to_owned(),
            _ => "No word of it is courteous.".to_owned(),
        }
    }
}

/// A decoded verdict with the probabilities of all verdicts at its place.
fn weighed(schema: &Value, seen: &Seen<'_>) -> Reply {
    let fields = schema["properties"].as_object().unwrap();
    let (name, field) = fields.iter().next().unwrap();
    let (opening, verdicts) = match field["enum"].as_array() {
        Some(choices) => {
            let names = choices.iter().map(|choice| choice.as_str().unwrap().to_owned()).collect();
            (format!("{{\"{name}\":\""), shared(names, seen))
        }
        None => (format!("{{\"{name}\":"), levels(field, seen)),
    };
    let likeliest = verdicts.iter().max_by(|one, other| one.1.total_cmp(&other.1)).unwrap().0.clone();
    let closing = if opening.ends_with(":\"") { "\"}" } else { "}" };
    let mut places: Vec<(&str, f64)> = verdicts.iter().map(|(name, share)| (name.as_str(), *share)).collect();
    places.sort_by(|one, other| other.1.total_cmp(&one.1));
    openai_weighed(&format!("{opening}{likeliest}{closing}"), &[&[(opening.as_str(), 1.0)], &places])
}

/// The first two choices share what a third leaves.
fn shared(names: Vec<String>, seen: &Seen<'_>) -> Vec<(String, f64)> {
    let third = if seen.text.contains("perhaps") { 0.6 } else { 0.04 };
    let share = |index: usize| match (index, names.len()) {
        (0, 2) => seen.worth,
        (1, 2) => 1.0 - seen.worth,
        (0, _) => seen.worth * (1.0 - third),
        (1, _) => (1.0 - seen.worth) * (1.0 - third),
        _ => third,
    };
    let shares: Vec<f64> = (0..names.len()).map(share).collect();
    names.into_iter().zip(shares).collect()
}

/// Levels near the one that fits have the rest.
fn levels(field: &Value, seen: &Seen<'_>) -> Vec<(String, f64)> {
    let (least, most) = (field["minimum"].as_i64().unwrap(), field["maximum"].as_i64().unwrap());
    let level = seen.level(field);
    let weight = |at: i64| 0.5_f64.powi(i32::try_from((at - level).abs()).unwrap());
    let sum: f64 = (least..=most).map(weight).sum();
    (least..=most).map(|at| (at.to_string(), weight(at) / sum)).collect()
}
