//! Published judges' tables, computed again from what the judges said: `docs/measured/published/evenhand.toml`
//! held against figures that other programs computed from the same files. Where the data is not here, the
//! tests say that they skip; with `EVENHAND_PUBLISHED_DATA=required` they fail.

#![expect(clippy::print_stderr, reason = "what is skipped is said")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::project::{Project, json_lines};

/// The furthest a figure may be from the one computed elsewhere.
const TOLERANCE: f64 = 1e-9;

const CONFIG: &str = include_str!("../docs/measured/published/evenhand.toml");

/// The variable that demands the data, where it is `required`.
const DEMAND: &str = "EVENHAND_PUBLISHED_DATA";

/// The folder of the data, if it is here.
///
/// # Panics
///
/// Where it is not, and is demanded.
fn data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("EVENHAND_SHARED_DATA").map_or_else(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder.canonicalize().unwrap());
    }
    let missing = format!("the published data is not here ({})", folder.display());
    assert!(
        std::env::var_os(DEMAND).is_none_or(|demand| demand != "required"),
        "{missing}, and {DEMAND}=required"
    );
    eprintln!("skipped: {missing}");
    None
}

/// A set's folder, its expected figures, and a project with the published configuration.
struct Set {
    expected: Value,
    project: Project,
    differences: Vec<(String, f64)>,
}

impl Set {
    fn open(name: &str) -> Option<Self> {
        let data = data()?;
        let project = Project::empty();
        let folder = data.display().to_string();
        project.write("evenhand.toml", CONFIG.replace("../../../../shared/data", &folder));
        let expected = std::fs::read_to_string(data.join(name).join("expected.dev.json")).unwrap();
        Some(Self { expected: serde_json::from_str(&expected).unwrap(), project, differences: Vec::new() })
    }

    /// The summaries of a suite, one for each judge.
    fn summaries(&self, suite: &str) -> Vec<Value> {
        let ran = self.project.evenhand(&["score", "--suite", suite, "--json"]);
        assert_eq!(ran.code, 0, "{ran}");
        let lines = json_lines(&ran.stdout).into_iter();
        lines.filter(|line| line["type"] == "summary").map(|line| line["summary"].clone()).collect()
    }

    /// Holds a figure against the expected one at a JSON pointer.
    fn hold(&mut self, pointer: &str, ours: &Value) {
        let theirs = self.expected.pointer(pointer).and_then(Value::as_f64);
        assert!(theirs.is_some() && ours.is_number(), "{pointer}: {ours} where {theirs:?} was expected");
        let (theirs, ours) = (theirs.unwrap(), ours.as_f64().unwrap());
        let difference = (ours - theirs).abs();
        assert!(difference <= TOLERANCE, "{pointer}: {ours} where {theirs} was expected");
        self.differences.push((pointer.to_owned(), difference));
    }

    /// Every number that is expected was held against one of ours.
    fn done(self) {
        let mut held: Vec<&str> = self.differences.iter().map(|(pointer, _)| pointer.as_str()).collect();
        held.sort_unstable();
        let mut expected = numbers("", &self.expected);
        expected.sort();
        assert_eq!(held, expected);
        let largest = self.differences.iter().map(|(_, difference)| *difference).fold(0.0, f64::max);
        eprintln!("{} figures, largest difference {largest:.1e}", held.len());
    }
}

/// The pointers of all numbers in a value.
fn numbers(pointer: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| numbers(&format!("{pointer}/{name}"), value)).collect()
        }
        Value::Number(_) => vec![pointer.to_owned()],
        _ => Vec::new(),
    }
}

fn sum(left: &Value, right: &Value) -> Value {
    Value::from(left.as_u64().unwrap() + right.as_u64().unwrap())
}

#[test]
fn the_published_configuration_can_be_read() {
    let project = Project::empty();
    project.write("evenhand.toml", CONFIG);
    let ran = project.evenhand(&["score", "--suite", "llmbarr"]);
    assert!(ran.stderr.contains("did you mean `llmbar`?"), "{ran}");
}

