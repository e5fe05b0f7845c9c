//! What is judged here, by whom, and what the model says to it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use evenhand::signature::Spec;
use serde_json::{Map, Value, json};

/// The judge's signature, as a user writes it.
pub const JUDGE: &str = include_str!("judge.toml");

/// The judge.
pub fn spec() -> Spec {
    Spec::parse(JUDGE, "judge.toml").expect("the signature beside this file is valid")
}

/// How large a record is, in bytes of text.
pub const RECORD_BYTES: usize = 1024;

/// The words that records are made of.
const WORDS: [&str; 12] = [
    "bridge", "opened", "harbour", "metres", "north", "tower", "railway", "built", "stone", "river", "long",
    "year",
];

/// A text of about so many bytes that differs from record to record.
fn text(number: u64, bytes: usize) -> String {
    let mut text = format!("case-{number:07}");
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = WORDS[usize::try_from(state % WORDS.len() as u64).expect("below 12")];
        text.push(' ');
        text.push_str(word);
    }
    text
}

/// A record's fields, `bytes` of text in all.
pub fn fields(number: u64, bytes: usize) -> Map<String, Value> {
    let label = if number.is_multiple_of(3) { "fail" } else { "pass" };
    let artifact = text(number, bytes * 3 / 4);
    let ground_truth = text(number, bytes / 4);
    let fields = json!({
        "id": format!("r{number}"), "artifact": artifact, "ground_truth": ground_truth, "label": label,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Writes a dataset of so many records.
pub fn write_dataset(path: &Path, records: u64, bytes: usize) {
    let mut file = BufWriter::new(File::create(path).expect("a new file"));
    for number in 0..records {
        serde_json::to_writer(&mut file, &fields(number, bytes)).expect("room on the disk");
        file.write_all(b"\n").expect("room on the disk");
    }
    file.flush().expect("room on the disk");
}

/// What the model says: reasons of about so many bytes, then the verdict.
pub fn answer(reasoning_bytes: usize) -> String {
    let reasoning = text(7, reasoning_bytes);
    json!({"reasoning": reasoning, "verdict": "pass"}).to_string()
}

/// The same in the marks that dspy-rs asks for.
pub fn marked_answer(reasoning_bytes: usize) -> String {
    let reasoning = text(7, reasoning_bytes);
    format!("[[ ## reasoning ## ]]\n{reasoning}\n\n[[ ## verdict ## ]]\npass\n\n[[ ## completed ## ]]\n")
}

/// The reasons of an ordinary answer, in bytes.
pub const REASONING_BYTES: usize = 200;
