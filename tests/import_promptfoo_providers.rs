//! `evenhand import promptfoo`: models, programs and servers that make the outputs.

use std::process::Command;

use serde_json::{Value, json};

use crate::import_promptfoo::pairs;
use crate::support::mock::Mock;
use crate::support::project::Project;
use crate::support::server::{Reply, openai_answer};

fn imported(project: &Project) -> String {
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "deep/out"]);
    assert_eq!(ran.code, 0, "{ran}");
    ran.stdout
}

/// Verdicts of the project in `deep/out`.
fn verdicts_of(project: &Project, suite: &str) -> Vec<(String, String)> {
    let ran = project.evenhand(&["run", suite, "--config", "deep/out/evenhand.toml", "--json"]);
    let lines = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut found: Vec<(String, String)> = lines
        .filter(|line| line["type"] == "outcome")
        .map(|line| {
            let outcome = &line["outcome"];
            let result = &outcome["result"];
            let is = result["scored"]["label"].as_str().or(result["unscored"]["detail"].as_str());
            (outcome["id"].as_str().unwrap().to_owned(), is.unwrap().to_owned())
        })
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{ran}");
    found
}

/// Whether a program can be run here. Where checks are required it has to be.
#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn can_run(program: &str) -> bool {
    let can = Command::new(program).arg("--version").output().is_ok_and(|ran| ran.status.success());
    if !can {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing");
        eprintln!("skipped: {program} is missing");
    }
    can
}

