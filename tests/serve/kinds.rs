//! Every kind of judge behind the server: texts, draws, repeats, juries, cascades, routes, and rubrics by criteria.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::{choice, distributions, serve};
use crate::support::client::{get, post};
use crate::support::decision::{decisions, questions};
use crate::support::mock::{Mock, fair_answer, material};
use crate::support::project::{Project, records};
use crate::support::requests::POLITE;
use crate::support::server::{Reply, openai_answer};

/// A judge that says the same of everything.
fn always(verdict: &'static str) -> Mock {
    Mock::new(move |_| openai_answer(&json!({"reasoning": "As ever.", "verdict": verdict}).to_string()))
}

/// The suite `polite` with models of these names, and more of its table.
fn polite(servers: &[(&str, &Mock)], settings: &str, tables: &str) -> Project {
    let project = Project::empty();
    let models = servers.iter().map(|(name, server)| {
        let url = server.url("/v1");
        format!(
            "[models.{name}]\nmodel = \"openai/{name}\"\nbase_url = \"{url}\"\ntransport_retries = 0\ntemperature = 1.0\n\n"
        )
    });
    let suite = "[suites.polite]\nsignature = \"polite\"\ndataset = \"polite.jsonl\"\nlabel = \"label\"\nretries = 0\n";
    let models: String = models.collect();
    project.write(
        "evenhand.toml",
        format!("default_model = \"{}\"\n\n{models}{suite}{settings}\n{tables}", servers[0].0),
    );
    project.write("signatures/polite.toml", POLITE);
    project.write("polite.jsonl", records(6));
    project
}

/// The probability of `yes` in OpenAI's form, by the choice and by the predicate.
fn yes(address: &str, text: &str) -> f64 {
    let answer = post(address, "/v1/decisions", &choice("polite", text));
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    let told = &body["answers"][0]["probabilities"];
    assert_eq!((&told[0]["value"], &told[1]["value"]), (&json!("no"), &json!("yes")), "{body}");
    let (no, yes) = (told[0]["probability"].as_f64().unwrap(), told[1]["probability"].as_f64().unwrap());
    assert!((no + yes - 1.0).abs() < 1e-9, "{body}");
    assert_eq!(body["answers"][1]["probability"].as_f64(), Some(yes));
    let state =
        json!({"model": "polite", "state": {"text": text}, "questions": {"verdict": {"type": "noul"}}});
    let noul = post(address, "/v1/systemone", &state).json()["answers"]["verdict"]["noul"].as_f64();
    assert_eq!(noul, Some(yes), "both forms say the same");
    yes
}

/// What the list of models says of the suite.
fn description(address: &str) -> String {
    let models = get(address, "/v1/models").json();
    assert_eq!(models["data"][0]["description"], models["models"][0]["description"]);
    models["models"][0]["description"].as_str().unwrap().to_owned()
}

#[test]
fn a_text_is_one_vote_for_its_verdict_and_the_list_of_models_says_so() {
    let server = Mock::fair();
    let project = polite(&[("judge", &server)], "", "");
    let (_running, address) = serve(&project, &[]);
    assert_eq!((yes(&address, "please wait"), yes(&address, "go away")), (1.0, 0.0));
    assert_eq!(server.requests().len(), 2, "one call for a text");
    assert!(description(&address).contains("a text gives one vote"), "{}", description(&address));
}

