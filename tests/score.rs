//! `evenhand score`: judgments that are made already, from the file to the report.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::project::Project;

/// Six pairs with the answer that is better.
const PAIRS: [(&str, &str); 6] =
    [("p1", "1"), ("p2", "2"), ("p3", "1"), ("p4", "2"), ("p5", "1"), ("p6", "2")];

/// What a judge said of them in both orders. It names the places it sees.
const SAID: [(&str, &str, &str); 6] = [
    ("p1", "Output (a) is better.", "Output (b) is better."),
    ("p2", "Output (b) is better.", "Output (a) is better."),
    ("p3", "Output (a) is better.", "Output (a) is better."),
    ("p4", "Output (a), not Output (b), is better.", "Output (b) is better."),
    ("p5", "I cannot say.", "Output (b) is better."),
    ("p6", "I cannot say.", "Nor now."),
];

const PAIR_TOML: &str = r#"
[scores.pairs]
id = "item"
judge = "mock-judge"
dataset = "items.jsonl"
label = "better"
max_unscored = 0.5

[scores.pairs.pair]
first = "1"
second = "2"
orders = ["ab", "ba"]

[scores.pairs.read]
text = "said.{order}"
patterns = [
    { label = "1", regex = 'Output \(a\)' },
    { label = "2", regex = 'Output \(b\)' },
]
"#;

fn lines(lines: impl IntoIterator<Item = Value>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

fn items() -> String {
    lines(PAIRS.map(|(id, better)| json!({"id": id, "better": better})))
}

fn pairs() -> Project {
    let project = Project::empty();
    project.write("evenhand.toml", PAIR_TOML);
    project.write("items.jsonl", items());
    project.write(
        "said.jsonl",
        lines(SAID.map(|(id, ab, ba)| json!({"item": id, "said": {"ab": ab, "ba": ba}}))),
    );
    project
}

/// The same project with one text of its configuration replaced.
fn pairs_with(before: &str, after: &str) -> Project {
    let project = pairs();
    assert!(PAIR_TOML.contains(before));
    project.write("evenhand.toml", PAIR_TOML.replace(before, after));
    project
}

/// A project with one table of scores and its file.
fn plain(toml: &str, replies: impl IntoIterator<Item = Value>) -> Project {
    let project = Project::empty();
    project.write("evenhand.toml", toml);
    project.write("said.jsonl", lines(replies));
    project
}

#[test]
fn pairs_in_both_orders_from_raw_text() {
    let project = pairs();
    assert_snapshot!(project.evenhand(&["score", "said.jsonl"]));
    let journal = project.journal();
    assert_eq!(journal.len(), 6);
    assert_eq!(journal[0]["orders"][1], json!({"order": "ba", "swapped": true, "label": "1"}));
    assert_eq!(journal[0]["attempts"][0]["response"]["text"], "Output (a) is better.");
    let head: Value =
        serde_json::from_str(&std::fs::read_to_string(project.last_run().join("run.json")).unwrap()).unwrap();
    assert_eq!((&head["suite"], &head["model"]), (&json!("pairs"), &json!("mock-judge")));
}

#[test]
fn the_same_pairs_with_an_order_on_each_line_give_the_same_numbers() {
    let one_line = pairs().evenhand(&["score", "said.jsonl", "--json"]).timeless_summary();
    let project = pairs_with("orders = [\"ab\", \"ba\"]", "orders = [\"ab\", \"ba\"]\norder = \"order\"");
    project.write("evenhand.toml", project.read("evenhand.toml").replace("said.{order}", "text"));
    // All of one order first: a pair is complete only when its other order comes.
    let of = |order: &'static str| {
        SAID.map(
            |(id, ab, ba)| json!({"item": id, "order": order, "text": if order == "ab" { ab } else { ba }}),
        )
    };
    project.write("said.jsonl", lines(of("ba").into_iter().chain(of("ab"))));
    let mut two_lines = project.evenhand(&["score", "said.jsonl", "--json"]).timeless_summary();
    assert_eq!(two_lines["replies"]["lines"], 12);
    two_lines["replies"]["lines"] = one_line["replies"]["lines"].clone();
    assert_eq!(one_line, two_lines);
}

