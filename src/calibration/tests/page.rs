//! The page, against the values of the methods' own references.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::calibration::*;
use crate::eval::{Expected, Outcome};
use crate::signature::{Label, Scale, ScaleKind};

fn scale(labels: &[(&str, Option<f64>)]) -> Scale {
    let labels = labels.iter().map(|(name, value)| Label { name: (*name).to_owned(), value: *value });
    Scale { field: "verdict".to_owned(), kind: ScaleKind::Labels(labels.collect()) }
}

fn two() -> Scale {
    scale(&[("pass", Some(1.0)), ("fail", Some(0.0))])
}

fn worth(scale: &Scale, label: &str) -> Option<f64> {
    scale.labels().iter().find(|one| one.name == label).unwrap().value
}

/// A judged record: its label, if any, and the verdict, which is also its score.
fn judged(scale: &Scale, number: usize, label: Option<&str>, verdict: &str) -> Outcome {
    let expected = label.map(|label| json!({"label": label, "value": worth(scale, label)}));
    let mut outcome = json!({
        "id": format!("r{number:04}"), "index": number, "model": "m", "reading": "text",
        "result": {"scored": {"value": worth(scale, verdict), "label": verdict}},
        "attempts": [], "elapsed_ms": 0.0,
    });
    if let Some(expected) = expected {
        outcome["expected"] = expected;
    }
    serde_json::from_value(outcome).unwrap()
}

/// So many records of each (label, verdict).
fn counted(scale: &Scale, cells: &[(Option<&str>, &str, usize)]) -> Vec<Outcome> {
    let pairs = cells.iter().flat_map(|cell| std::iter::repeat_n((cell.0, cell.1), cell.2));
    pairs.enumerate().map(|(number, (label, verdict))| judged(scale, number, label, verdict)).collect()
}

fn value<T: Clone + std::fmt::Debug>(measured: &Measured<T>) -> T {
    measured.value().unwrap_or_else(|| panic!("{measured:?}")).clone()
}

fn near(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-6, "{actual} is not {expected}");
}

fn of(outcomes: &[Outcome], scale: &Scale) -> Page {
    page(outcomes, scale, &PageOptions::default())
}

#[test]
fn two_verdicts() {
    let yes = Some("pass");
    let no = Some("fail");
    let cells = [(yes, "pass", 20), (yes, "fail", 5), (no, "pass", 10), (no, "fail", 15)];
    let page = of(&counted(&two(), &cells), &two());
    let verdicts = value(&page.verdicts);
    near(value(&verdicts.kappa).value, 0.4);
    assert_eq!(verdicts.confusion, [[20, 5], [10, 15]]);
    assert_eq!(page.standing, Standing::AboveChance);
    let errors = value(&page.errors);
    assert_eq!((errors.sensitivity.count, errors.sensitivity.n), (20, 25));
    assert_eq!((errors.specificity.count, errors.specificity.n), (15, 25));
    // Scores of 0 and 1: (sensitivity + specificity) / 2.
    near(value(&page.auc).value, 0.7);
    assert_eq!(value(&page.base_rate).rate, Some(0.5));
    assert!(page.scale.is_none());
    assert_eq!(page.disagreements.len(), 15);
}

#[test]
fn disagreements_that_are_farthest_apart_come_first() {
    let three = scale(&[("good", Some(1.0)), ("fair", Some(0.5)), ("bad", Some(0.0)), ("unclear", None)]);
    let cells = [
        (Some("good"), "fair", 1),
        (Some("good"), "good", 3),
        (Some("bad"), "good", 2),
        (Some("bad"), "unclear", 1),
    ];
    let page = of(&counted(&three, &cells), &three);
    let told: Vec<(&str, &str, &str, Option<f64>)> = page
        .disagreements
        .iter()
        .map(|one| (one.id.as_str(), one.label.as_str(), one.verdict.as_str(), one.distance))
        .collect();
    let expected = [
        ("r0004", "bad", "good", Some(1.0)),
        ("r0005", "bad", "good", Some(1.0)),
        ("r0000", "good", "fair", Some(0.5)),
        ("r0006", "bad", "unclear", None),
    ];
    assert_eq!(told, expected);
}

