//! `evenhand cost`: what work costs. No model is asked.

use crate::support::project::Project;

const DAY: [&str; 5] = ["cost", "--input-tokens-a-day", "150k", "--output-tokens-a-day", "90k"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    DAY.iter().copied().chain(more.iter().copied()).collect()
}

#[test]
fn two_reports_sums_of_a_year_come_from_their_inputs() {
    let project = Project::empty();
    let first = project.evenhand(&with(&["--input-price", "2.50", "--output-price", "10"]));
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first.stdout.starts_with("$465.38 a year: $136.88 for input, $328.50 for output\n"),
        "{}",
        first.stdout
    );
    let second = project.evenhand(&with(&["--input-price", "3", "--output-price", "15"]));
    assert!(
        second.stdout.starts_with("$657.00 a year: $164.25 for input, $492.75 for output\n"),
        "{}",
        second.stdout
    );
}

#[test]
fn prices_come_from_roles_and_a_machine_stands_beside_them() {
    let project = Project::polite(
        "[models.judge]\nmodel = \"openai/mock-1\"\nprice = { input_per_million = 2.5, output_per_million = 10 }\n\
         [models.bare]\nmodel = \"openai/mock-2\"\n",
    );
    let machine = ["--watts", "100", "--kwh-price", "0.4", "--seconds", "8", "--machine-price", "1095"];
    let words = [&["--model", "judge", "--calls-a-day", "300"][..], &machine].concat();
    let ran = project.evenhand(&with(&words));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout);
    let json = project.evenhand(&with(&["--model", "judge", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["costs"][0]["a_year"]["parts"], serde_json::json!([136.875, 328.5]));
    let unpriced = project.evenhand(&with(&["--model", "bare"]));
    assert_eq!(unpriced.code, 2);
    assert!(unpriced.stderr.contains("openai/mock-2 has no price"), "{}", unpriced.stderr);
}

#[test]
fn what_is_missing_is_said() {
    let project = Project::empty();
    let no_price = project.evenhand(&DAY);
    assert_eq!(no_price.code, 2);
    assert!(no_price.stderr.contains("--input-price and --output-price"), "{}", no_price.stderr);
    let no_work = project.evenhand(&["cost", "--input-price", "1", "--output-price", "2"]);
    assert!(no_work.code == 2 && no_work.stderr.contains("how much work there is"), "{}", no_work.stderr);
    let words = ["--calls-a-day", "100k", "--watts", "60", "--kwh-price", "0.3", "--seconds", "2"];
    let too_much = project.evenhand(&with(&words));
    assert!(too_much.code == 2 && too_much.stderr.contains("3 machines"), "{}", too_much.stderr);
}