#[test]
fn a_text_asked_through_evenhand_gives_the_verdicts_of_a_run() {
    let server = Mock::fair();
    let first = polite(&[("judge", &server)], "", "");
    let own = first.evenhand(&["run"]);
    assert_eq!(own.code, 0, "{own}");
    let verdicts = |project: &Project| {
        let mut all: Vec<Value> = project
            .journal()
            .iter()
            .map(|line| {
                json!([line["id"], line["result"]["scored"]["label"], line["result"]["scored"]["value"]])
            })
            .collect();
        all.sort_by_key(Value::to_string);
        all
    };
    let (_running, address) = serve(&first, &[]);
    for (provider, base) in [("decisions", "/v1"), ("systemone", "")] {
        let second = Project::polite(&format!(
            "[models.judge]\nmodel = \"{provider}/polite\"\nbase_url = \"http://{address}{base}\"\n"
        ));
        let ran = second.evenhand(&["run"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert_eq!(verdicts(&second), verdicts(&first), "{provider}");
    }
}

/// A judge that says yes three times of four, whatever it is asked.
fn wavering() -> Mock {
    let asked = AtomicUsize::new(0);
    Mock::new(move |_| {
        let verdict = if asked.fetch_add(1, Ordering::Relaxed) % 4 == 3 { "no" } else { "yes" };
        openai_answer(&json!({"reasoning": "It depends.", "verdict": verdict}).to_string())
    })
}

#[test]
fn several_answers_give_their_shares() {
    let cases = [
        ("reading = \"sampled\"\nsamples = 4\n", None),
        ("repeats = 4\n", Some("shares of the votes of 4 answers")),
        ("strategy = { name = \"self_consistency\", n = 4 }\n", None),
    ];
    for (settings, note) in cases {
        let server = wavering();
        let project = polite(&[("judge", &server)], settings, "");
        let (_running, address) = serve(&project, &[]);
        assert!((yes(&address, "please wait") - 0.75).abs() < 1e-12, "{settings}");
        assert_eq!(server.requests().len(), 4, "{settings}");
        let described = description(&address);
        assert_eq!(described.contains("shares of"), note.is_some(), "{settings}: {described}");
        assert!(note.is_none_or(|note| described.contains(note)), "{settings}: {described}");
    }
}

#[test]
fn the_shares_of_a_jurys_votes_and_no_probability_where_it_ties() {
    let (fair, yes_man, third) = (Mock::fair(), always("yes"), always("no"));
    let jury = "[suites.polite.jury]\nrule = \"majority\"\n\
                members = [{ name = \"a\", model = \"fair\" }, { name = \"b\", model = \"yes\" }, { name = \"c\", model = \"third\" }]\n";
    let project = polite(&[("fair", &fair), ("yes", &yes_man), ("third", &third)], "", jury);
    let (_running, address) = serve(&project, &[]);
    assert!((yes(&address, "please wait") - 2.0 / 3.0).abs() < 1e-9);
    assert!((yes(&address, "go away") - 1.0 / 3.0).abs() < 1e-9);
    assert!(description(&address).contains("shares of the members' votes"));

    let two = "[suites.polite.jury]\nrule = \"majority\"\n\
               members = [{ name = \"b\", model = \"yes\" }, { name = \"c\", model = \"third\" }]\n";
    let tied = polite(&[("yes", &yes_man), ("third", &third)], "", two);
    let (_running, address) = serve(&tied, &[]);
    undecided(&address, "tie");
}

/// A question on which the judge decides nothing: a refusal in one form, an error in the other, and no probability.
fn undecided(address: &str, verdict: &str) {
    let answer = post(address, "/v1/decisions", &choice("polite", "please wait"));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["answers"][0], json!({"type": "refusal", "name": "verdict"}));
    assert!(!answer.text.contains("probabilit"), "{answer:?}");
    let state = json!({"model": "polite", "state": {"text": "please wait"}, "questions": {"verdict": {"type": "noul"}}});
    let answer = post(address, "/v1/systemone", &state);
    let message = answer.json()["detail"]["message"].as_str().unwrap_or_default().to_owned();
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(message.contains(&format!("its verdict is \"{verdict}\"")), "{message}");
    assert!(get(address, "/metrics").text.contains("reason=\"undecided\"} 2"));
}

#[test]
fn a_cascade_answers_with_the_stage_that_stands_or_abstains() {
    let (first, second) = (wavering(), Mock::fair());
    let stages = |last: &str| {
        format!(
            "[suites.polite.cascade]\nstages = [{{ name = \"first\", model = \"first\", reading = \"sampled\", samples = 4, threshold = 0.9 }}, \
             {{ name = \"second\", model = \"second\"{last} }}]\n"
        )
    };
    let project = polite(&[("first", &first), ("second", &second)], "", &stages(""));
    let (_running, address) = serve(&project, &[]);
    assert_eq!(
        (yes(&address, "please wait"), yes(&address, "go away")),
        (1.0, 0.0),
        "the second stage's vote"
    );
    assert!(description(&address).contains("a text gives one vote"));
    let abstains = polite(&[("first", &first), ("second", &second)], "", &stages(", threshold = 0.9"));
    let (_running, address) = serve(&abstains, &[]);
    undecided(&address, "abstains");
    let stands = polite(&[("first", &first), ("second", &second)], "", &stages("").replace("0.9", "0.7"));
    let (_running, address) = serve(&stands, &[]);
    assert!((yes(&address, "please wait") - 0.75).abs() < 1e-12, "the first stage's own shares");
}

#[test]
fn a_route_answers_by_the_models_of_its_rule() {
    let (fair, down) = (Mock::fair(), Mock::new(|_| Reply::status(500)));
    let route = "[[routes.tiers.rules]]\nname = \"all\"\nto = [\"down\", \"fair\"]\n";
    let project = polite(&[("fair", &fair), ("down", &down)], "model = \"tiers\"\n", route);
    let (_running, address) = serve(&project, &[]);
    assert_eq!((yes(&address, "please wait"), yes(&address, "go away")), (1.0, 0.0));
    assert!(!down.requests().is_empty());
}

const MAIL: &str = r#"instruction = "Judge the mail."
[inputs.text]
[rubric]
min = 1
max = 3
[[rubric.criteria]]
name = "tone"
description = "It is friendly."
[[rubric.criteria]]
name = "order"
description = "It says what is wanted."
[[rubric.criteria]]
name = "length"
description = "It is short."
"#;

/// The suite `mail`, judged criterion by criterion.
fn mail(model: &str, settings: &str) -> Project {
    let project = Project::empty();
    let suite = "[suites.mail]\nsignature = \"mail\"\ndataset = \"polite.jsonl\"\naggregation = \"criteria\"\nretries = 0\n";
    project.write("evenhand.toml", format!("default_model = \"judge\"\n\n{model}\n{suite}{settings}"));
    project.write("signatures/mail.toml", MAIL);
    project.write("polite.jsonl", records(6));
    project
}

fn chat(server: &Mock) -> String {
    format!(
        "[models.judge]\nmodel = \"openai/judge\"\nbase_url = \"{}\"\ntransport_retries = 0\n",
        server.url("/v1")
    )
}

/// A judge of one criterion: a friendly tone for "please", an unreadable answer on the length of what is "long".
fn critic() -> Mock {
    Mock::new(|request| {
        let asked = request.body["messages"].to_string();
        let text = material(request);
        let level = if asked.contains("- tone:") {
            if text.contains("please") { 3 } else { 1 }
        } else if asked.contains("- order:") {
            2
        } else if text.contains("long") {
            return openai_answer("I cannot say.");
        } else {
            1
        };
        openai_answer(&json!({"reasoning": "So it is.", "score": level, "suggestions": []}).to_string())
    })
}

fn levels() -> Value {
    json!([{"label": "1"}, {"label": "2"}, {"label": "3"}])
}

fn asked(names: &[&str], text: &str) -> Value {
    let question =
        |name: &&str| json!({"type": "score", "name": name, "instructions": "", "levels": levels()});
    json!({"model": "mail", "input": text, "questions": names.iter().map(question).collect::<Vec<_>>()})
}

#[test]
fn a_rubric_by_criteria_has_a_question_for_each_and_is_asked_those_that_are_wanted() {
    let server = critic();
    let project = mail(&chat(&server), "");
    let (running, address) = serve(&project, &[]);
    let one = post(&address, "/v1/decisions", &asked(&["tone"], "please wait"));
    assert_eq!(one.status, 200, "{one:?}");
    assert_eq!(one.json()["answers"][0]["score"], 2.0, "places are counted from 0: {one:?}");
    assert_eq!(server.requests().len(), 1, "only what is wanted is asked");
    let all = post(&address, "/v1/decisions", &asked(&["length", "tone", "order"], "please wait")).json();
    let scores: Vec<&Value> =
        all["answers"].as_array().unwrap().iter().map(|answer| &answer["score"]).collect();
    assert_eq!(scores, [0.0, 2.0, 1.0], "in the request's order: {all}");
    assert_eq!(server.requests().len(), 3, "the cache knows the first");

    let models = get(&address, "/v1/models").json();
    let own: Vec<&String> = models["data"][0]["questions"].as_object().unwrap().keys().collect();
    assert_eq!(own, ["tone", "order", "length"]);
    let ready = &models["data"][0]["questions"];
    let state = json!({"model": "mail", "state": {"text": "go away"}, "questions": ready});
    let body = post(&address, "/v1/systemone", &state).json();
    let score = |name: &str| body["answers"][name]["score"].as_f64();
    assert_eq!((score("tone"), score("order"), score("length")), (Some(0.0), Some(1.0), Some(0.0)), "{body}");

    let whole = post(&address, "/v1/decisions", &asked(&["mail"], "please wait"));
    assert_eq!(whole.status, 422);
    let message = whole.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("criterion by criterion") && message.contains("`order`"), "{message}");
    assert!(running.said().contains("judges: mail (tone, order, length)\n"), "{}", running.said());
}

