//! `evenhand import promptfoo`: each kind of assertion, prompt and test, and what the imported project then says.

use serde_json::{Value, json};

use crate::import_promptfoo::{pairs, verdicts};
use crate::support::mock::Mock;
use crate::support::project::Project;
use crate::support::server::{RecordedRequest, Reply, openai_answer};

/// A project of these files, imported whole.
fn imported(files: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    for (name, text) in files {
        project.write(name, text);
    }
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out"]);
    assert_eq!(ran.code, 0, "{ran}");
    project
}

/// What of a configuration is not carried over.
fn lost(text: &str) -> String {
    let project = Project::empty();
    project.write("p.yaml", text);
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out"]);
    assert!(ran.code == 2 && !project.has("out"), "{ran}");
    ran.stderr
}

/// A judge that grades by a number that stands in what it judges, and says pass from 0.5 on.
fn grading(request: &RecordedRequest) -> Reply {
    let text = request.last_message();
    let number = regex::Regex::new(r"grade (0\.\d+|1)").unwrap();
    let grade: f64 = number.captures(text).map_or(0.0, |found| found[1].parse().unwrap());
    let body = request.body.to_string();
    let reasoning = "So it is.";
    let answer = if body.contains("claims") {
        let claims: Vec<Value> = (0..10_u8)
            .map(|at| {
                let is_there = f64::from(at) < grade * 10.0;
                let (verdict, quote) = if is_there { ("supported", "grade") } else { ("missing", "") };
                json!({ "claim": "c", "quote": quote, "verdict": verdict })
            })
            .collect();
        let verdict = if body.contains("uncovered") { "uncovered" } else { "ungrounded" };
        json!({ "claims": claims, "reasoning": reasoning, "verdict": verdict })
    } else if body.contains("\"verdict\"") || body.contains("verdict") {
        json!({ "reasoning": reasoning, "verdict": if grade >= 0.5 { "pass" } else { "fail" } })
    } else {
        json!({ "reasoning": reasoning, "score": grade })
    };
    openai_answer(&answer.to_string())
}

fn graded(tests: &str) -> (Project, Mock) {
    let server = Mock::new(grading);
    let url = server.url("/v1");
    let text = format!(
        "prompts: ['{{{{say}}}}']\nproviders: [echo]\ndefaultTest:\n  options: {{provider: {{id: 'openai:j', config: {{apiBaseUrl: '{url}'}}}}}}\ntests:\n{}",
        tests.replace("URL", &url)
    );
    (imported(&[("p.yaml", &text)]), server)
}

#[test]
fn a_threshold_of_an_assertion_stands_beside_assertions_that_must_pass() {
    let tests = "
- {vars: {say: 'grade 0.7 ok'}, assert: &a [{type: llm-rubric, value: r, threshold: 0.6}, {type: contains, value: ok, weight: 3}, {type: llm-rubric, value: s}]}
- {vars: {say: 'grade 0.7 no'}, assert: *a}
- {vars: {say: 'grade 0.5 ok'}, assert: *a}
- {vars: {say: 'grade 0.4 ok'}, assert: *a}
";
    let (project, _server) = graded(tests);
    let expected = [("test-1", "pass"), ("test-2", "fail"), ("test-3", "fail"), ("test-4", "fail")];
    assert_eq!(verdicts(&project, "tests"), pairs(&expected));
    let two = "prompts: [x]\nproviders: [echo]\ntests:\n- assert: [{type: llm-rubric, value: r, threshold: 0.6}, {type: g-eval, value: r}]\n";
    assert!(lost(two).contains("test 1: two assertions with thresholds of their own"), "{}", lost(two));
}

#[test]
fn a_set_passes_by_its_threshold_and_a_test_by_its_own() {
    let set = "{type: assert-set, threshold: 0.5, assert: [{type: contains, value: a}, {type: contains, value: b, weight: 3}]}";
    let text = format!(
        "prompts: ['{{{{say}}}}']\nproviders: [echo]\ntests:\n\
         - {{vars: {{say: [a, b, ab, 'b!', '']}}, assert: [{set}, {{type: not-contains, value: '!'}}]}}\n\
         - {{vars: {{say: [a, b, c]}}, threshold: 0.6, assert: [{{type: regex, value: '^[ab]$'}}, \
           {{type: assert-set, weight: 3, assert: [{{type: contains, value: b}}, {{type: contains, value: c}}]}}]}}\n"
    );
    let project = imported(&[("p.yaml", &text)]);
    let first = [
        ("test-1.1", "fail"),
        ("test-1.2", "pass"),
        ("test-1.3", "pass"),
        ("test-1.4", "fail"),
        ("test-1.5", "fail"),
    ];
    assert_eq!(verdicts(&project, "tests-1"), pairs(&first));
    // a: 1 of 4; b: 1 + 1.5 of 4; c: 1.5 of 4.
    let second = [("test-2.1", "fail"), ("test-2.2", "pass"), ("test-2.3", "fail")];
    assert_eq!(verdicts(&project, "tests-2"), pairs(&second));
}

