//! Suites opened and run from a program, without the command.

use std::sync::{Arc, Mutex};

use evenhand::ErrorKind;
use evenhand::suite::{
    CalibrateEnd, CalibrateOptions, Environment, Exit, LabelGuesses, LabelPlanOptions, Project as Suites,
    Resume, RunEvent, RunOptions, ScoreEvent, ScoreOptions, Spending,
};

use crate::support::mock::Mock;
use crate::support::project::{Project, json_lines};

/// Nothing of this process: what a test sets elsewhere does not reach it.
fn nothing() -> Environment {
    Environment::of([("", ""); 0])
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn a_program_runs_a_suite_and_the_command_goes_on_from_its_folder() {
    let mock = Mock::fair();
    let project = Project::judged_at(&mock.url("/v1"));
    let messages = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&messages);
    let environment = nothing().with_messages(move |message| heard.lock().unwrap().push(message.to_owned()));
    let suites = Suites::open(project.path("evenhand.toml"), environment).unwrap();
    assert_eq!(suites.suites().collect::<Vec<_>>(), ["polite"]);
    let mut events = Vec::new();
    let run = runtime().block_on(async {
        let options = RunOptions { limit: Some(4), ..RunOptions::default() };
        suites.suite("polite").unwrap().run(options, |event| events.push(said(&event))).await.unwrap()
    });
    assert_eq!((events.first().unwrap().as_str(), events.last().unwrap().as_str()), ("started 4", "ended"));
    assert_eq!((run.summary().scored.count, run.summary().scored.n, run.exit()), (4, 4, Exit::Success));
    assert_eq!(run.outcomes().unwrap().len(), 4);
    let messages = messages.lock().unwrap().join("\n");
    assert!(messages.contains("base_url in evenhand.toml"), "{messages}");
    // The same folder, the same requests: the command has nothing left to ask.
    let before = mock.requests().len();
    let command = project.evenhand(&["run", "polite", "--limit", "4", "--resume"]);
    assert_eq!((command.code, mock.requests().len()), (0, before), "{command}");
}

fn said(event: &RunEvent<'_>) -> String {
    match event {
        RunEvent::Started { records, .. } => format!("started {records}"),
        RunEvent::Settled(outcome) => outcome.id.clone(),
        RunEvent::Ended(_) => "ended".into(),
        _ => "other".into(),
    }
}

#[test]
fn what_the_command_left_is_gone_on_with_by_a_program() {
    let mock = Mock::fair();
    let project = Project::judged_at(&mock.url("/v1"));
    let ran = project.evenhand(&["run", "polite", "--max-calls", "2"]);
    assert_eq!(ran.code, 5, "{ran}");
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let options = RunOptions { resume: Resume::Last, ..RunOptions::default() };
    let run = runtime().block_on(suites.suite("polite").unwrap().run(options, |_| {})).unwrap();
    assert_eq!((run.summary().scored.count, run.summary().records), (6, 6));
    assert_eq!(mock.requests().len(), 6, "nothing is asked twice");
}

#[test]
fn keys_come_from_the_given_variables_alone() {
    let mock = Mock::fair();
    let models = format!(
        "[models.judge]\nmodel = \"openai/m\"\nbase_url = \"{}\"\napi_key_env = \"MY_KEY\"\n",
        mock.url("/v1")
    );
    let project = Project::polite(&models);
    let ask = |environment| {
        let suites = Suites::open(project.path("evenhand.toml"), environment).unwrap();
        let options = RunOptions { limit: Some(1), ..RunOptions::default() };
        runtime().block_on(suites.suite("polite").unwrap().run(options, |_| {})).unwrap();
        mock.requests().last().unwrap().header("authorization").map(str::to_owned)
    };
    assert_eq!(ask(Environment::of([("MY_KEY", "k-1")])).as_deref(), Some("Bearer k-1"));
}

#[test]
fn what_is_wrong_is_an_error_with_its_remedy() {
    let project = Project::judged_at("http://127.0.0.1:1/v1");
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let unknown = suites.suite("polit").err().unwrap();
    assert_eq!((unknown.kind(), unknown.to_string().contains("polit")), (ErrorKind::Usage, true));
    let empty = RunOptions { filters: vec!["id=nobody".into()], ..RunOptions::default() };
    let error = runtime().block_on(suites.suite("polite").unwrap().run(empty, |_| {})).unwrap_err();
    assert!(format!("{error:#}").contains("no record of"), "{error:#}");
}