#[test]
fn a_criterion_without_a_verdict_takes_none_from_the_others_and_is_never_a_level() {
    let server = critic();
    let project = mail(&chat(&server), "");
    let (_running, address) = serve(&project, &[]);
    let answers = post(&address, "/v1/decisions", &asked(&["tone", "length"], "please take long"));
    assert_eq!(answers.status, 200, "{answers:?}");
    let answers = answers.json()["answers"].clone();
    assert_eq!(
        (&answers[0]["score"], &answers[1]),
        (&json!(2.0), &json!({"type": "refusal", "name": "length"}))
    );
    let alone = post(&address, "/v1/decisions", &asked(&["length"], "please take long"));
    assert_eq!(alone.status, 502, "an invalid answer alone is no refusal: {alone:?}");
    let state = json!({"model": "mail", "state": {"text": "please take long"}, "questions": {
        "tone": {"type": "score", "criteria": ["1", "2", "3"]}, "length": {"type": "score", "criteria": ["1", "2", "3"]}}});
    let whole = post(&address, "/v1/systemone", &state);
    assert_eq!(whole.status, 502, "this form has no place for one: {whole:?}");
    assert!(whole.text.contains("length: "), "the criterion is named: {whole:?}");
}

#[test]
fn a_route_asks_the_next_model_about_the_criteria_that_are_wanted() {
    let (down, server) = (Mock::new(|_| Reply::status(500)), critic());
    let models = format!(
        "{}\n[models.down]\nmodel = \"openai/down\"\nbase_url = \"{}\"\ntransport_retries = 0\n\n\
         [[routes.tiers.rules]]\nname = \"all\"\nto = [\"down\", \"judge\"]\n",
        chat(&server),
        down.url("/v1")
    );
    let project = mail(&models, "model = \"tiers\"\n");
    let (_running, address) = serve(&project, &[]);
    let answers = post(&address, "/v1/decisions", &asked(&["order", "tone"], "please wait"));
    assert_eq!(answers.status, 200, "{answers:?}");
    let answers = answers.json()["answers"].clone();
    assert_eq!((&answers[0]["score"], &answers[1]["score"]), (&json!(1.0), &json!(2.0)));
    assert_eq!((down.requests().len(), server.requests().len()), (2, 2), "two criteria of three");
}