#[test]
fn chat_prompts_and_settings_reach_the_model_as_they_are() {
    let server = Mock::new(|request| openai_answer(request.last_message()));
    let url = server.url("/v1");
    let project = Project::empty();
    project.write(
        "p.yaml",
        format!(
            "prompts:\n- {{id: file://chat.json, label: chat}}\n- |-\n  - role: system\n    content: Be brief.\n  - role: user\n    content: 'Say {{{{count}}}}'\n\
             providers:\n- id: openai:chat:m\n  prompts: [chat]\n  config: {{apiBaseUrl: '{url}', temperature: 0.3, max_completion_tokens: 9, \
             response_format: {{type: json_object}}, reasoning: {{effort: low}}, stop: [END]}}\n\
             - {{id: 'mistral:small', config: {{apiBaseUrl: '{url}', apiKey: '{{{{env.OWN_KEY}}}}'}}}}\n\
             tests:\n- {{vars: {{count: 3, word: \"a \\\"b\\\"\\nc\"}}, assert: [{{type: contains, value: 'a \"b\"'}}]}}\n"
        ),
    );
    project.write(
        "chat.json",
        r#"[{"role": "system", "content": "{{ word }}"}, {"role": "user", "content": "Repeat {{word}}"}]"#,
    );
    imported(&project);
    assert_eq!(verdicts_of(&project, "tests-prompt-1-subject_1"), pairs(&[("test-1", "pass")]));
    let body = server.requests().last().unwrap().body.clone();
    let wanted = json!([{"role": "system", "content": "a \"b\"\nc"}, {"role": "user", "content": "Repeat a \"b\"\nc"}]);
    assert_eq!(body["messages"], wanted);
    assert_eq!(
        (&body["temperature"], &body["reasoning_effort"], &body["stop"]),
        (&json!(0.3), &json!("low"), &json!(["END"]))
    );
    assert_eq!(body["response_format"], json!({"type": "json_object"}));
    let config = project.read("deep/out/evenhand.toml");
    assert!(config.contains("api_key_env = \"OWN_KEY\"") && config.contains("max_tokens = 9"), "{config}");
    // The first model is asked the prompt that it names, the second both.
    let suites: Vec<&str> =
        config.lines().filter(|line| line.starts_with("[suites.") && line.ends_with(".outputs]")).collect();
    assert_eq!(suites.len(), 3, "{config}");
    assert!(project.read("deep/out/datasets/tests-prompt-2.jsonl").contains(r#""content":"Say 3""#));
}

#[test]
fn settings_without_an_equivalent_and_keys_that_stand_in_the_file_are_listed() {
    let of = |config: &str| {
        let project = Project::empty();
        project.write("p.yaml", format!("prompts: [x]\nproviders: [{{id: 'openai:m', config: {config}}}]\n"));
        let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out", "--allow-partial"]);
        assert_eq!(ran.code, 0, "{ran}");
        // The first thing to do is to write the outputs.
        let first = ran.stdout.lines().find(|line| line.starts_with("First: ")).unwrap();
        assert!(
            first.contains("outputs/subject_1.jsonl")
                && first.contains(r#"{"id": "test-1", "output": "..."}"#),
            "{ran}"
        );
        ran.stderr
    };
    assert!(
        of("{tools: [x]}")
            .contains("p.yaml:2: provider 1: `config.tools` of provider `openai:m` has no equivalent")
    );
    let key = of("{apiKey: sk-123}");
    assert!(key.contains("apiKeyEnvar") && !key.contains("sk-123"), "{key}");
    assert!(of("{response_format: {type: json_schema}}").contains("`config.response_format`"));
}

#[test]
fn a_python_function_is_called_as_promptfoo_calls_it() {
    if !can_run("python3") {
        return;
    }
    let project = Project::empty();
    project.write(
        "p.yaml",
        "prompts: ['Say {{word}}']\nproviders:\n- {id: 'file://lib/agent.py:answer', label: one, config: {mark: '!'}}\n- 'python:lib/agent.py'\n\
         tests:\n- {vars: {word: é}, assert: [{type: equals, value: 'Say é! é'}]}\n- {vars: {word: stop}}\n",
    );
    project.write("lib/near.py", "def mark(options):\n    return options['config'].get('mark')\n");
    project.write(
        "lib/agent.py",
        "import near\nprint('loading')\nasync def answer(prompt, options, context):\n    print('noise')\n    \
         if context['vars']['word'] == 'stop':\n        return {'error': 'told to stop'}\n    \
         return {'output': prompt + near.mark(options) + ' ' + context['vars']['word']}\n\
         def call_api(prompt, options, context):\n    return {'output': {'b': [prompt, 1], 'a': None}}\n",
    );
    let told = imported(&project);
    assert!(told.contains("files in programs/ call it"), "{told}");
    assert_eq!(verdicts_of(&project, "tests-1-subject_1"), pairs(&[("test-1", "pass")]));
    let stopped = verdicts_of(&project, "tests-2-subject_1");
    assert!(stopped[0].1.contains("told to stop"), "{stopped:?}");
    let ran = project.evenhand(&["run", "tests-1-subject_2", "--config", "deep/out/evenhand.toml", "--json"]);
    assert!(ran.stdout.contains(r#"{\"b\":[\"Say é\",1],\"a\":null}"#), "{ran}");
}

#[test]
fn modules_commands_and_servers_are_called_by_node() {
    if !can_run("node") {
        return;
    }
    let server = Mock::new(|request| {
        assert_eq!(request.header("x-key"), Some("secret"));
        assert_eq!(request.body, json!({"text": "Say a \"b\"", "number": 3, "who": "me"}));
        Reply::json(json!({"said": [{"text": "from afar"}]}))
    });
    let project = Project::empty();
    project.write(
        "p.yaml",
        format!(
            "prompts: ['Say {{{{word}}}}']\nproviders:\n- {{id: file://m.mjs, config: {{mark: '!'}}}}\n- 'exec: sh \"say it.sh\" first'\n\
             - id: https\n  config:\n    url: '{}'\n    method: POST\n    headers: {{Content-Type: application/json, X-Key: '{{{{env.OWN_KEY}}}}'}}\n    \
             body: {{text: '{{{{prompt}}}}', number: '{{{{count}}}}', who: me}}\n    transformResponse: json.said[0].text\n  transform: output.toUpperCase()\n\
             tests:\n- {{vars: {{word: 'a \"b\"', count: 3}}, assert: [{{type: contains-any, value: ['Say a \"b\"!3', 'first|Say a \"b\"', 'FROM AFAR']}}]}}\n",
            server.url("/chat")
        ),
    );
    project.write(
        "m.mjs",
        "export default class Mine {\n  constructor(options) { this.mark = options.config.mark; console.log('noise'); }\n  id() { return 'mine'; }\n  \
         async callApi(prompt, context) { return { output: prompt + this.mark + context.vars.count }; }\n}\n",
    );
    project.write("say it.sh", "printf '  %s|%s\\n\\n' \"$1\" \"$2\"\n");
    imported(&project);
    for suite in ["tests-subject_1", "tests-subject_2"] {
        assert_eq!(verdicts_of(&project, suite), pairs(&[("test-1", "pass")]), "{suite}");
    }
    let words = ["run", "tests-subject_3", "--config", "deep/out/evenhand.toml"];
    let ran = project.evenhand_with(("OWN_KEY", "secret"), &words);
    assert_eq!(ran.code, 0, "{ran}");
    let unset = verdicts_of(&project, "tests-subject_3");
    assert!(unset[0].1.contains("OWN_KEY is not set"), "{unset:?}");
}

#[test]
fn a_program_that_is_not_there_is_named_and_what_it_cannot_say_is_listed() {
    let project = Project::empty();
    project.write(
        "p.yaml",
        "prompts: [x]\nproviders: ['file://far.py']\ntests:\n- assert: [{type: cost, threshold: 1}]\n",
    );
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out"]);
    assert!(
        ran.code == 2
            && ran.stderr.contains("test 1, assertion 1: an output that no model makes has no cost"),
        "{ran}"
    );
    project.write("p.yaml", "prompts: [x]\nproviders: ['file://far.py']\n");
    let ran = project.evenhand(&["import", "promptfoo", "p.yaml", "--to", "out"]);
    assert!(ran.code == 0 && ran.stdout.contains("First: put far.py beside p.yaml"), "{ran}");
    assert_ne!(project.evenhand(&["run", "--config", "out/evenhand.toml"]).code, 0);
}