/// One of these tests, run where the data is not.
fn without_data(demand: Option<&str>) -> (bool, String) {
    let nowhere = tempfile::tempdir().unwrap();
    let mut test = Command::new(std::env::current_exe().unwrap());
    test.args(["published::devai_by_agent", "--exact", "--nocapture"]);
    test.env("EVENHAND_SHARED_DATA", nowhere.path().join("data")).env_remove(DEMAND);
    test.envs(demand.map(|demand| (DEMAND, demand)));
    let ran = test.output().unwrap();
    (ran.status.success(), String::from_utf8(ran.stdout).unwrap() + &String::from_utf8(ran.stderr).unwrap())
}

#[test]
fn missing_data_is_skipped_with_a_word_unless_it_is_required() {
    let (passed, said) = without_data(None);
    assert!(passed && said.contains("skipped: the published data is not here"), "{said}");
    let (passed, said) = without_data(Some("required"));
    assert!(!passed && said.contains("EVENHAND_PUBLISHED_DATA=required"), "{said}");
    assert!(said.contains("1 failed"), "{said}");
}

fn llmbar(set: &mut Set, suite: &str) {
    for summary in set.summaries(suite) {
        let judge = summary["model"].as_str().unwrap();
        for group in summary["by_group"].as_array().unwrap() {
            let subset = group["group"].as_str().unwrap().trim_start_matches("subset=");
            let pairs = &group["pairs"];
            let at = |name: &str| format!("/{judge}|{subset}/{name}");
            set.hold(&at("n"), &pairs["pairs"]);
            set.hold(&at("correct_ab"), &pairs["orders"][0]["correct"]["count"]);
            set.hold(&at("correct_ba"), &pairs["orders"][1]["correct"]["count"]);
            set.hold(&at("correct_both"), &pairs["all_correct"]["count"]);
            // The authors count two verdicts that could not be read as the same.
            let same = sum(&pairs["consistent"]["count"], &pairs["unread_in_all"]);
            set.hold(&at("positional_agreement"), &same);
            set.hold(&at("accuracy"), &pairs["average_of_all"]);
        }
    }
}

#[test]
fn llmbar_in_both_orders_from_raw_text() {
    let Some(mut set) = Set::open("llmbar") else { return };
    for suite in ["llmbar", "llmbar_cot", "llmbar_rating"] {
        llmbar(&mut set, suite);
    }
    set.done();
}

#[test]
fn judgebench_by_the_sum_of_both_orders() {
    let Some(mut set) = Set::open("judgebench") else { return };
    for suite in ["judgebench", "judgebench_reward"] {
        for summary in set.summaries(suite) {
            let judge = summary["model"].as_str().unwrap();
            let at = |name: &str| format!("/{judge}/{name}");
            let accuracy = &summary["agreement"]["labels"]["accuracy"];
            let consistent = &summary["pairs"]["consistent"];
            set.hold(&at("n"), &accuracy["n"]);
            set.hold(&at("correct"), &accuracy["count"]);
            set.hold(&at("accuracy"), &accuracy["rate"]);
            let differ = consistent["n"].as_u64().unwrap() - consistent["count"].as_u64().unwrap();
            set.hold(&at("inconsistent"), &Value::from(differ));
            let orders = &summary["pairs"]["orders"];
            set.hold(&at("unparsed"), &sum(&orders[0]["unread"], &orders[1]["unread"]));
        }
    }
    set.done();
}

#[test]
fn llm_rubric_from_distributions() {
    let Some(mut set) = Set::open("llm_rubric") else { return };
    for row in ["argmax", "expected"] {
        let summaries = set.summaries(&format!("llm_rubric_{row}"));
        let scale = &summaries[0]["agreement"]["scale"];
        let at = |name: &str| format!("/Q0/{row}/{name}");
        set.hold(&at("n"), &scale["exact"]["n"]);
        set.hold(&at("mean"), &scale["mean_score_level"]);
        set.hold(&at("rmse"), &scale["rmse_levels"]);
        set.hold(&at("pearson"), &scale["pearson"]);
        set.hold(&at("spearman"), &scale["spearman"]);
        set.hold(&at("kendall_tau_b"), &scale["tau_b"]);
    }
    set.done();
}