#[test]
fn always_the_other_verdict_is_worse_than_chance() {
    let cells = [(Some("pass"), "fail", 2), (Some("fail"), "pass", 2)];
    let page = of(&counted(&two(), &cells), &two());
    near(value(&value(&page.verdicts).alpha).value, -0.75);
    near(value(&value(&page.verdicts).kappa).value, -1.0);
}

#[test]
fn without_a_spread_there_is_no_interval() {
    let cells = [(Some("pass"), "pass", 9), (Some("fail"), "fail", 3)];
    let perfect = of(&counted(&two(), &cells), &two());
    assert_eq!(value(&value(&perfect.verdicts).kappa), Figure { value: 1.0, interval: None });
    assert_eq!(perfect.standing, Standing::AboveChance);
    let luck = of(&counted(&two(), &[(Some("pass"), "pass", 9), (Some("fail"), "fail", 1)]), &two());
    assert_eq!(luck.standing, Standing::Unknown);
    let cells = [(Some("pass"), "fail", 9), (Some("fail"), "fail", 9)];
    assert_eq!(of(&counted(&two(), &cells), &two()).standing, Standing::NotToldFromChance);
}

#[test]
fn a_scale_has_weighted_agreement() {
    let scale = scale(&[("low", Some(0.0)), ("middle", Some(0.5)), ("high", Some(1.0))]);
    let names = ["low", "middle", "high"];
    let table = [[11, 3, 1], [2, 8, 3], [0, 2, 10]];
    let cells: Vec<(Option<&str>, &str, usize)> =
        (0..9).map(|cell| (Some(names[cell / 3]), names[cell % 3], table[cell / 3][cell % 3])).collect();
    let page = of(&counted(&scale, &cells), &scale);
    near(value(&value(&page.verdicts).kappa).value, 0.588_015);
    let figures = page.scale.unwrap();
    near(value(&figures.kappa_linear).value, 0.665_272);
    near(value(&figures.kappa_quadratic).value, 0.741_459);
    assert!(value(&figures.spearman).interval.unwrap().contains(value(&figures.spearman).value));
    // 3 + 3 + 2 + 2 are one level of two away, 1 is two.
    near(value(&figures.mean_error), (10.0 * 0.5 + 1.0) / 40.0);
}

#[test]
fn the_pass_rate_of_what_has_no_label() {
    let cells = [
        (Some("fail"), "fail", 80),
        (Some("fail"), "pass", 20),
        (Some("pass"), "pass", 90),
        (Some("pass"), "fail", 10),
        (None, "pass", 180),
        (None, "fail", 20),
    ];
    let rate = value(&of(&counted(&two(), &cells), &two()).rate);
    assert_eq!((rate.part, rate.labels, rate.judged.count), (EstimatedPart::Unlabelled, 200, 180));
    let corrected = value(&rate.rogan_gladen);
    near(corrected.value, 1.0);
    near(corrected.interval.unwrap().low, 0.900_272);
    assert!(rate.truth.is_none());
}

#[test]
fn prediction_powered_inference() {
    let verdict = |bit: u8| if bit == b'1' { "pass" } else { "fail" };
    let pairs = "1011010110".bytes().zip("1011110100".bytes());
    let mut outcomes: Vec<Outcome> = pairs
        .enumerate()
        .map(|(number, (label, score))| judged(&two(), number, Some(verdict(label)), verdict(score)))
        .collect();
    outcomes.extend(
        (0..100).map(|number| judged(&two(), 100 + number, None, if number < 62 { "pass" } else { "fail" })),
    );
    let rate = value(&of(&outcomes, &two()).rate);
    near(rate.lambda.unwrap(), 0.534_314);
    let (plain, tuned) = (value(&rate.ppi), value(&rate.ppi_tuned));
    near(plain.value, 0.62);
    near(plain.interval.unwrap().low, 0.326_948);
    near(tuned.value, 0.610_686);
    near(tuned.interval.unwrap().high, 0.862_933);
    assert!(matches!(rate.isotonic, Measured::Missing(why) if why.starts_with("10 labels are too few")));
}

