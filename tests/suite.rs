//! Suites opened and run from a program, without the command.

use std::sync::{Arc, Mutex};

use evenhand::ErrorKind;
use evenhand::golden::{Change, Conclusion, Verdict};
use evenhand::suite::{
    CacheUse, CalibrateEnd, CalibrateOptions, Environment, Exit, GoldenWrites, Project as Suites, Resume,
    RunEvent, RunOptions, ScoreEvent, ScoreOptions, Spending, TuneEvent, TuneRequest,
};

use serde_json::json;

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::{Project, json_lines};
use crate::support::server::{RecordedRequest, Reply, openai_answer};
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
    let report = suites.report([run.folder()]).unwrap();
    assert_eq!((report.csv().unwrap().lines().count(), report.markdown().contains("polite")), (5, true));
    assert!(suites.report([project.path("nowhere")]).is_err());
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
fn a_program_compares_two_runs_as_the_command_does() {
    let mock = Mock::fair();
    let project = Project::judged_at(&mock.url("/v1"));
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let run = |limit| {
        let options = RunOptions { limit: Some(limit), ..RunOptions::default() };
        let run = runtime().block_on(suites.suite("polite").unwrap().run(options, |_| {})).unwrap();
        run.folder().display().to_string()
    };
    let (old, new) = (run(3), run(5));
    let comparison = suites.compare(&old, &new).unwrap();
    assert_eq!((comparison.records, comparison.flips.len()), (3, 0));
    let command = project.evenhand(&["compare", &old, &new, "--json"]);
    let told = &json_lines(&command.stdout)[0]["comparison"];
    assert_eq!(*told, serde_json::to_value(&comparison).unwrap(), "{command}");
    assert_eq!(told["changed"], "nothing");
    assert!(suites.compare(&old, "nowhere").is_err());
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

/// A judge that is fair as long as it is asked whether the text is polite, and says no to all else.
fn by_prompt(request: &RecordedRequest) -> Reply {
    if request.body.to_string().contains("the text is polite") {
        return openai_answer(&fair_answer(request));
    }
    openai_answer(r#"{"reasoning":"It is not very polite.","verdict":"no"}"#)
}

/// Forty records, of which every second says please.
fn forty(project: &Project) {
    let text = |at: u32| if at.is_multiple_of(2) { "please wait" } else { "wait" };
    let line =
        |at| format!("{}\n", json!({"id": format!("r{at:02}"), "text": format!("r{at:02}: {}", text(at))}));
    project.write("polite.jsonl", (1..=40).map(line).collect::<String>());
    let config = project.read("evenhand.toml");
    project.write("evenhand.toml", config.replace("label = \"label\"\n", ""));
}

#[test]
fn what_a_program_locks_the_command_checks_and_a_changed_judge_is_a_regression_by_a_program() {
    let mock = Mock::new(by_prompt);
    let project = Project::judged_at(&mock.url("/v1"));
    forty(&project);
    let suites = Suites::open(project.path("evenhand.toml"), nothing()).unwrap();
    let polite = || suites.suite("polite").unwrap();
    let mut settled = 0;
    let lock = polite().lock(RunOptions::default(), |event| {
        settled += u32::from(matches!(event, RunEvent::Settled(_)));
    });
    let locked = runtime().block_on(lock).unwrap();
    assert_eq!((settled, locked.exit(), locked.run().summary().records), (40, Exit::Success, 40));
    let golden = project.read("golden/polite.json");
    assert_eq!(locked.file().map(std::fs::read_to_string).unwrap().unwrap(), golden);
    let command = project.evenhand(&["check"]);
    assert_eq!(command.code, 0, "{command}");
    let relocked = project.evenhand(&["golden", "lock", "polite"]);
    assert_eq!((relocked.code, project.read("golden/polite.json")), (0, golden.clone()), "the same bytes");

    let signature = project.read("signatures/polite.toml");
    project
        .write("signatures/polite.toml", signature.replace("the text is polite", "the text is very polite"));
    let checked = runtime().block_on(polite().check(RunOptions::default(), |_| {})).unwrap();
    assert_eq!((checked.conclusion(), checked.exit()), (Some(Conclusion::Regression), Exit::Quality));
    let diff = checked.diff().unwrap();
    assert_eq!((diff.verdict, diff.count(Change::Worse)), (Verdict::Regression, 20));
    assert_eq!(checked.run().outcomes().unwrap().len(), 40);
    assert_eq!(project.read("golden/polite.json"), golden, "it waits for a decision");
    let waits = project.evenhand(&["golden", "status"]);
    assert!(waits.stdout.contains("20 changed to decide about"), "{waits}");
    assert_eq!(project.evenhand(&["check"]).code, 1);
}

#[test]
fn a_program_in_ci_leaves_nothing_to_decide_and_a_run_that_broke_off_concludes_nothing() {
    let mock = Mock::new(by_prompt);
    let project = Project::judged_at(&mock.url("/v1"));
    forty(&project);
    let messages = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&messages);
    let ci = Environment::of([("CI", "true")])
        .with_messages(move |message| heard.lock().unwrap().push(message.to_owned()));
    let suites = Suites::open(project.path("evenhand.toml"), ci).unwrap();
    let polite = || suites.suite("polite").unwrap();
    let refused = runtime().block_on(polite().lock(RunOptions::default(), |_| {})).unwrap_err();
    assert!(refused.kind() == ErrorKind::Usage && mock.requests().is_empty(), "{refused:#}");
    let allowed = RunOptions { golden_writes: GoldenWrites::InCiToo, ..RunOptions::default() };
    let mut poor = allowed.clone();
    poor.budget.calls = Some(3);
    let unlocked = runtime().block_on(polite().lock(poor.clone(), |_| {})).unwrap();
    assert_eq!((unlocked.file(), unlocked.exit()), (None, Exit::Budget));
    assert!(!project.has("golden/polite.json"));
    let told = messages.lock().unwrap().join("\n");
    assert!(told.contains("polite is not locked: the run was not finished"), "{told}");
    let error = runtime().block_on(polite().check(RunOptions::default(), |_| {})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Golden, "{error:#}");

    runtime().block_on(polite().lock(allowed, |_| {})).unwrap();
    let signature = project.read("signatures/polite.toml");
    project
        .write("signatures/polite.toml", signature.replace("the text is polite", "the text is very polite"));
    poor.golden_writes = GoldenWrites::NotInCi;
    let broken_off = runtime().block_on(polite().check(poor, |_| {})).unwrap();
    assert_eq!((broken_off.conclusion(), broken_off.diff(), broken_off.exit()), (None, None, Exit::Budget));
    let checked = runtime().block_on(polite().check(RunOptions::default(), |_| {})).unwrap();
    assert_eq!(checked.exit(), Exit::Quality);
    assert!(!project.has("golden/polite.json.pending"), "nothing is written in CI");
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
        TuneEvent::Judged { .. } | TuneEvent::Dropped { .. } | TuneEvent::Finished { .. } => {}
        TuneEvent::BaselineJudged { done, .. } => steps.push(format!("baseline after {}", done > 0)),
        TuneEvent::Asked(spent) => steps.push(format!("asked {}", spent.calls)),
        TuneEvent::Found { page, .. } => steps.push(format!("found {}", page.best)),
        _ => steps.push("other".into()),
    };
    let tuned = runtime().block_on(suites.suite("polite").unwrap().tune(request, listen)).unwrap();
    let page = tuned.page().unwrap();
    assert_eq!((tuned.exit(), tuned.signature()), (Exit::Success, Some(better.as_path())));
    let figures = serde_json::to_value(page).unwrap();
    let objective = |place: usize| figures["standings"][place]["objective"].as_f64().unwrap();
    assert!(page.best > 0 && objective(page.best) > objective(0), "{figures}");
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
            judged += usize::from(matches!(event, TuneEvent::Judged { .. }));
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
    assert_eq!(calibrated.page().labelled(), 6);
    assert_eq!(calibrated.page().accuracy().map(|rate| (rate.count, rate.n)), Some((5, 6)));
    assert!(calibrated.page().kappa().is_some_and(|kappa| 0.0 < kappa.0 && kappa.0 < 1.0));
    let folder = calibrated.folder().display().to_string();
    let command = project.evenhand(&["calibrate", "polite", "--from", &folder, "--json"]);
    let page = serde_json::to_value(calibrated.page()).unwrap();
    assert_eq!(json_lines(&command.stdout)[0]["page"], page, "{command}");
    // Six labels are too few for a map.
    let refused = calibrated.write(None).unwrap_err();
    assert!(refused.to_string().contains("there is no calibration to write"), "{refused}");
}

fn usual() -> CalibrateOptions {
    CalibrateOptions::default()
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

#[test]
fn the_example_program_runs_a_suite() {
    let mock = Mock::fair();
    let project = Project::judged_at(&mock.url("/v1"));
    let tests = std::env::current_exe().unwrap();
    let program = tests.ancestors().nth(2).unwrap().join("examples/run_suite");
    let ran = std::process::Command::new(&program)
        .args([project.path(""), "polite".into()])
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo build --examples` makes it", program.display()));
    let out = String::from_utf8(ran.stdout).unwrap();
    let folder = project.last_run().display().to_string();
    assert_eq!(out.lines().collect::<Vec<_>>(), ["6 settled; 6 scored, 0 unscored", folder.as_str()]);
    assert!(String::from_utf8(ran.stderr).unwrap().contains("is asked at"), "which server is asked");
}