#[test]
fn an_order_that_never_comes_is_unscored_and_not_wrong() {
    let project = pairs_with("orders = [\"ab\", \"ba\"]", "orders = [\"ab\", \"ba\"]\norder = \"order\"");
    project.write("evenhand.toml", project.read("evenhand.toml").replace("said.{order}", "text"));
    let said = SAID.map(|(id, ab, _)| json!({"item": id, "order": "ab", "text": ab}));
    project.write("said.jsonl", lines(said));
    let ran = project.evenhand(&["score", "said.jsonl", "--json"]);
    assert_eq!(ran.code, 3, "{ran}");
    let summary = ran.timeless_summary();
    assert_eq!(summary["unscored"]["subject"], 4);
    assert_eq!(
        summary["pairs"]["orders"][0]["correct"],
        json!({"rate": 0.75, "count": 3, "n": 4, "interval": summary["pairs"]["orders"][0]["correct"]["interval"]})
    );
}

#[test]
fn lines_for_machines_are_in_the_order_of_the_file() {
    let ran = pairs().evenhand(&["score", "said.jsonl", "--json"]);
    let (outcomes, summary) = ran.json();
    let ids: Vec<&str> = outcomes.iter().map(|line| line["outcome"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["p1", "p2", "p3", "p4", "p5", "p6"]);
    assert_eq!(summary["suite"], Value::Null);
    assert_eq!((&summary["ended"], &summary["format"]), (&json!("complete"), &json!(1)));
}

const NUMBERS: &str = r#"
[scores.numbers]
judge_fields = ["by.name"]
label = "human"
scale = { min = 1, max = 5 }
by = ["topic"]

[scores.numbers.read]
value = "score"
reasons = "why"
"#;

#[test]
fn numbers_by_two_judges_and_by_topic() {
    let line = |(id, topic, human, score): (u32, &str, Value, Value), judge: &str| json!({"id": id, "topic": topic, "human": human, "score": score, "by": {"name": judge}, "why": format!("because {id}")});
    let first = [
        (1, "tea", json!(1), json!(2)),
        (2, "tea", json!(2), json!("2.5")),
        (3, "tea", json!(4), json!(4)),
        (4, "rum", json!(5), json!(9)),
        (5, "rum", json!(3), json!("three")),
        (6, "rum", json!(null), json!(5)),
        (7, "rum", json!(5), json!(4.5)),
        (8, "tea", json!(2), json!(null)),
    ];
    let second = [(1, "tea", json!(1), json!(1)), (2, "rum", json!(5), json!(5))];
    let said = first.map(|l| line(l, "a")).into_iter().chain(second.map(|l| line(l, "b")));
    assert_snapshot!(plain(NUMBERS, said).evenhand(&["score", "said.jsonl"]));
}

#[test]
fn a_scale_from_0_to_1_has_no_levels_between() {
    let toml =
        "[scores.share]\nlabel = \"human\"\nscale = { min = 0, max = 1 }\nread = { value = \"score\" }\n";
    let lines = |pairs: &[(f64, f64)]| -> Vec<Value> {
        let line =
            |(id, (human, score)): (usize, &(f64, f64))| json!({"id": id, "human": human, "score": score});
        pairs.iter().enumerate().map(line).collect()
    };
    let wrong = [(1.0, 0.0), (0.0, 1.0), (1.0, 0.0), (0.0, 1.0), (1.0, 0.0)];
    let between = [(0.9, 0.73), (0.2, 0.31), (0.55, 0.5), (0.1, 0.05)];
    assert_snapshot!(plain(toml, lines(&wrong)).evenhand(&["score", "said.jsonl"]));
    assert_snapshot!(plain(toml, lines(&between)).evenhand(&["score", "said.jsonl"]));
    let project = plain(toml, lines(&wrong));
    project.evenhand(&["score", "said.jsonl"]);
    project.evenhand(&["report", "--json", "report.json"]);
    let report = project.read("report.json");
    assert!(!report.contains("within_one_level") && report.contains("same_level"), "{report}");
    let three =
        "[scores.three]\nlabel = \"human\"\nscale = { min = 1, max = 3 }\nread = { value = \"score\" }\n";
    let ran = plain(three, lines(&[(1.0, 3.0), (2.0, 2.0)])).evenhand(&["score", "said.jsonl"]).to_string();
    assert!(ran.contains("within one level 50.0 % (1 of 2"), "{ran}");
}

#[test]
fn a_distribution_of_named_verdicts_and_several_people() {
    let toml = r#"
[scores.named]
labels = ["yes", "no", "unsure"]
worth = { yes = 1.0, no = 0.0 }

[scores.named.people]
fields = ["ann", "bob", "cyd"]
tied = "unsure"

[scores.named.read]
distribution = "p"
"#;
    let said = [
        json!({"id": "a", "ann": "yes", "bob": "yes", "cyd": "no", "p": {"yes": 0.6, "no": 0.2}}),
        json!({"id": "b", "ann": "no", "bob": "no", "cyd": null, "p": {"no": 1.0}}),
        json!({"id": "c", "ann": "no", "bob": "yes", "cyd": null, "p": {"unsure": 0.9, "no": 0.1}}),
        json!({"id": "d", "ann": "yes", "bob": "yes", "cyd": "yes", "p": {"maybe": 1.0}}),
        json!({"id": "e", "ann": "yes", "bob": "no", "cyd": "no", "p": {"yes": 0.0, "no": 0.0}}),
    ];
    let toml = toml.replace("[scores.named]\n", "[scores.named]\nmax_unscored = 0.5\n");
    assert_snapshot!(plain(&toml, said).evenhand(&["score", "said.jsonl"]));
}

#[test]
fn json_answers_are_read_as_a_signature_says() {
    let project = Project::polite("");
    project.write(
        "evenhand.toml",
        "[scores.polite]\ndataset = \"polite.jsonl\"\nlabel = \"label\"\nmax_unscored = 0.5\n\n[scores.polite.read]\ntext = \"raw\"\nsignature = \"polite\"\n",
    );
    let raw = [
        r#"{"reasoning": "It says please.", "verdict": "yes"}"#,
        r#"Sure! ```json {"reasoning": "It is rude", "verdict": "no",} ```"#,
        r#"{"reasoning": "It says please.", "verdict": "maybe"}"#,
        "yes",
    ];
    project.write(
        "said.jsonl",
        lines(raw.iter().zip(1..).map(|(raw, n)| json!({"id": format!("r{n}"), "raw": raw}))),
    );
    assert_snapshot!(project.evenhand(&["score", "said.jsonl"]));
    let repaired: Vec<usize> = project
        .journal()
        .iter()
        .map(|line| line["attempts"][0]["repairs"].as_array().map_or(0, Vec::len))
        .collect();
    assert!(repaired[0] == 0 && repaired[1] > 0, "{repaired:?}");
}

#[test]
fn equal_scores_are_never_right_in_both_orders() {
    let toml = r#"
[scores.rated]
label = "better"

[scores.rated.pair]
first = "1"
second = "2"
orders = ["ab", "ba"]
swapped = "mapped"

[scores.rated.read]
compare = ["s1", "s2"]
equal = "second"
"#;
    let said = [
        json!({"id": "a", "better": "1", "s1": "7", "s2": 3}),
        json!({"id": "b", "better": "2", "s1": 5, "s2": 5}),
        json!({"id": "c", "better": "1", "s1": 5, "s2": 5}),
    ];
    let ran = plain(toml, said).evenhand(&["score", "said.jsonl", "--json"]);
    let pairs = &ran.timeless_summary()["pairs"];
    assert_eq!((&pairs["all_correct"]["count"], &pairs["consistent"]["count"]), (&json!(1), &json!(1)));
    let right = [0, 1].map(|order| pairs["orders"][order]["correct"]["count"].as_u64().unwrap());
    assert_eq!(right, [2, 2]);
}

#[test]
fn each_persons_label_counts_once_and_repeats_are_records_of_their_own() {
    let toml = r#"
[scores.each]
repeat = "draw"
scale = { min = 0, max = 10 }

[scores.each.people]
fields = ["people"]
names = ["x", "y"]
rule = "each"

[scores.each.read]
value = "score"
"#;
    let said = [
        json!({"id": "a", "draw": 1, "people": [1, 3], "score": 2}),
        json!({"id": "a", "draw": 2, "people": [1, 3], "score": 3}),
        json!({"id": "b", "draw": 1, "people": [9, null], "score": 8}),
    ];
    let ran = plain(toml, said).evenhand(&["score", "said.jsonl", "--json"]);
    let (outcomes, summary) = ran.json();
    let ids: Vec<&str> = outcomes.iter().map(|line| line["outcome"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a#1#1", "a#1#2", "a#2#1", "a#2#2", "b#1#1"]);
    assert_eq!(summary["summary"]["people"]["items"], 1);
}

#[test]
fn a_second_file_needs_its_table_named() {
    let project = pairs();
    project.add("evenhand.toml", NUMBERS);
    assert_snapshot!(project.evenhand(&["score", "said.jsonl"]));
    assert_snapshot!(project.evenhand(&["score", "--suite", "pears"]));
    assert_snapshot!(project.evenhand(&["score", "--suite", "pairs"]));
}

#[test]
fn a_file_that_is_not_there() {
    assert_snapshot!(pairs().evenhand(&["score", "sayd.jsonl"]));
}

#[test]
fn a_field_that_is_not_there() {
    assert_snapshot!(pairs_with("said.{order}", "said.{order}.raw").evenhand(&["score", "said.jsonl"]));
}

#[test]
fn a_label_field_that_is_not_there() {
    assert_snapshot!(pairs_with("\"better\"", "\"beter\"").evenhand(&["score", "said.jsonl"]));
}

#[test]
fn what_is_wrong_with_a_table_is_said_all_at_once() {
    let project = pairs_with("regex = 'Output \\(a\\)'", "regex = 'Output (a'");
    let toml = project.read("evenhand.toml");
    let toml =
        toml.replace("label = \"2\", regex", "label = \"3\", regex").replace("said.{order}", "said.ab");
    project.write("evenhand.toml", toml.replace("max_unscored = 0.5", "max_unscored = 5\nlables = [\"1\"]"));
    assert_snapshot!("keys", project.evenhand(&["score", "said.jsonl"]));
    project.write("evenhand.toml", toml);
    assert_snapshot!("sense", project.evenhand(&["score", "said.jsonl"]));
}

#[test]
fn a_label_that_is_no_verdict() {
    let project = pairs();
    project.write("items.jsonl", items().replace("\"p4\",\"better\":\"2\"", "\"p4\",\"better\":\"B\""));
    assert_snapshot!(project.evenhand(&["score", "said.jsonl"]));
}

#[test]
fn an_id_that_stands_twice() {
    let project = pairs();
    project.add("said.jsonl", project.read("said.jsonl").lines().next().unwrap());
    assert_snapshot!(project.evenhand(&["score", "said.jsonl"]));
}

#[test]
fn half_a_line_ends_the_command_or_is_left_out() {
    let project = pairs();
    project.add("said.jsonl", "{\"item\": \"p7\", \"said\": {\"ab\": \"Outp");
    assert_snapshot!("stop", project.evenhand(&["score", "said.jsonl"]));
    assert!(!project.has(".evenhand"), "nothing is begun before everything was read");
    project.write(
        "evenhand.toml",
        PAIR_TOML.replace("label = \"better\"", "label = \"better\"\non_fault = \"skip\""),
    );
    let ran = project.evenhand(&["score", "said.jsonl", "--json"]);
    assert_eq!(ran.timeless_summary()["skipped"], 1);
    assert!(ran.stderr.contains("left out: replies line 7"), "{ran}");
}

#[test]
fn ids_that_meet_nothing_and_filters_that_leave_nothing() {
    let project = pairs();
    project.write("items.jsonl", items().replace("\"p", "\"q"));
    assert_snapshot!("ids", project.evenhand(&["score", "said.jsonl"]));
    assert_snapshot!("filters", pairs().evenhand(&["score", "said.jsonl", "--filter", "item=x*"]));
    let project = pairs();
    project.write("said.jsonl", "");
    assert_snapshot!("empty", project.evenhand(&["score", "said.jsonl"]));
}

#[test]
fn lines_about_other_ids_and_records_without_a_line_are_told() {
    let project = pairs();
    project.write("items.jsonl", items().replace("\"p1\"", "\"q1\""));
    let summary = project.evenhand(&["score", "said.jsonl", "--json"]).timeless_summary();
    assert_eq!(summary["replies"]["unknown_examples"], json!(["p1"]));
    assert_eq!(summary["replies"]["unanswered_examples"], json!(["q1"]));
    assert_eq!(summary["records"], 5);
}

#[test]
fn too_many_without_a_verdict() {
    let ran = pairs_with("max_unscored = 0.5\n", "").evenhand(&["score", "said.jsonl"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("too many records are unscored"), "{ran}");
}