#[test]
fn grades_count_as_they_are_where_a_test_has_a_threshold() {
    let tests = "
- {vars: {say: ['grade 0.7', 'grade 0.9']}, threshold: 0.9, assert: [{type: llm-rubric, value: r}, {type: contains, value: grade}]}
- {vars: {say: ['grade 0.7', 'grade 0.9']}, assert: [{type: g-eval, value: [one, two], threshold: 0.8}]}
";
    let (project, server) = graded(tests);
    assert_eq!(verdicts(&project, "tests-1"), pairs(&[("test-1.1", "fail"), ("test-1.2", "pass")]));
    let asked = server.requests().len();
    assert_eq!(verdicts(&project, "tests-2"), pairs(&[("test-2.1", "fail"), ("test-2.2", "pass")]));
    // Each criterion is a question of its own.
    assert_eq!(server.requests().len() - asked, 4);
}

#[test]
fn context_is_judged_by_the_claims_that_it_supports() {
    let tests = "
- {vars: {say: 'grade 0.8', query: q, context: 'grade of all'}, assert: [{type: context-faithfulness, threshold: 0.7}]}
- {vars: {say: 'grade 0.5', query: q, context: 'grade of all'}, assert: [{type: context-faithfulness, threshold: 0.7}]}
- {vars: {say: 'x', context: 'grade of all'}, assert: [{type: context-recall, threshold: 0.7, value: 'grade 0.7'}]}
- {vars: {say: 'x', context: 'grade of all'}, assert: [{type: context-recall, threshold: 0.7, value: 'grade 0.6'}]}
- {vars: {say: 'x', context: 'grade of all'}, assert: [{type: context-recall, value: 'grade 0.1'}]}
";
    let (project, _server) = graded(tests);
    assert_eq!(verdicts(&project, "tests-1"), pairs(&[("test-1", "pass"), ("test-2", "fail")]));
    assert_eq!(verdicts(&project, "tests-2"), pairs(&[("test-3", "pass"), ("test-4", "fail")]));
    // Without a threshold it passes, whatever it is.
    assert_eq!(verdicts(&project, "tests-3"), pairs(&[("test-5", "pass")]));
}

#[test]
fn an_assertion_or_a_test_may_name_its_own_grader() {
    let grader = "{id: 'openai:other', config: {apiBaseUrl: 'URL'}}";
    let tests = format!(
        "\n- {{vars: {{say: 'grade 1'}}, assert: [{{type: llm-rubric, value: r, provider: {grader}}}, {{type: llm-rubric, value: s}}]}}\n\
         - {{vars: {{say: 'grade 1'}}, options: {{provider: {{text: {grader}}}}}, assert: [{{type: llm-rubric, value: t}}]}}\n"
    );
    let (project, server) = graded(&tests);
    let models = || server.requests().iter().map(|request| request.body["model"].clone()).collect::<Vec<_>>();
    assert_eq!(verdicts(&project, "tests-1"), pairs(&[("test-1", "pass")]));
    let mut asked = models();
    asked.sort_by_key(Value::to_string);
    assert_eq!(asked, [json!("j"), json!("other")]);
    assert_eq!(verdicts(&project, "tests-2"), pairs(&[("test-2", "pass")]));
    assert_eq!(models().last(), Some(&json!("other")));
}