#[test]
fn two_judges_name_their_criteria_and_a_request_for_one_asks_it_alone() {
    let (server, fair) = (critic(), Mock::fair());
    let project = mail(&chat(&server), "");
    project.write("signatures/polite.toml", POLITE);
    let toml = project
        .read("evenhand.toml")
        .replace("signature = \"mail\"\n", "")
        .replace("aggregation = \"criteria\"\n", "");
    let other = format!("[models.fair]\nmodel = \"openai/fair\"\nbase_url = \"{}\"\n", fair.url("/v1"));
    project.write(
        "evenhand.toml",
        format!(
            "{toml}\n[suites.mail.judges.style]\nsignature = \"mail\"\naggregation = \"criteria\"\n\
             [suites.mail.judges.manners]\nsignature = \"polite\"\nmodel = \"fair\"\n\n{other}"
        ),
    );
    let (_running, address) = serve(&project, &[]);
    let models = get(&address, "/v1/models").json();
    let own: Vec<&String> = models["data"][0]["questions"].as_object().unwrap().keys().collect();
    assert_eq!(own, ["manners", "style.tone", "style.order", "style.length"]);
    for name in ["style.tone", "tone"] {
        let answer = post(&address, "/v1/decisions", &asked(&[name], "please wait")).json();
        assert_eq!(answer["answers"][0]["score"], 2.0, "{name}: {answer}");
    }
    let both = json!({"model": "mail", "state": {"text": "please wait"}, "questions": {
        "style.order": {"type": "score", "criteria": ["1", "2", "3"]}, "manners": {"type": "noul"}}});
    let body = post(&address, "/v1/systemone", &both).json();
    assert_eq!(
        (&body["answers"]["style.order"]["score"], &body["answers"]["manners"]["noul"]),
        (&json!(1.0), &json!(1.0))
    );
    let mut only = asked(&["order"], "please wait");
    only["model"] = json!("mail.style");
    assert_eq!(post(&address, "/v1/decisions", &only).json()["answers"][0]["score"], 1.0);
    only["model"] = json!("mail.manners");
    assert_eq!(post(&address, "/v1/decisions", &only).status, 422);
}

