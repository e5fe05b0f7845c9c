//! Rubrics with points, faults and essential criteria, from the file to the report.

use evenhand::signature::{Criterion, Rubric, RubricVerdict};
use evenhand::{Signature, Spec};
use insta::assert_snapshot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, openai};
use crate::support::server::{Reply, openai_answer};

const ADVICE: &str = r#"instruction = "Judge the answer to a patient."
[inputs.answer]
[rubric]
min = 0
max = 1
[[rubric.criteria]]
name = "emergency"
description = "Tells the patient to call an ambulance."
points = 10
essential = true
[[rubric.criteria]]
name = "asks_age"
description = "Asks how old the patient is."
points = 5
[[rubric.criteria]]
name = "wrong_dose"
description = "Names a dose that is too high."
points = -8
"#;

/// A judge that finds what the answer says of itself, and refuses one of them.
fn judge() -> Mock {
    Mock::new(|request| {
        let said = request.body["messages"].to_string();
        if said.contains("Unreadable") && said.contains("asks_age") {
            return Reply::status(400);
        }
        let asked = ["emergency", "asks_age", "wrong_dose"]
            .into_iter()
            .find(|name| said.contains(&format!("- {name}:")));
        let met = asked.is_some_and(|name| said.contains(&format!("has {name}")));
        let answer = json!({"reasoning": "So it is.", "score": u8::from(met), "suggestions": []});
        openai_answer(&answer.to_string())
    })
}

fn project(server: &Mock) -> Project {
    let project = Project::empty();
    let suite = "[suites.advice]\nsignature = \"advice\"\ndataset = \"advice.jsonl\"\nmax_unscored = 0.5\nretries = 0\n";
    let models = openai(&server.url("/v1"));
    project.write("evenhand.toml", format!("default_model = \"judge\"\n\n{models}\n{suite}"));
    project.write("signatures/advice.toml", ADVICE);
    let line = |id: &str, answer: &str| json!({"id": id, "answer": answer}).to_string();
    let lines = [
        line("all", "has emergency, has asks_age"),
        line("harmful", "has emergency, has wrong_dose"),
        line("late", "has asks_age"),
        line("lost", "Unreadable. has emergency"),
    ];
    project.write("advice.jsonl", lines.join("\n"));
    project
}

#[test]
fn points_faults_and_an_essential_criterion_make_the_score() {
    let server = judge();
    let project = project(&server);
    let ran = project.evenhand(&["run", "--json-report", "report.json"]);
    assert_snapshot!(ran);
    let journal = project.journal();
    let value = |id: &str| {
        let outcome = journal.iter().find(|line| line["id"] == id).unwrap();
        outcome["result"]["scored"]["value"].as_f64()
    };
    assert_eq!((value("all"), value("late"), value("lost")), (Some(1.0), Some(0.0), None));
    assert!((value("harmful").unwrap() - 2.0 / 15.0).abs() < 1e-15);
    let report: Value = serde_json::from_str(&project.read("report.json")).unwrap();
    let titles: Vec<&str> = report["suites"][0]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|part| part["title"].as_str())
        .collect();
    assert_eq!(
        titles,
        ["emergency, essential, not met by 1", "asks_age", "wrong_dose, a fault: 1 where it is not there"]
    );
    let shown = project.evenhand(&["signature", "show", "advice"]);
    assert_eq!(shown.stdout.matches("prompt for ").count(), 3, "{shown}");
    // Each criterion is asked about by itself, although the suite says nothing of `aggregation`.
    let requests = server.requests();
    assert_eq!(requests.len(), 12);
    let of_fault = |body: &Value| body["messages"].to_string().contains("- wrong_dose");
    let fault = requests.iter().find(|request| of_fault(&request.body)).unwrap();
    assert_snapshot!("the prompt of a fault", fault.body["messages"][0]["content"].as_str().unwrap());
}

#[test]
fn shares_that_make_no_sense_are_refused_at_their_line() {
    let broken = ADVICE
        .replace("points = 10", "points = 10\nweight = 2")
        .replace("points = 5", "weight = 1")
        .replace("points = -8", "points = -8\nessential = true");
    assert_snapshot!(format!("{:#}", Spec::parse(&broken, "advice.toml").unwrap_err()));
    let faults =
        ADVICE.replace("points = 10\nessential = true", "points = -10").replace("points = 5", "points = -5");
    assert_snapshot!("faults alone", format!("{:#}", Spec::parse(&faults, "advice.toml").unwrap_err()));
}

/// Judge the answer.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Advice {
    /// The answer.
    answer: String,
}

impl Signature for Advice {
    type Output = RubricVerdict;

    fn rubric() -> Option<Rubric> {
        let dose = Criterion { name: "wrong_dose".into(), points: Some(-8.0), ..Criterion::default() };
        Some(Rubric { min: 0, max: 1, levels: Vec::new(), criteria: vec![dose] })
    }
}

#[test]
fn a_typed_rubric_is_held_to_the_same_rules() {
    let fault = Spec::of::<Advice>().unwrap_err().to_string();
    assert_eq!(
        fault,
        "signature: `advice`: no criterion has points above 0, so there is no best score to divide by"
    );
}