#[test]
fn patterns_and_plain_conditions_mean_what_they_mean_in_javascript() {
    let text = r#"
prompts: ['{{say}}']
providers: [echo]
tests:
- {vars: {say: ["1", "٣", "x"]}, assert: [{type: regex, value: '\d'}]}
- {vars: {say: ["aé", "𝄞", "abc"]}, assert: [{type: javascript, value: "output.length <= 2"}]}
- vars: {say: ['{"kind": "bug", "of": [{"n": 1}]}', '{"kind": "bug", "of": []}', 'no JSON']}
  assert: [{type: javascript, value: "['bug', 'ask'].includes(JSON.parse(output).kind) && JSON.parse(output).of[0].n === 1"}]
- vars: {say: ["Hello you", "hello bad", "bye"]}
  assert: [{type: javascript, value: "output.toLowerCase().includes('hello') && !output.includes('bad')"}]
"#;
    let project = imported(&[("p.yaml", text)]);
    let three = |number: usize, is: [&str; 3]| -> Vec<(String, String)> {
        is.iter()
            .enumerate()
            .map(|(at, is)| (format!("test-{number}.{}", at + 1), (*is).to_owned()))
            .collect()
    };
    assert_eq!(verdicts(&project, "tests-1"), three(1, ["pass", "fail", "fail"]));
    assert_eq!(verdicts(&project, "tests-2"), three(2, ["pass", "pass", "fail"]));
    assert_eq!(verdicts(&project, "tests-3"), three(3, ["pass", "fail", "fail"]));
    assert_eq!(verdicts(&project, "tests-4"), three(4, ["pass", "fail", "fail"]));
}

#[test]
fn what_means_something_else_is_listed() {
    let with =
        |assertion: &str| format!("prompts: [x]\nproviders: [echo]\ntests:\n- assert: [{assertion}]\n");
    for (assertion, fault) in [
        (
            "{type: bleu, value: x}",
            "p.yaml:4: test 1, assertion 1: promptfoo computes `bleu` by a formula of its own",
        ),
        ("{type: rouge-n, value: x}", "`rouge-n` by a formula of its own"),
        ("{type: regex, value: '(?i)x'}", "the pattern of `regex`: `(?i)` is not known"),
        ("{type: similar, value: x}", "`similar` has no equivalent"),
        ("{type: javascript, value: 'output.length * 2'}", "this `javascript` has no equivalent"),
        ("{type: contains, value: x, transform: output.a}", "`transform` of `contains` has no equivalent"),
        ("{type: llm-rubric, value: x, provider: 'bedrock:x'}", "provider `bedrock:x` has no equivalent"),
        ("{type: cost, threshold: 1}", "an output that no model makes has no cost"),
    ] {
        let told = lost(&with(assertion));
        assert!(told.contains(fault), "{assertion}: {told}");
    }
    // A remark is no assertion.
    imported(&[("p.yaml", &with("{type: contains, value: x, description: why}"))]);
}

#[test]
fn an_option_that_is_lost_leaves_its_tests_without_a_verdict() {
    let project = Project::empty();
    project.write(
        "p.yaml",
        "prompts: ['{{say}}']\nproviders: [echo]\ntests:\n\
         - {vars: {say: a}, options: {transform: output.b}, assert: [{type: contains, value: a}]}\n\
         - {vars: {say: a}, assert: [{type: contains, value: a}]}\n",
    );
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out", "--allow-partial"]);
    assert!(
        ran.code == 0 && ran.stderr.contains("p.yaml:4: test 1: `options.transform` has no equivalent"),
        "{ran}"
    );
    assert_eq!(verdicts(&project, "tests-1"), pairs(&[("test-1", "none")]));
    assert_eq!(verdicts(&project, "tests-2"), pairs(&[("test-2", "pass")]));
}

#[test]
fn tests_and_prompts_come_from_files_patterns_and_scenarios() {
    let project = imported(&[
        (
            "p.yaml",
            "prompts: ['file://prompts/*.txt']\nproviders: [echo]\ndefaultTest: file://default.yaml\n\
             tests: ['file://cases/*.yaml']\nscenarios:\n- config:\n  - vars: {town: Rom}\n  - vars: {town: Ulm}\n  \
             tests:\n  - {vars: {verb: leave}, assert: [{type: contains, value: 'leave Ulm'}]}\n",
        ),
        ("prompts/one.txt", "1: {{verb}} {{town}}{{nothing}}\n---\n2: {{verb}} {{town}} {{law}}\n"),
        (
            "default.yaml",
            "vars: {verb: see, law: 'file://law.sql'}\nassert: [{type: not-contains, value: Bonn}]\n",
        ),
        ("law.sql", "select 1;\n"),
        ("cases/a.yaml", "- vars: {town: Bonn}\n- vars: {town: Rom}\n"),
        ("cases/b.yaml", "vars: {town: Ulm}\n"),
    ]);
    let expected =
        [("test-1", "fail"), ("test-2", "pass"), ("test-3", "pass"), ("test-4", "fail"), ("test-5", "pass")];
    assert_eq!(verdicts(&project, "tests-prompt-1"), pairs(&expected));
    assert_eq!(verdicts(&project, "tests-prompt-2"), pairs(&expected));
    assert!(project.read("out/datasets/tests-prompt-2.jsonl").contains("2: see Bonn select 1;"));
}
