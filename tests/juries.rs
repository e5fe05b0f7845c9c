//! Juries: several judges vote on one verdict.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::mock::{Mock, fair_answer};
use crate::support::project::Project;
use crate::support::requests::POLITE;
use crate::support::server::{Reply, openai_answer};

/// A judge that says the same of everything.
fn always(verdict: &'static str) -> Mock {
    Mock::new(move |_| openai_answer(&json!({"reasoning": "As ever.", "verdict": verdict}).to_string()))
}

/// A suite whose judge is a jury of a fair judge, one that says yes to everything, and a third.
fn project(servers: [&Mock; 3], jury: &str) -> Project {
    let project = Project::empty();
    let names = ["fair", "yes", "third"];
    let models = names.iter().zip(servers).map(|(name, server)| {
        let url = server.url("/v1");
        format!("[models.{name}]\nmodel = \"openai/{name}\"\nbase_url = \"{url}\"\ntransport_retries = 0\n\n")
    });
    let members =
        names.map(|name| format!("[[suites.polite.jury.members]]\nname = \"{name}\"\nmodel = \"{name}\"\n"));
    project.write(
        "evenhand.toml",
        format!(
            "{}[suites.polite]\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\nlabel = \"label\"\n\n\
             [suites.polite.jury]\n{jury}\n{}",
            models.collect::<String>(),
            members.concat()
        ),
    );
    project.write("signatures/polite.toml", POLITE);
    project.write("polite.jsonl", crate::support::project::records(6));
    project
}

/// The verdicts by record.
fn verdicts(journal: &[Value]) -> Vec<(&str, &str)> {
    let mut verdicts: Vec<(&str, &str)> = journal
        .iter()
        .map(|line| {
            let result = &line["result"];
            let verdict = result["scored"]["label"].as_str().or(result["unscored"]["reason"].as_str());
            (line["id"].as_str().unwrap(), verdict.unwrap())
        })
        .collect();
    verdicts.sort_unstable();
    verdicts
}

