//! `evenhand import promptfoo`: what it writes is run by the command.

use serde_json::Value;

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::Project;
use crate::support::server::openai_answer;

const CHECKS: &str = r#"
prompts: ["Say \"{{word}}\" of {{place.name}}\nand {{count}}{{nothing}}."]
providers: [echo]
assertionTemplates:
  dot: {type: regex, value: '\.$'}
defaultTest:
  vars: {nothing: null, count: 3}
  assert: [{$ref: '#/assertionTemplates/dot'}]
tests:
  - description: quotes and lines
    vars: {word: "né \"x\"\n\ty", place: {name: Ulm}}
    assert:
      - {type: equals, value: "Say \"né \"x\"\n\ty\" of Ulm\nand 3."}
      - {type: contains-all, value: ["{{word}}", Ulm]}
      - {type: assert-set, assert: [{type: not-icontains, value: BONN}, {type: starts-with, value: Say}]}
  - vars: {word: [a, b], place: {name: Rom, of: [1, null]}}
    assert: [{type: not-contains, value: '"b"'}]
  - vars: {word: c, place: {name: Rom}}
    threshold: 0.5
    assert: [{type: icontains, value: rom}, {type: contains, value: nowhere, weight: 3}]
  - vars: {word: '{"a": 1}', place: {name: Rom}}
    assert: [{type: levenshtein, value: x}]
"#;

pub fn verdicts(project: &Project, suite: &str) -> Vec<(String, String)> {
    let ran = project.evenhand(&["run", suite, "--config", "out/evenhand.toml", "--json"]);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let outcomes = lines.filter(|line| line["type"] == "outcome").map(|line| line["outcome"].clone());
    let mut verdicts: Vec<(String, String)> = outcomes
        .map(|outcome| {
            let label = outcome["result"]["scored"]["label"].as_str();
            (outcome["id"].as_str().unwrap().to_owned(), label.unwrap_or("none").to_owned())
        })
        .collect();
    verdicts.sort();
    assert!(!verdicts.is_empty(), "{}", ran.stderr);
    verdicts
}

pub fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect()
}

#[test]
fn what_has_no_equivalent_is_named_with_its_line_and_nothing_is_written() {
    let project = Project::empty();
    project.write("p.yaml", CHECKS);
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("p.yaml:22: test 4, assertion 1: `levenshtein`"), "{}", ran.stderr);
    assert!(!project.has("out"));
}

#[test]
fn checks_pass_and_fail_as_they_did() {
    let project = Project::empty();
    project.write("p.yaml", CHECKS);
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out", "--allow-partial"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(project.read("out/evenhand.toml").starts_with("# NOT CARRIED OVER:\n#   p.yaml:22: test 4"));
    assert_eq!(verdicts(&project, "tests-1"), pairs(&[("test-1", "pass")]));
    let second = [("test-2.1", "pass"), ("test-2.2", "fail")];
    assert_eq!(verdicts(&project, "tests-2"), pairs(&second));
    // A test that lost an assertion does not pass by what is left.
    let lost = project.evenhand(&["run", "tests-4", "--config", "out/evenhand.toml"]);
    assert_eq!((lost.code, verdicts(&project, "tests-4")), (3, pairs(&[("test-4", "none")])), "{lost}");
    assert!(lost.stdout.contains("not_carried_over"), "{lost}");
    // 2 of 5: the dot and Rom, of the weights 1, 1 and 3.
    assert_eq!(verdicts(&project, "tests-3"), pairs(&[("test-3", "fail")]));
    let again = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out", "--allow-partial"]);
    assert!(again.code == 2 && again.stderr.contains("is there already"), "{}", again.stderr);
}

#[test]
fn a_test_whose_every_assertion_is_lost_stays_without_a_score() {
    let project = Project::empty();
    project.write(
        "p.yaml",
        "prompts: ['Of {{town}}']\nproviders: [echo]\ntests:\n\
         - {vars: {town: Ulm}, assert: [{type: contains, value: Ulm}]}\n\
         - {vars: {town: Rom}, assert: [{type: javascript, value: 'false'}]}\n\
         - {vars: {town: Bonn}, assert: [{type: contains, value: Ulm}, {type: javascript, value: 'true'}]}\n",
    );
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out", "--allow-partial"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(verdicts(&project, "tests-1"), pairs(&[("test-1", "pass")]));
    // What is left may still fail.
    assert_eq!(verdicts(&project, "tests-2"), pairs(&[("test-2", "none"), ("test-3", "fail")]));
}

#[test]
fn tests_of_a_table_are_read() {
    let project = Project::empty();
    project.write("p.yaml", "prompts: ['Of {{town}}']\nproviders: [echo]\ntests: file://t.csv\n");
    let table = "town,__expected,__expected2,__description\nUlm,contains: Ulm,,first\n\"Bad, \"\"Ems\"\"\",icontains-any: x,Of Bonn,\n";
    project.write("t.csv", table);
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(verdicts(&project, "tests"), pairs(&[("test-1", "pass"), ("test-2", "fail")]));
    assert!(project.read("out/datasets/tests.jsonl").contains(r#""town":"Bad, \"Ems\"""#));
}

#[test]
fn models_answer_prompts_and_judges_read_rubrics() {
    let server = Mock::new(|request| {
        if request.body.get("response_format").is_some() {
            return openai_answer(&fair_answer(request));
        }
        // The prompt is all that is sent.
        assert_eq!(request.body["messages"].as_array().unwrap().len(), 1);
        let say = if request.last_message().contains("Ulm") { "please wait" } else { "go away" };
        openai_answer(say)
    });
    let url = server.url("/v1");
    let project = Project::empty();
    project.write(
        "p.yaml",
        format!(
            "prompts: ['Greet {{{{town}}}}']\n\
             providers: [{{id: 'openai:chat:small', config: {{apiBaseUrl: '{url}', temperature: 0.5}}}}]\n\
             defaultTest:\n  options: {{provider: {{id: 'openai:large', config: {{apiBaseUrl: '{url}'}}}}}}\n  \
             assert:\n    - {{type: llm-rubric, value: 'It is kind to {{{{town}}}}'}}\n    - {{type: latency, threshold: 60000}}\n\
             tests:\n  - vars: {{town: Ulm}}\n  - vars: {{town: Rom}}\n    assert: [{{type: contains, value: go}}]\n"
        ),
    );
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(verdicts(&project, "tests"), pairs(&[("test-1", "pass"), ("test-2", "fail")]));
    let said = server.requests().iter().map(|request| request.body.to_string()).collect::<String>();
    assert!(said.contains("\"Greet Ulm\"") && said.contains("It is kind to Ulm"), "{said}");
}
