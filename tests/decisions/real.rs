//! A real decision model: the smallest chat model, made one by `scripts/decision-gguf.py` and served by llama.cpp's
//! server. It is at chance as a judge, so nothing is said here about what it answers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::support::project::Project;

/// The server while it runs, and its address.
struct Served {
    child: Child,
    url: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Why there is no server here, past the harness's capture, so that the skip is seen.
fn skipped(why: &str) -> Option<Served> {
    let skipped = format!("skipped: no real decision model: {why}\n");
    std::io::stderr().write_all(skipped.as_bytes()).unwrap();
    None
}

/// The server. `EVENHAND_PYTHON` names a Python with `gguf` and `xllamacpp`.
fn served(project: &Project) -> Option<Served> {
    let python = std::env::var("EVENHAND_PYTHON").unwrap_or_else(|_| "python3".into());
    let modules = Command::new(&python).args(["-c", "import gguf, xllamacpp"]).output();
    if !modules.is_ok_and(|output| output.status.success()) {
        return skipped(&format!("{python} has no gguf and xllamacpp"));
    }
    let folder = std::env::var_os("EVENHAND_MODELS_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.evenhand/models")),
        PathBuf::from,
    );
    let chat = folder.join("SmolLM2-135M-Instruct.Q4_1.gguf");
    if !chat.exists() {
        return skipped(&format!("there is no {}; `make test-model` fetches it", chat.display()));
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/decision-gguf.py");
    let mut child = Command::new(&python)
        .arg(script)
        .arg(chat)
        .arg(project.path("decision.gguf"))
        .arg("0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let url = lines.find(|line| line.starts_with("http://")).expect("the server tells its address");
    Some(Served { child, url })
}

#[test]
fn llama_cpps_server_answers_for_real() {
    let project = Project::empty();
    let Some(server) = served(&project) else { return };
    let suite = "[suites.polite]\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\nlabel = \"label\"\n";
    let model = format!("[models.judge]\nmodel = \"systemone/decision\"\nbase_url = \"{}\"\n", server.url);
    project.write("evenhand.toml", format!("default_model = \"judge\"\n\n{model}\n{suite}"));
    project.write("signatures/polite.toml", crate::support::requests::POLITE);
    project.write("polite.jsonl", crate::support::project::records(2));
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    for line in project.journal() {
        let told = line["attempts"][0]["response"]["decided"][0]["probabilities"].as_array().unwrap().clone();
        let sum: f64 = told.iter().filter_map(Value::as_f64).sum();
        assert!(told.len() == 2 && (sum - 1.0).abs() < 1e-6, "{line}");
        let value = line["result"]["scored"]["value"].as_f64().unwrap();
        assert!((value - told[0].as_f64().unwrap()).abs() < 1e-6, "{line}");
    }
}
