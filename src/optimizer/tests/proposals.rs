//! What optimizers propose, and the pieces they propose it from.

use super::support::{example, examples, polite};
use crate::judge::Reading;
use crate::number::real;
use crate::optimizer::*;
use crate::prompt::Nearest;
use crate::signature::{Demo, Mix};
use crate::stats::Random;

fn context<'a>(
    spec: &'a crate::signature::Spec,
    train: &'a [Example],
    reading: Reading,
) -> SearchContext<'a> {
    SearchContext {
        spec,
        reading,
        train,
        limits: DemoLimits { demos: 6, harvested: 2, harvest_from: 8 },
        seed: 5,
    }
}

fn labels(demos: &[Demo]) -> (usize, usize) {
    let of = |label: &str| demos.iter().filter(|demo| demo.outputs["verdict"] == label).count();
    (of("yes"), of("no"))
}

#[test]
fn parts_hold_whole_groups_and_a_share_of_every_label_whatever_the_order() {
    let mut all: Vec<Example> =
        (0..100).map(|index| example(index, if index % 4 == 0 { "yes" } else { "no" })).collect();
    for (index, one) in all.iter_mut().enumerate() {
        one.group = format!("g{}", index / 2);
    }
    let shares = Shares { train: 0.25, validation: 0.4, test: 0.35 };
    let (learning, held_out) = split(all.clone(), shares, 1).unwrap();
    assert_eq!((learning.train.len() + learning.validation.len() + held_out.len()), 100);
    assert!((24..=26).contains(&learning.train.len()), "{}", learning.train.len());
    let yes = learning.validation.iter().filter(|one| one.stratum == "yes").count();
    assert!((9..=11).contains(&yes), "{yes}");
    let groups = |part: &[Example]| -> std::collections::BTreeSet<String> {
        part.iter().map(|one| one.group.clone()).collect()
    };
    assert!(groups(&learning.train).is_disjoint(&groups(&learning.validation)));
    all.reverse();
    let (again, _) = split(all, shares, 1).unwrap();
    assert_eq!(again.train, learning.train);
}

#[test]
fn the_same_text_is_never_learned_and_asked() {
    let mut all = examples(30);
    for index in 0..10 {
        let copy = all[0].inputs.clone();
        all[3 * index].inputs = copy;
    }
    let (learning, _) = split(all.clone(), Shares::default(), 2).unwrap();
    let copies = |part: &[Example]| part.iter().filter(|one| one.inputs == all[0].inputs).count();
    assert!([0, 10].contains(&copies(&learning.train)) && [0, 10].contains(&copies(&learning.validation)));
    assert!(split(examples(2), Shares::default(), 0).unwrap_err().to_string().contains("too few"));
}

#[test]
fn the_nearest_of_a_pool_are_a_spec_that_says_so() {
    let (spec, train) = (polite(), examples(20));
    let pool = Pool::labelled(&train, &spec, Reading::Weighted).demos();
    let knn = |mix| Candidate { demos: Demos::Nearest { k: 4, mix }, ..Candidate::baseline() };
    let applied = knn(Mix::Balanced).apply(&spec, &pool).verdict_only().unwrap();
    let nearest = Nearest::new(&applied).unwrap();
    let shown: Vec<Demo> =
        nearest.places(&train[3].inputs).into_iter().map(|place| applied.demos[place].clone()).collect();
    assert_eq!(labels(&shown), (2, 2));
    assert!(shown.iter().all(|demo| demo.inputs != train[3].inputs));
    assert!(shown[3].inputs["text"].as_str().unwrap().contains("topic3"), "the likest last");
    // Other optimizers undo it.
    let fixed = Candidate::with_demos("zero-shot", Vec::new());
    assert_eq!(fixed.apply(&applied, &pool).nearest_demos, None);
    assert_ne!(knn(Mix::Likest).key(&spec), knn(Mix::Balanced).key(&spec));
    assert_ne!(Candidate::baseline().key(&applied), Candidate::baseline().key(&spec));
    assert_eq!(Candidate::baseline().demo_count(&applied), 4);
}

#[test]
fn labelled_demos_are_balanced_and_only_those_that_make_a_whole_answer() {
    let spec = polite();
    let mut train = examples(5);
    train.extend((10..30).map(|index| example(index, "no")));
    let pool = Pool::labelled(&train, &spec, Reading::Weighted);
    assert_eq!(labels(&pool.draw(6, &mut Random::new(1))), (3, 3));
    assert!(Pool::labelled(&train, &spec, Reading::Text).entries.is_empty(), "the reasons are missing");
    train[0].told.insert("reasoning".into(), "it says please".into());
    assert_eq!(Pool::labelled(&train, &spec, Reading::Text).entries.len(), 1);
}

#[test]
fn random_search_proposes_as_dspy_does_and_the_same_by_the_same_seed() {
    let (spec, train) = (polite(), examples(20));
    let all = || {
        let mut search = RandomSearch::new(context(&spec, &train, Reading::Weighted), 4);
        match search.next(StepResult::default()) {
            Step::Race(candidates) => candidates,
            other => panic!("{other:?}"),
        }
    };
    let candidates = all();
    let origins: Vec<&str> = candidates.iter().map(|one| one.origin.as_str()).collect();
    assert_eq!(
        origins,
        [
            "labelled demos",
            "demos by chance, set 0",
            "demos by chance, set 1",
            "demos by chance, set 2",
            "demos by chance, set 3"
        ]
    );
    assert_eq!(candidates, all());
    let sizes: Vec<usize> = candidates.iter().map(|one| one.demo_count(&spec)).collect();
    assert_eq!(sizes[0], 6);
    assert!(sizes.iter().all(|size| (1..=6).contains(size)), "{sizes:?}");
}