#[test]
fn the_verdict_of_most_counts_and_the_report_says_what_each_member_is_worth() {
    let (fair, yes, third) = (Mock::fair(), always("yes"), Mock::fair());
    let project = project([&fair, &yes, &third], "rule = \"majority\"");
    let ran = project.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    let journal = project.journal();
    // r4 is labelled yes, and says no please.
    let expected = [("r1", "yes"), ("r2", "no"), ("r3", "yes"), ("r4", "no"), ("r5", "yes"), ("r6", "no")];
    assert_eq!(verdicts(&journal), expected);
    let first = journal.iter().find(|line| line["id"] == "r2").unwrap();
    let score = &first["result"]["scored"];
    let parts: Vec<(&str, &str)> = score["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["name"].as_str().unwrap(), part["label"].as_str().unwrap()))
        .collect();
    assert_eq!(parts, [("fair", "no"), ("yes", "yes"), ("third", "no")]);
    assert!((score["confidence"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    let asked: Vec<(&str, &str)> = first["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| (attempt["part"].as_str().unwrap(), attempt["model"].as_str().unwrap()))
        .collect();
    assert_eq!(asked, [("fair", "openai/fair"), ("yes", "openai/yes"), ("third", "openai/third")]);
    assert_snapshot!(ran);
}

#[test]
fn a_member_that_fails_is_a_missing_vote_and_below_the_quorum_there_is_no_verdict() {
    let broken = || Mock::new(|_| Reply::status(400));
    let (fair, yes, third) = (Mock::fair(), always("yes"), broken());
    let one_fails = project([&fair, &yes, &third], "rule = \"majority\"");
    let ran = one_fails.evenhand(&["run"]);
    assert_eq!(ran.code, 0, "{ran}");
    let expected = [("r1", "yes"), ("r2", "tie"), ("r3", "yes"), ("r4", "tie"), ("r5", "yes"), ("r6", "tie")];
    assert_eq!(verdicts(&one_fails.journal()), expected, "of two votes each has one");
    let summary = &one_fails.evenhand(&["run", "--json"]).json().1["summary"];
    assert_eq!(
        (summary["undecided"].as_u64(), summary["juries"][0]["ties"]["count"].as_u64()),
        (Some(3), Some(3))
    );
    assert_eq!(summary["juries"][0]["members"][2]["voted"]["count"], 0);
    let two_fail = project([&fair, &third, &broken()], "rule = \"majority\"");
    let ran = two_fail.evenhand(&["run"]);
    assert_eq!(ran.code, 3, "{ran}");
    let unscored = two_fail.journal()[0]["result"]["unscored"]["detail"].as_str().unwrap().to_owned();
    assert!(unscored.starts_with("1 of 3 members voted, and 2 must; yes: "), "{unscored}");
    let lower = project([&fair, &third, &broken()], "quorum = 1");
    assert_eq!(lower.evenhand(&["run"]).code, 0);
}

#[test]
fn nobody_is_asked_whose_vote_could_change_nothing() {
    let (fair, yes, third) = (Mock::fair(), always("yes"), Mock::fair());
    let project = project([&fair, &yes, &third], "rule = \"majority\"\nearly_stop = true");
    let dry = project.evenhand(&["run", "--dry-run"]);
    assert!(dry.stdout.contains("6 records, 18 calls"), "{dry}");
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    // Where the first two agree, on r1, r3 and r5, the third is not asked.
    assert_eq!((fair.requests().len(), yes.requests().len(), third.requests().len()), (6, 6, 3));
    assert_eq!(ran.json().1["summary"]["juries"][0]["saved_votes"], 3);
    let expected = [("r1", "yes"), ("r2", "no"), ("r3", "yes"), ("r4", "no"), ("r5", "yes"), ("r6", "no")];
    assert_eq!(verdicts(&project.journal()), expected);
}

#[test]
fn a_jury_is_locked_replayed_and_one_member_changed_is_another_judge() {
    let (fair, yes, third) = (Mock::fair(), always("yes"), Mock::fair());
    let project = project([&fair, &yes, &third], "rule = \"majority\"");
    let locked = project.evenhand(&["golden", "lock", "polite", "--replies"]);
    assert_eq!(locked.code, 0, "{locked}");
    let golden: Value = serde_json::from_str(&project.read("golden/polite.json")).unwrap();
    let entry = &golden["models"]["openai/fair + openai/yes + openai/third"];
    let subject = &entry["fingerprints"]["subject"];
    assert!(entry["records"][0].get("parts").is_none(), "votes are not compared one by one: {entry}");
    assert_eq!(subject["judge model"], "fair: openai/fair; yes: openai/yes; third: openai/third");
    let calls = |mock: &Mock| mock.requests().len();
    let before = calls(&fair) + calls(&yes) + calls(&third);
    let checked = project.evenhand(&["check", "--replay"]);
    assert_eq!(checked.code, 0, "{checked}");
    assert_eq!(calls(&fair) + calls(&yes) + calls(&third), before);
    let unanimous = project.read("evenhand.toml").replace("\"majority\"", "\"mean\"");
    project.write("evenhand.toml", unanimous);
    let checked = project.evenhand(&["check", "--replay"]);
    assert_eq!(checked.code, 0, "{checked}");
    assert!(checked.stdout.contains("judge prompt"), "the rule is a part of the judge: {checked}");
}

#[test]
fn members_differ_in_signature_and_a_jury_stands_beside_checks() {
    let server = Mock::new(|request| openai_answer(&fair_answer(request)));
    let project = Project::judged_at(&server.url("/v1"));
    project.write("signatures/kind.toml", POLITE.replace("is polite", "is kind"));
    project.add(
        "evenhand.toml",
        "output = \"text\"\nlabel_values = { yes = \"pass\", no = \"fail\" }\n\n\
         [suites.polite.jury]\nmembers = [{ name = \"first\" }, { name = \"second\", signature = \"kind\" }]\n\n\
         [suites.polite.checks.short]\nkind = \"regex\"\npattern = \"^.{0,30}$\"\n",
    );
    let ran = project.evenhand(&["run", "--json"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert_eq!(server.requests().len(), 12);
    let journal = project.journal();
    let names: Vec<&str> = journal[0]["result"]["scored"]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["polite", "polite/first", "polite/second"]);
    assert_eq!(ran.json().1["summary"]["juries"][0]["judge"], "polite");
}

#[test]
fn what_no_jury_can_be_is_an_error_that_says_why() {
    let server = Mock::fair();
    let errors = [
        ("members = [{ name = \"only\" }]", "has less than 2 items"),
        (
            "rule = \"weighted\"\nmembers = [{ name = \"a\" }, { name = \"b\" }]",
            "the accuracy of a is not given",
        ),
        (
            "rule = \"mean\"\nearly_stop = true\nmembers = [{ name = \"a\" }, { name = \"b\" }]",
            "it cannot stop early",
        ),
        ("quorum = 3\nmembers = [{ name = \"a\" }, { name = \"b\" }]", "3 of them must vote"),
        ("members = [{ name = \"a\" }, { name = \"a\" }]", "two judges are called \"a\""),
        ("members = [{ name = \"a\", model = \"nobody\" }, { name = \"b\" }]", "there is no model `nobody`"),
        (
            "members = [{ name = \"a\", signature = \"relevance\" }, { name = \"b\" }]",
            "a gives other verdicts",
        ),
    ];
    for (jury, expected) in errors {
        let project = Project::judged_at(&server.url("/v1"));
        project.add("evenhand.toml", &format!("\n[suites.polite.jury]\n{jury}\n"));
        let ran = project.evenhand(&["run"]);
        assert_eq!(ran.code, 2, "{jury}: {ran}");
        assert!(ran.stderr.contains(expected), "{jury}: {ran}");
    }
    assert!(server.requests().is_empty());
}
