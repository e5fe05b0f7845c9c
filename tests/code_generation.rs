//! The example of code generation, run as its README says.

#![expect(clippy::print_stderr, reason = "what is skipped is said")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::mock::{Mock, schema};
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, openai_answer};

const FILES: [&str; 5] =
    ["evenhand.toml", "tasks.jsonl", "signatures/python.toml", "grade.py", "replies.jsonl"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/code_generation")
}

/// A copy of the example.
fn example() -> Project {
    let project = Project::empty();
    for file in FILES.into_iter().filter(|file| folder().join(file).exists()) {
        project.write(file, fs::read(folder().join(file)).unwrap());
    }
    project
}

fn has_python() -> bool {
    let version = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    let is_there = version.is_ok_and(|status| status.success());
    assert!(is_there || std::env::var_os("CI").is_none(), "python3 is missing");
    if !is_there {
        eprintln!("skipped: there is no python3");
    }
    is_there
}

/// The grade of a function, as JSON.
fn grade(task: &str, code: &str) -> String {
    use std::io::Write as _;
    let script = folder().join("grade.py");
    let mut command = Command::new("python3");
    let mut child =
        command.arg(script).arg(task).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn a_strategy_corrects_what_a_single_answer_gets_wrong() {
    if !has_python() {
        return;
    }
    let project = example();
    let dry = project.evenhand(&["run", "direct", "verified", "--dry-run"]);
    assert!(dry.stdout.contains("outputs 2 calls, on top"), "{dry}");
    assert!(dry.stdout.contains("outputs 6 calls at most, 4 at least, on top"), "{dry}");
    let mut passed = Vec::new();
    for suite in ["direct", "verified"] {
        let written = format!("written/{suite}.jsonl");
        let ran = project.evenhand(&["run", suite, "--record-outputs", &written]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(project.read(&written).lines().count(), 2);
        project.evenhand(&["run", &format!("{suite}_graded")]);
        let graded = project.journal();
        let right = graded.iter().filter(|line| line["checks"][0]["verdict"] == "pass");
        passed.push((graded.len(), right.count()));
    }
    assert_eq!(passed, [(2, 1), (2, 2)]);
}

#[test]
fn generated_code_has_limits() {
    if !has_python() {
        return;
    }
    let endless = grade("prime", "def is_prime(n):\n    while True: pass\n");
    assert!(endless.contains("longer than 5 s") || endless.contains("signal"), "{endless}");
    let starts_another = grade("prime", "import os\nos.system('sleep 60')\n");
    assert!(starts_another.contains("longer than 5 s"), "{starts_another}");
    if cfg!(target_os = "linux") {
        let greedy = grade("prime", "x = [0] * 10**9\ndef is_prime(n): return True\n");
        assert!(greedy.contains("MemoryError"), "{greedy}");
    }
    let right = grade(
        "fibonacci",
        "def fibonacci(n):\n  a, b = 0, 1\n  for _ in range(n): a, b = b, a + b\n  return a\n",
    );
    assert!(right.contains("\"verdict\": \"pass\""), "{right}");
    let not_there = grade("fibonacci", "def other(n): return n\n");
    assert!(not_there.contains("KeyError"), "{not_there}");
}

const TOO_KIND: &str = "def is_prime(n):\n    if n < 1:\n        return False\n    for divisor in range(2, int(n ** 0.5) + 1):\n        \
                        if n % divisor == 0:\n            return False\n    return True\n";
const PRIME: &str = "def is_prime(n):\n    if n < 2:\n        return False\n    for divisor in range(2, int(n ** 0.5) + 1):\n        \
                     if n % divisor == 0:\n            return False\n    return True\n";
const FIBONACCI: &str =
    "def fibonacci(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a\n";

/// What the recorded model says.
fn stand_in(request: &RecordedRequest) -> serde_json::Value {
    let told = request.body["messages"].to_string();
    let is_prime = told.contains("is_prime(n) that says");
    if schema(&request.body)["properties"].get("mistakes").is_some() {
        let mistakes =
            if is_prime { json!(["is_prime(1) is True, and 1 is no prime number."]) } else { json!([]) };
        return json!({ "mistakes": mistakes });
    }
    let is_correction = told.contains("is no prime number");
    json!({"code": if !is_prime { FIBONACCI } else if is_correction { PRIME } else { TOO_KIND }})
}

#[test]
#[ignore = "it writes examples/code_generation/replies.jsonl"]
fn record_the_code_generation_anew() {
    let server = Mock::new(|request| openai_answer(&stand_in(request).to_string()));
    let project = example();
    let model = format!("model = \"openai/stand-in\"\nbase_url = \"{}\"", server.url("/v1"));
    let config = project.read("evenhand.toml").replace("model = \"replay/replies.jsonl\"", &model);
    project.write("evenhand.toml", config);
    let ran = project.evenhand(&["run", "direct", "verified", "--record", "new.jsonl"]);
    assert_eq!(ran.code, 0, "{ran}");
    fs::write(folder().join("replies.jsonl"), project.read("new.jsonl")).unwrap();
}