#[test]
fn bootstrap_shows_the_judges_own_right_answers() {
    let (spec, train) = (polite(), examples(20));
    let mut bootstrap = Bootstrap::new(context(&spec, &train, Reading::Text));
    let Step::Train { examples: wanted, .. } = bootstrap.next(StepResult::default()) else { panic!() };
    assert_eq!(wanted.len(), 8);
    let reply = |index: usize| {
        let label = if index < 4 { "yes" } else { "no" };
        let answer = serde_json::json!({"reasoning": "so", "verdict": label});
        Reply {
            given: Given::Verdict { label: label.into(), value: Some(0.0) },
            answer: answer.as_object().cloned(),
            unscored: None,
            calls: 1,
            cached: 0,
            prompt_tokens: None,
            sent_tokens: None,
            completion_tokens: None,
        }
    };
    let judged = wanted.iter().map(|&index| (index, reply(index))).collect();
    let Step::Race(candidates) = bootstrap.next(StepResult { judged, ..StepResult::default() }) else {
        panic!()
    };
    let Demos::Fixed(demos) = &candidates[0].demos else { panic!() };
    assert_eq!(labels(demos), (1, 1));
    assert!(demos.iter().all(|demo| demo.outputs["reasoning"] == "so"));
}

#[test]
fn trials_are_those_of_mipro() {
    // METHODS: one predictor, few-shot, N 6, 12, 18.
    assert_eq!([6, 12, 18].map(|options| trials(2, options)), [10, 18, 27]);
}

#[test]
fn tpe_finds_a_good_corner_sooner_than_chance() {
    let loss = |choice: &[usize]| real(choice[0].abs_diff(4) + choice[1].abs_diff(2));
    let mut better = 0;
    for seed in 0..20 {
        let mut tpe = Tpe::new(vec![8, 8], seed);
        let mut random = Random::new(1000 + seed);
        let (mut found, mut drawn) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..20 {
            let choice = tpe.choose();
            found = found.min(loss(&choice));
            drawn = drawn.min(loss(&[random.below(8), random.below(8)]));
            tpe.learn(choice.clone(), loss(&choice));
        }
        better += i32::from(found < drawn) - i32::from(found > drawn);
    }
    assert!(better >= 3, "{better}");
}

#[test]
fn tpe_tries_nothing_twice_while_something_is_left() {
    let mut tpe = Tpe::new(vec![2, 3], 9);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..6 {
        let choice = tpe.choose();
        assert!(seen.insert(choice.clone()), "{choice:?}");
        tpe.learn(choice, 0.5);
    }
}

#[test]
fn instructions_that_were_written_are_tried_with_demo_sets() {
    let (spec, train) = (polite(), examples(20));
    let sources =
        InstructionSources { written: vec!["Be strict.".into()], asked_for: 1, demo_sets: 2, trials: None };
    let mut search = InstructionSearch::new(context(&spec, &train, Reading::Weighted), sources);
    assert_eq!(search.most_candidates(), 6, "MIPROv2's number for three options");
    let Step::Write(requests) = search.next(StepResult::default()) else { panic!() };
    assert!(requests[0].contains("Decide whether the text is polite."), "{}", requests[0]);
    let mut told =
        StepResult { written: vec![Some("Be kind.".into())], baseline: Some(0.4), ..StepResult::default() };
    let mut seen = Vec::new();
    while let Step::Race(candidates) = search.next(told) {
        seen.push(candidates[0].clone());
        told = StepResult { losses: vec![Some(0.3)], baseline: Some(0.4), ..StepResult::default() };
    }
    assert_eq!(seen.len(), 6);
    let mut keys: Vec<String> = seen.iter().map(|one| one.key(&spec)).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 6, "nothing is tried twice");
    assert!(seen.iter().any(|one| one.instruction.as_deref() == Some("Be kind.")));
}

#[test]
fn objectives_of_a_small_table() {
    let scale = polite().scale.unwrap();
    let judgment = |expected: &str, given: Given| Judgment { expected: example(0, expected).expected, given };
    let said = |label: &str, value: f64| Given::Verdict { label: label.into(), value: Some(value) };
    let judgments = vec![
        judgment("yes", said("yes", 0.9)),
        judgment("yes", said("no", 0.4)),
        judgment("no", said("no", 0.2)),
        judgment("no", said("no", 0.1)),
        judgment("no", Given::Missing),
    ];
    let value = |objective: Objective| objective.value(&judgments, &scale).unwrap();
    // Observed 3/4, by chance ½·¼ + ½·¾ = ½.
    assert!((value(Objective::Kappa) - 0.5).abs() < 1e-12);
    // 0.9, 0.4, 0.2, 0.1 beside 1, 1, 0, 0.
    assert!((value(Objective::Rank) - 0.894_427).abs() < 1e-6);
    let cost = Objective::Cost { false_pass: 10.0, false_fail: 5.0 };
    assert!((value(cost) - (1.0 - 0.5 / 4.0)).abs() < 1e-12);
    assert_eq!(Objective::Kappa.loss(&judgments[4], &scale), None);
    let invalid = judgment("yes", Given::Invalid);
    assert_eq!(Objective::Kappa.loss(&invalid, &scale), Some(1.0));
    let mut worse = judgments.clone();
    worse.push(invalid);
    assert!(Objective::Kappa.value(&worse, &scale).unwrap() < 0.5, "an invalid answer is a wrong one");
}
