//! A bench that is interrupted, and one of several strategies.

use serde_json::Value;

use crate::bench::{bench, calls, cell, flat, two_models};
use crate::support::mock::eventually;

fn measured(lines: &[Value]) -> Vec<(String, u64, String)> {
    let measured = lines.iter().filter(|line| line["phase"] == "measured");
    let key = |line: &Value| {
        let text = |name: &str| line[name].as_str().unwrap().to_owned();
        (text("cell"), line["round"].as_u64().unwrap(), text("record"))
    };
    measured.map(key).collect()
}

#[cfg(unix)]
#[test]
fn an_interrupt_reports_what_is_there_and_nothing_is_measured_twice() {
    let (_server, project) = two_models(8);
    let flags = ["--short-answers", "0", "--warm-up", "0"];
    let words =
        [&["bench", "polite", "--models", "sharp,blunt", "--repeats", "2"], flags.as_slice()].concat();
    let running = project.start(&words);
    let written = || {
        let folder = std::fs::read_dir(project.path(".evenhand/benches")).ok()?.next()?.ok()?.path();
        Some(std::fs::read_to_string(folder.join("calls.jsonl")).ok()?.matches("\"measured\"").count())
    };
    eventually("some records are measured", || written().is_some_and(|number| number >= 3));
    running.interrupt();
    let ran = running.ended();
    assert_eq!(ran.code, 130, "{ran}");
    assert!(ran.stderr.contains("interrupted; go on with: ") && ran.stderr.contains("--resume"), "{ran}");
    let text = flat(&ran);
    assert!(text.contains("are still to be judged"), "{ran}");
    let before = measured(&calls(&project));
    assert!((3..32).contains(&before.len()), "{}", before.len());
    let ended = bench(&project, &[flags.as_slice(), &["--resume"]].concat());
    assert_eq!(ended.code, 0, "{ended}");
    let mut after = measured(&calls(&project));
    assert_eq!((after.len(), &after[..before.len()]), (32, before.as_slice()));
    after.sort();
    after.dedup();
    assert_eq!(after.len(), 32, "each record once a cell and a round");
    assert!(!flat(&ended).contains("still to be judged"), "{ended}");
}

#[test]
fn strategies_by_models_are_a_matrix_and_what_was_not_measured_says_so() {
    let (_server, project) = two_models(6);
    let flags = ["--strategies", "direct,self_consistency:n=3", "--repeats", "1", "--short-answers", "0"];
    let ran = project.evenhand(&[&["bench", "polite", "--models", "sharp,blunt"], flags.as_slice()].concat());
    assert_eq!(ran.code, 0, "{ran}");
    let json: Value =
        serde_json::from_str(&project.evenhand(&["bench", "--from", "last", "--json"]).stdout).unwrap();
    let cells = json["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 4);
    let calls_of = |name: &str| {
        let own =
            calls(&project).into_iter().filter(|line| line["cell"] == name && line["phase"] == "measured");
        own.map(|line| line["calls"].as_array().unwrap().len()).collect::<Vec<usize>>()
    };
    assert_eq!(calls_of("sharp direct"), [1; 6]);
    assert_eq!(calls_of("sharp self_consistency:n=3"), [3; 6]);
    let tokens = |name: &str| cell(&json, name)["speed"]["tokens"][1].as_f64().unwrap();
    assert!((tokens("sharp self_consistency:n=3") / tokens("sharp direct") - 3.0).abs() < 1e-9);
    let matrix: Vec<String> = ran
        .stdout
        .lines()
        .skip_while(|line| *line != "strategies")
        .skip(1)
        .take(3)
        .map(|line| line.split_whitespace().collect::<Vec<&str>>().join(" "))
        .collect();
    assert_eq!(matrix[0], "strategy sharp blunt");
    assert!(matrix[1].starts_with("direct 1.00 in ") && matrix[1].contains(" 0.00 in "), "{matrix:?}");
    assert!(matrix[2].starts_with("self_consistency:n=3 1.00 in "), "{matrix:?}");
    // Two halves side by side leave places empty: sharp by one strategy, blunt by another.
    let lines: Vec<String> = calls(&project)
        .into_iter()
        .filter(|line| line["cell"] == "sharp direct" || line["cell"] == "blunt self_consistency:n=3")
        .map(|line| line.to_string() + "\n")
        .collect();
    let folder =
        std::fs::read_dir(project.path(".evenhand/benches")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(folder.join("calls.jsonl"), lines.concat()).unwrap();
    let half = flat(&project.evenhand(&["bench", "--from", "last"]));
    assert!(half.contains("direct 1.00 in") && half.matches("not measured here").count() == 2, "{half}");
}
