//! Records ranked within groups by the judge's scores, against graded labels.

use std::fs;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::Mock;
use crate::support::project::{Project, openai};
use crate::support::server::{Reply, openai_answer};

const GRADE: &str = "instruction = \"How well does the passage answer the query?\"\n[inputs.passage]\n\
                     [outputs.grade]\ntype = \"integer\"\nmin = 0\nmax = 3\n[score]\nfield = \"grade\"\n";

/// Query, label, and the level that the judge will give; 9 for a judge that cannot.
const RECORDS: [(&str, u8, u8); 15] = [
    ("a", 3, 3),
    ("a", 2, 3),
    ("a", 0, 1),
    ("a", 1, 0),
    ("b", 0, 2),
    ("b", 1, 1),
    ("b", 2, 1),
    ("b", 3, 1),
    ("c", 0, 1),
    ("c", 0, 1),
    ("c", 3, 1),
    ("nothing is relevant", 0, 2),
    ("nothing is relevant", 0, 1),
    ("alone", 3, 3),
    ("a", 3, 9),
];

fn ranked(server: &Mock, suite: &str) -> Project {
    let project = Project::empty();
    let models = openai(&server.url("/v1"));
    let head = "[suites.search]\nsignature = \"grade\"\ndataset = \"search.jsonl\"\nmax_unscored = 0.5\nretries = 0\n";
    project.write("evenhand.toml", format!("default_model = \"judge\"\n\n{models}\n{head}{suite}"));
    project.write("signatures/grade.toml", GRADE);
    let lines = RECORDS.iter().enumerate().map(|(at, (query, label, level))| {
        let passage = format!("Passage {at}, level {level}.");
        json!({"id": format!("p{at}"), "query": query, "passage": passage, "label": label}).to_string()
    });
    let strays = [
        json!({"id": "stray", "passage": "level 2", "label": 2}),
        json!({"id": "open", "query": "a", "passage": "level 2"}),
    ];
    let lines: Vec<String> = lines.chain(strays.map(|line| line.to_string())).collect();
    project.write("search.jsonl", lines.join("\n"));
    project
}

fn judge() -> Mock {
    Mock::new(|request| {
        let said = request.body["messages"].to_string();
        let level = (0..=3).find(|level| said.contains(&format!("level {level}")));
        level.map_or_else(|| Reply::status(400), |level| openai_answer(&format!("{{\"grade\":{level}}}")))
    })
}

/// scikit-learn 1.9.1, `ndcg_score`, the mean of queries a, b and c.
#[test]
fn ndcg_is_that_of_scikit_learn() {
    let server = judge();
    let table = |keys: &str| format!("label = \"label\"\nranking = {{ group = \"query\"{keys} }}\n");
    let mut shown = Vec::new();
    for (keys, ndcg, by_chance) in [
        ("", 0.770_959_998_864_380_4, 0.774_712_410_400_420_4),
        (", k = 2", 0.598_808_652_797_376, 0.563_894_735_557_806_1),
        (", k = 3, gain = \"exponential\"", 0.673_324_399_501_604_3, 0.652_695_896_194_729_2),
    ] {
        let project = ranked(&server, &table(keys));
        let ran = project.evenhand(&["run", "--json-report", "report.json"]);
        let summary: Value =
            serde_json::from_str(&fs::read_to_string(project.last_run().join("summary.json")).unwrap())
                .unwrap();
        let found = &summary["summary"]["ranking"];
        assert!((found["ndcg"].as_f64().unwrap() - ndcg).abs() < 1e-12, "{keys}: {found}\n{ran}");
        assert!((found["by_chance"].as_f64().unwrap() - by_chance).abs() < 1e-12, "{keys}: {found}");
        assert_eq!((&found["groups"], &found["left_out"]), (&json!(3), &json!(2)));
        assert_eq!((&found["without_score"], &found["without_group"]), (&json!(1), &json!(1)));
        let report: Value = serde_json::from_str(&project.read("report.json")).unwrap();
        let figures = report["suites"][0]["figures"].as_array().unwrap();
        assert!(figures.iter().any(|figure| figure["name"] == "ndcg" && figure["n"] == 3), "{figures:?}");
        shown.push(ran);
    }
    assert_snapshot!(shown[0]);
}

/// The scores of the test above, made elsewhere: the same nDCG, whether the group is on the lines or in the dataset.
#[test]
fn judgments_that_were_made_elsewhere_are_ranked_too() {
    let table = "[scores.search]\nreplies = \"said.jsonl\"\nscale = { min = 0, max = 3 }\nlabel = \"label\"\nmax_unscored = 0.5\n\
                 ranking = { group = \"query\", k = 2 }\n[scores.search.read]\nvalue = \"level\"\n";
    let line = |at: usize, with_group: bool| {
        let (query, label, level) = RECORDS[at];
        let level = if level == 9 { Value::Null } else { json!(level) };
        let mut line = json!({"id": format!("p{at}"), "level": level, "label": label});
        if with_group {
            line["query"] = json!(query);
        }
        format!("{line}\n")
    };
    let lines = |with_group| (0..RECORDS.len()).map(|at| line(at, with_group)).collect::<String>();
    let project = Project::empty();
    let ndcg = |table: &str, lines: String| {
        project.write("evenhand.toml", table);
        project.write("said.jsonl", lines);
        let ran = project.evenhand(&["score"]);
        assert_eq!(ran.code, 0, "{ran}");
        let path = project.last_run().join("summary.json");
        let summary: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        (summary["summary"]["ranking"].clone(), ran)
    };
    let (found, ran) = ndcg(table, lines(true));
    assert!((found["ndcg"].as_f64().unwrap() - 0.598_808_652_797_376).abs() < 1e-12, "{found}\n{ran}");
    assert_eq!((&found["groups"], &found["left_out"]), (&json!(3), &json!(2)));
    assert_eq!((&found["without_score"], &found["without_group"]), (&json!(1), &json!(0)));
    assert!(ran.stdout.contains("nDCG@2"), "{ran}");
    let with_dataset = table.replace("label =", "dataset = \"items.jsonl\"\nlabel =");
    project.write("items.jsonl", lines(true));
    assert_eq!(ndcg(&with_dataset, lines(false)).0, found);
    for (wrong, expected) in [
        (table.replace("label = \"label\"\n", ""), "a ranking is held against labels"),
        (
            table.replace("scale = { min = 0, max = 3 }", "pair = { first = \"a\", second = \"b\" }"),
            "this table is of pairs",
        ),
    ] {
        project.write("evenhand.toml", wrong);
        let ran = project.evenhand(&["score"]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains(expected), "{ran}");
    }
}

#[test]
fn a_ranking_needs_labels() {
    let server = judge();
    let project = ranked(&server, "ranking = { group = \"query\" }\n");
    assert_snapshot!(project.evenhand(&["run"]));
}