#[test]
fn without_unlabelled_records_half_of_the_labels_is_held_out() {
    let cells = [(Some("pass"), "pass", 30), (Some("fail"), "fail", 30), (Some("fail"), "pass", 10)];
    let rate = value(&of(&counted(&two(), &cells), &two()).rate);
    assert_eq!((rate.part, rate.labels, rate.judged.n), (EstimatedPart::HeldOutHalf, 35, 35));
    assert!(rate.truth.is_some());
}

#[test]
fn what_cannot_be_measured_says_why() {
    let one_class = of(&counted(&two(), &[(Some("pass"), "pass", 12)]), &two());
    for missing in [
        value(&one_class.verdicts).kappa.value().is_none(),
        value(&one_class.verdicts).alpha.value().is_none(),
        one_class.errors.value().is_none(),
        one_class.auc.value().is_none(),
        one_class.probabilities.value().is_none(),
        one_class.repeat_flips.value().is_none(),
        one_class.maps.value().is_none(),
    ] {
        assert!(missing, "{one_class:#?}");
    }
    assert_eq!(one_class.standing, Standing::Unknown);
    let text = serde_json::to_value(&one_class).unwrap();
    assert_eq!(text["errors"], json!({"missing": "the labels are all of one kind: label some of the other"}));
    let nothing = of(&[], &two());
    assert!(nothing.base_rate.value().is_none() && nothing.rate.value().is_none());
    assert_no_nulls_for_numbers(&serde_json::to_value(&nothing).unwrap());
}

/// NaN becomes null in JSON: there must be none under `value`.
fn assert_no_nulls_for_numbers(value: &Value) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            assert!(name != "value" || !field.is_null(), "{value}");
            assert_no_nulls_for_numbers(field);
        }),
        Value::Array(items) => items.iter().for_each(assert_no_nulls_for_numbers),
        _ => {}
    }
}

#[test]
fn the_order_of_the_records_does_not_show() {
    let cells =
        [(Some("pass"), "pass", 14), (Some("fail"), "pass", 6), (Some("fail"), "fail", 9), (None, "pass", 5)];
    let mut outcomes = counted(&two(), &cells);
    let page = of(&outcomes, &two());
    outcomes.reverse();
    assert_eq!(of(&outcomes, &two()), page);
}

#[test]
fn verdicts_that_flip() {
    let first = counted(&two(), &[(Some("pass"), "pass", 8), (Some("fail"), "fail", 2)]);
    let again = counted(&two(), &[(Some("pass"), "pass", 7), (Some("fail"), "fail", 3)]);
    let options = PageOptions {
        again: vec![again.clone(), first.clone()],
        swapped: Some(again),
        ..PageOptions::default()
    };
    let page = page(&first, &two(), &options);
    // One record of ten differs in two of its three pairs.
    let flips = value(&page.repeat_flips);
    assert_eq!((flips.count, flips.n), (2, 30));
    // With the sides exchanged a verdict should be the other one.
    let swaps = value(&page.swap_flips);
    assert_eq!((swaps.count, swaps.n), (9, 10));
}

