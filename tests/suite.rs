//! Suites opened and run from a program, without the command.

use std::sync::{Arc, Mutex};

use evenhand::suite::{
    CacheUse, Environment, Exit, Project as Suites, Resume, RunEvent, RunOptions, TuneEvent, TuneRequest,
};
use evenhand::{ErrorKind, optimizer};

use crate::support::mock::Mock;
use crate::support::project::Project;
use crate::tune::{needs_demos, project as tunable};

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

/// The records of the command's tests of tuning, and a judge that is fair once it is shown demos.
fn to_tune() -> (Mock, Project) {
    let mock = needs_demos();
    let project = tunable(&mock);
    (mock, project)
}

#[test]
fn a_program_tunes_a_suite_and_the_command_reports_it() {
    let (_mock, project) = to_tune();
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let better = project.path("signatures/better.toml");
    let request = TuneRequest { candidates: Some(3), write: Some(better.clone()), ..TuneRequest::default() };
    let mut steps = Vec::new();
    let listen = |event: TuneEvent<'_>| match event {
        TuneEvent::Started { expected, most, .. } => {
            assert!(0 < expected.calls && expected.calls <= most.calls, "{expected:?}, {most:?}");
            steps.push("started".to_owned());
        }
        TuneEvent::Search(_) => {}
        TuneEvent::BaselineJudged { done, .. } => steps.push(format!("baseline after {}", done > 0)),
        TuneEvent::Asked(spent) => steps.push(format!("asked {}", spent.calls)),
        TuneEvent::Found { page, .. } => steps.push(format!("found {}", page.best)),
        _ => steps.push("other".into()),
    };
    let tuned = runtime().block_on(suites.suite("polite").unwrap().tune(request, listen)).unwrap();
    let page = tuned.page().unwrap();
    assert_eq!((tuned.exit(), tuned.signature()), (Exit::Success, Some(better.as_path())));
    assert!(page.winner().is_some_and(|winner| winner.objective > page.standings[0].objective), "{page:?}");
    let spent = page.spent.unwrap().calls;
    let told = [
        "started".into(),
        "baseline after true".into(),
        format!("asked {spent}"),
        format!("found {}", page.best),
    ];
    assert_eq!(steps, told);
    // What the program got is what the command reads in the same folder.
    let report = project.evenhand(&["tune", "polite", "--report", "--json"]);
    let line: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(line["page"], serde_json::to_value(page).unwrap(), "{report}");
    assert_eq!(project.evenhand(&["signature", "check", "signatures/better.toml"]).code, 0);
}

#[test]
fn a_tuning_that_a_program_breaks_off_is_gone_on_with() {
    let (mock, project) = to_tune();
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let tune = |request: TuneRequest, stop_after: usize| {
        let (stop, mut judged) = (request.stop.clone(), 0);
        let listen = move |event: TuneEvent<'_>| {
            judged += usize::from(matches!(event, TuneEvent::Search(optimizer::Event::Judged { .. })));
            if judged == stop_after {
                stop.wish();
            }
        };
        runtime().block_on(suites.suite("polite").unwrap().tune(request, listen)).unwrap()
    };
    let request = || TuneRequest { candidates: Some(3), cache: CacheUse::Ignore, ..TuneRequest::default() };
    let broken_off = tune(request(), 5);
    assert_eq!((broken_off.exit(), broken_off.page()), (Exit::Interrupted, None));
    let before = mock.requests().len();
    assert!(before >= 5, "{before}");
    let whole = tune(TuneRequest { resume: true, ..request() }, usize::MAX);
    assert_eq!((whole.exit(), whole.folder()), (Exit::Success, broken_off.folder()));
    let asked: std::collections::BTreeSet<String> =
        mock.requests().iter().map(|request| request.body.to_string()).collect();
    assert_eq!(mock.requests().len(), asked.len(), "nothing is asked twice");
}