#[test]
fn devai_by_agent() {
    let Some(mut set) = Set::open("devai") else { return };
    for group in set.summaries("devai")[0]["by_group"].as_array().unwrap() {
        let agent = group["group"].as_str().unwrap().trim_start_matches("agent=");
        let at = |name: &str| format!("/{agent}/{name}");
        let labels = &group["agreement"]["labels"];
        assert_eq!(labels["labels"], serde_json::json!(["true", "false"]));
        let cell = |row: usize, column: usize| labels["confusion"][row][column].as_f64().unwrap();
        let n = labels["accuracy"]["n"].as_f64().unwrap();
        set.hold(&at("n"), &labels["accuracy"]["n"]);
        set.hold(&at("alignment"), &labels["accuracy"]["rate"]);
        set.hold(&at("cohen_kappa"), &labels["kappa"]);
        set.hold(&at("human_satisfied"), &Value::from((cell(0, 0) + cell(0, 1)) / n));
        set.hold(&at("judge_satisfied"), &Value::from((cell(0, 0) + cell(1, 0)) / n));
    }
    set.done();
}

#[test]
fn pandalm_among_three_people() {
    let Some(mut set) = Set::open("pandalm") else { return };
    let summaries = set.summaries("pandalm");
    let people = &summaries[0]["people"];
    set.hold("/n", &people["items"]);
    for pair in people["pairwise"].as_array().unwrap() {
        let names = format!("{}-{}", pair["first"].as_str().unwrap(), pair["second"].as_str().unwrap());
        set.hold(&format!("/kappa/{names}"), &pair["kappa"]);
    }
    // A verdict that nobody could read is unscored, and not wrong.
    let gpt = summaries.iter().find(|summary| summary["model"] == "gpt-3.5-turbo").unwrap();
    assert_eq!(gpt["unscored"]["invalid_answer"], 11);
    set.done();
}

#[test]
fn ragchecker_beside_two_people() {
    let Some(mut set) = Set::open("ragchecker") else { return };
    for metric in ["correctness", "completeness", "overall"] {
        let summaries = set.summaries(&format!("ragchecker_{metric}"));
        let scale = &summaries[0]["agreement"]["scale"];
        let two = &summaries[0]["people"]["pairwise"][0];
        let at = |name: &str| format!("/{metric}/{name}");
        set.hold(&at("n"), &scale["exact"]["n"]);
        set.hold(&at("judge_human_pearson"), &scale["pearson"]);
        set.hold(&at("judge_human_spearman"), &scale["spearman"]);
        set.hold(&at("human_human_pearson"), &two["pearson"]);
        set.hold(&at("human_human_spearman"), &two["spearman"]);
    }
    set.done();
}

#[test]
fn dices_and_recipe_among_their_raters() {
    let Some(mut dices) = Set::open("dices350_labels") else { return };
    let people = dices.summaries("dices350")[0]["people"].clone();
    dices.hold("/n", &people["items"]);
    dices.hold("/krippendorff_alpha_nominal", &people["alpha"][0]["value"]);
    dices.done();
    let Some(mut recipe) = Set::open("recipe") else { return };
    for criterion in ["grammar", "fluency", "verbosity", "structure", "success", "overall"] {
        let people = recipe.summaries(&format!("recipe_{criterion}"))[0]["people"].clone();
        if criterion == "grammar" {
            recipe.hold("/n", &people["items"]);
        }
        for alpha in people["alpha"].as_array().unwrap() {
            let measurement = alpha["measurement"].as_str().unwrap();
            recipe.hold(&format!("/krippendorff_alpha_{measurement}/{criterion}"), &alpha["value"]);
        }
    }
    recipe.done();
}