#[test]
fn a_distribution_is_what_maps_and_probabilities_need() {
    let weighted = |number: usize| {
        let good = number.is_multiple_of(2);
        // Surer than right: every fifth is wrong, all say 0.9.
        let says = good != number.is_multiple_of(5);
        let share = if says { 0.9 } else { 0.1 };
        let mut outcome = serde_json::to_value(judged(
            &two(),
            number,
            Some(if good { "pass" } else { "fail" }),
            if says { "pass" } else { "fail" },
        ))
        .unwrap();
        outcome["result"]["scored"]["value"] = json!(share);
        outcome["result"]["scored"]["distribution"] = json!([["pass", share], ["fail", 1.0 - share]]);
        serde_json::from_value::<Outcome>(outcome).unwrap()
    };
    let outcomes: Vec<Outcome> = (0..40).map(weighted).collect();
    let fit = Options { resamples: 100, ..Options::default() };
    let page = page(&outcomes, &two(), &PageOptions { fit, ..PageOptions::default() });
    let probabilities = value(&page.probabilities);
    // 0.8 right at 0.9: 0.8·0.01 + 0.2·0.81.
    near(probabilities.brier.value, 0.17);
    near(probabilities.calibration_error, 0.1);
    near(probabilities.brier_of_base_rate, 0.25);
    assert_eq!(value(&page.maps).n, 40);
    assert_eq!(cases(&outcomes, &two(), &BTreeMap::new()).len(), 40);
}

#[test]
fn several_people() {
    let expected = |label: &str| Some(Expected { label: label.to_owned(), value: worth(&two(), label) });
    let (pass, fail) = (expected("pass"), expected("fail"));
    assert_eq!(consensus(&[pass.clone(), None, fail.clone(), pass.clone()], &two()), pass);
    assert_eq!(consensus(&[pass.clone(), fail.clone()], &two()), None);
    assert_eq!(consensus(&[None], &two()), None);
    let numbers =
        Scale { field: "score".into(), kind: ScaleKind::Numeric { min: 1.0, max: 5.0, whole: true } };
    let given = [2.0, 5.0].map(|label: f64| Expected::read(&json!(label), &numbers));
    let mean = consensus(&given, &numbers).unwrap();
    assert_eq!((mean.label.as_str(), mean.value), ("3.5", Some(0.625)));

    let outcomes = counted(&two(), &[(Some("pass"), "pass", 20), (Some("fail"), "fail", 20)]);
    let people: BTreeMap<String, Vec<Option<Expected>>> = outcomes
        .iter()
        .enumerate()
        .map(|(number, outcome)| {
            let mut people = vec![outcome.expected.clone(); 3];
            // Each person is alone once in three.
            people[number % 3] = if outcome.expected == pass { fail.clone() } else { pass.clone() };
            (outcome.id.clone(), people)
        })
        .collect();
    let figures = value(&page(&outcomes, &two(), &PageOptions { people, ..PageOptions::default() }).people);
    assert_eq!((figures.people, figures.items), (3, 40));
    assert!(value(&figures.test).passed);
}

#[test]
fn a_plan_of_labels() {
    let pilot = Pilot { sensitivity: 0.9, specificity: 0.7, judged_rate: 0.4, judged: 1000 };
    let found = plan(pilot, 200, 0.2);
    let split = value(&found.by_budget);
    assert_eq!((split.failed, split.passed), (136, 64));
    let wished = value(&found.for_wished);
    assert!(wished.half_width <= 0.2 && wished.labels < 200, "{wished:?}");
    // (1.959964 + 0.841621)·√(2·0.24/1000) ÷ 0.6.
    near(value(&found.detectable_judged), 2.801_585_218 * (0.48_f64 / 1000.0).sqrt() / 0.6);
    let narrow = plan(pilot, 200, 0.001).for_wished;
    assert!(matches!(narrow, Measured::Missing(why) if why.starts_with("1000 judged records")));
    let chance = plan(Pilot { sensitivity: 0.5, specificity: 0.5, ..pilot }, 200, 0.1);
    assert!(chance.by_budget.value().is_none() && chance.detectable_judged.value().is_none());
    assert!(plan(pilot, 12, 0.1).by_budget.value().is_none());
}
