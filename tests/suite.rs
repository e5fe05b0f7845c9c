//! Suites opened and run from a program, without the command.

use std::sync::{Arc, Mutex};

use evenhand::ErrorKind;
use evenhand::suite::{Environment, Exit, Project as Suites, Resume, RunEvent, RunOptions};

use crate::support::mock::Mock;
use crate::support::project::Project;

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