#[test]
fn a_program_holds_a_judge_against_labels_as_the_command_does() {
    let mock = Mock::fair();
    let project = Project::judged_at(&mock.url("/v1"));
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let calibrate = |options| {
        let suite = suites.suite("polite").unwrap();
        runtime().block_on(suite.calibrate(options, |_| {})).unwrap()
    };
    let budget = Spending { calls: Some(2), ..Spending::default() };
    let options = CalibrateOptions { run: RunOptions { budget, ..RunOptions::default() }, ..usual() };
    let CalibrateEnd::Unfinished(run) = calibrate(options) else { panic!("two calls are not enough") };
    assert_eq!((run.exit(), run.summary().scored.count), (Exit::Budget, 2));
    let run = RunOptions { resume: Resume::Last, ..RunOptions::default() };
    let CalibrateEnd::Calibrated(calibrated) = calibrate(CalibrateOptions { run, ..usual() }) else {
        panic!("nothing limits it")
    };
    assert_eq!((calibrated.exit(), mock.requests().len()), (Exit::Success, 6));
    assert_eq!(calibrated.page().counts.labelled, 6);
    let folder = calibrated.folder().display().to_string();
    let command = project.evenhand(&["calibrate", "polite", "--from", &folder, "--json"]);
    let page = serde_json::to_value(calibrated.page()).unwrap();
    assert_eq!(json_lines(&command.stdout)[0]["page"], page, "{command}");
    // Six labels are enough to plan by, and too few for a map.
    let plan = calibrated.plan(LabelPlanOptions::default()).unwrap();
    let command = project.evenhand(&["calibrate", "polite", "--from", &folder, "--plan", "--json"]);
    assert_eq!(json_lines(&command.stdout)[0]["plan"], serde_json::to_value(plan).unwrap(), "{command}");
    let refused = calibrated.write(None).unwrap_err();
    assert!(refused.to_string().contains("there is no calibration to write"), "{refused}");
}

fn usual() -> CalibrateOptions {
    CalibrateOptions::default()
}

#[test]
fn guesses_that_are_no_shares_make_no_plan() {
    let guesses = |rate| LabelGuesses { sensitivity: 0.9, specificity: 0.8, rate };
    let plan = guesses(0.5).plan(LabelPlanOptions::default()).unwrap();
    assert_eq!((plan.pilot.judged, plan.pilot.sensitivity), (1000, 0.9));
    let error = guesses(1.5).plan(LabelPlanOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.to_string().contains("rate 1.5")), (ErrorKind::Usage, true));
}

#[test]
fn a_program_sees_the_requests_that_the_command_prints() {
    let mock = Mock::fair();
    let project = Project::judged_at(&mock.url("/v1"));
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let suite = suites.suite("polite").unwrap();
    let requests = |record| runtime().block_on(suite.requests(record));
    let command = project.evenhand(&["prompt", "polite", "--record", "r4", "--json"]);
    let printed: serde_json::Value = serde_json::from_str(&command.stdout).unwrap();
    let asked = requests(Some("r4")).unwrap();
    assert_eq!((asked.len(), printed["key"].as_str()), (1, Some(asked[0].request.key().0.as_str())));
    assert!(asked[0].request.messages.iter().any(|message| message.content.contains("shut the door")));
    assert_ne!(requests(None).unwrap()[0].request.key(), asked[0].request.key(), "the first record is r1");
    let unknown = requests(Some("r7")).unwrap_err();
    assert!(unknown.to_string().contains("there is no record \"r7\""), "{unknown}");
    assert_eq!(mock.requests().len(), 0);
}

#[test]
fn a_program_scores_judgments_that_are_made_already() {
    let project = Project::empty();
    project.write(
        "evenhand.toml",
        "[scores.said]\nreplies = \"said.jsonl\"\njudge = \"ann\"\nlabel = \"label\"\nlabels = [\"yes\", \"no\"]\n\
         on_fault = \"skip\"\n[scores.said.read]\nvalue = \"verdict\"\n",
    );
    project.write(
        "said.jsonl",
        "{\"id\": \"a\", \"verdict\": \"yes\", \"label\": \"yes\"}\n{\"id\": \"b\", \"verdict\": \"no\", \"label\": \"yes\"}\nno JSON\n",
    );
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let mut events = Vec::new();
    let score = |name: &str, events: &mut Vec<String>| {
        suites.score(name, &ScoreOptions::default(), |event| {
            events.push(match event {
                ScoreEvent::Settled(outcome) => outcome.id.clone(),
                ScoreEvent::LeftOut(fault) => format!("line {}", fault.line),
                ScoreEvent::Ended(run) => format!("{} ended", run.summary().model),
                _ => "other".into(),
            });
        })
    };
    let runs = score("said", &mut events).unwrap();
    assert_eq!(events, ["a", "b", "line 3", "ann ended"]);
    assert_eq!((runs.len(), runs[0].exit(), runs[0].summary().skipped), (1, Exit::Success, 1));
    assert!(runs[0].folder().unwrap().join("journal.jsonl").exists());
    assert_eq!(score("sayd", &mut events).unwrap_err().kind(), ErrorKind::Usage);
}