/// A judge of typed questions about a mail, sure of the third level for "please".
fn typed() -> Mock {
    decisions(|shown, question| {
        if question["name"] == "length" && shown.contains("long") {
            return f64::NAN;
        }
        if shown.contains("please") { 0.2 } else { 0.7 }
    })
}

#[test]
fn a_decision_model_is_asked_about_all_criteria_in_the_request_of_a_run() {
    let server = typed();
    let model =
        format!("[models.judge]\nmodel = \"decisions/judge-1\"\nbase_url = \"{}\"\n", server.url("/v1"));
    let first = mail(&model, "");
    let own = first.evenhand(&["run"]);
    assert_eq!(own.code, 0, "{own}");
    assert_eq!((server.requests().len(), questions(&server.requests()[0]).len()), (6, 3));
    let (_running, address) = serve(&first, &[]);
    let values = |project: &Project| {
        let mut all: Vec<Value> = project
            .journal()
            .iter()
            .map(|line| json!([line["id"], line["result"]["scored"]["value"]]))
            .collect();
        all.sort_by_key(Value::to_string);
        all
    };
    for (provider, base) in [("decisions", "/v1"), ("systemone", "")] {
        let second = mail(
            &format!("[models.judge]\nmodel = \"{provider}/mail\"\nbase_url = \"http://{address}{base}\"\n"),
            "",
        );
        let ran = second.evenhand(&["run"]);
        assert_eq!(ran.code, 0, "{ran}");
        let (expected, came) = (values(&first), values(&second));
        for (one, other) in expected.iter().zip(&came) {
            assert_eq!(one[0], other[0]);
            assert!((one[1].as_f64().unwrap() - other[1].as_f64().unwrap()).abs() < 1e-9, "{one} {other}");
        }
        assert_eq!(expected.len(), came.len());
    }
    assert_eq!(server.requests().len(), 6, "what the run asked is in the cache");
    assert_eq!(distributions(&first).len(), 6);
    let answers = post(&address, "/v1/decisions", &asked(&["tone", "length"], "please take long")).json();
    assert_eq!(answers["answers"][1], json!({"type": "refusal", "name": "length"}), "{answers}");
    assert!(answers["answers"][0]["score"].is_number(), "{answers}");
}

#[test]
fn what_has_no_few_answers_is_refused_at_the_start_with_the_way_out() {
    let server = Mock::new(|request| openai_answer(&fair_answer(request)));
    let project = polite(&[("judge", &server)], "", "");
    project.write(
        "signatures/polite.toml",
        "instruction = \"How polite?\"\n[inputs.text]\n[outputs.share]\ntype = \"number\"\nmin = 0\nmax = 1\n[score]\nfield = \"share\"\n",
    );
    let refused = project.evenhand(&["serve", "--port", "0"]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(
        refused.stderr.contains("no verdict of a few answers") && refused.stderr.contains("`choices`"),
        "{refused}"
    );
}
