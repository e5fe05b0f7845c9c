//! Whole searches.

use super::support::{Table, examples, polite};
use crate::eval::Stop;
use crate::judge::Reading;
use crate::number::real;
use crate::optimizer::*;
use crate::signature::Spec;

struct Bench {
    spec: Spec,
    learning: Learning,
    held_out: Option<HeldOut>,
}

impl Bench {
    fn new(number: usize) -> Self {
        let (learning, held_out) = split(examples(number), Shares::default(), 3).unwrap();
        Self { spec: polite(), learning, held_out: Some(held_out) }
    }

    fn subject(&self) -> Subject<'_> {
        let scale = self.spec.scale.as_ref().unwrap();
        Subject { spec: &self.spec, scale, reading: Reading::Weighted, learning: &self.learning }
    }

    fn context(&self) -> SearchContext<'_> {
        let limits = DemoLimits { demos: 6, harvested: 2, harvest_from: 8 };
        SearchContext {
            spec: &self.spec,
            reading: Reading::Weighted,
            train: &self.learning.train,
            limits,
            seed: 5,
        }
    }

    fn search<E: Examiner>(&self, examiner: &E, options: TuneOptions) -> Found {
        let mut proposer = RandomSearch::new(self.context(), 8);
        let stop = Stop::default();
        let work =
            search(self.subject(), std::slice::from_ref(examiner), &mut proposer, options, &stop, |_| Ok(()));
        wait(work).unwrap()
    }

    fn test<E: Examiner>(&mut self, examiner: &E, found: &Found) -> TestFigures {
        let held_out = self.held_out.take().unwrap();
        let options = TuneOptions::default();
        let stop = Stop::default();
        let work =
            test(self.subject(), found, held_out, std::slice::from_ref(examiner), options, &stop, |_| Ok(()));
        match wait(work).unwrap() {
            Tested::Figures(figures) => *figures,
            Tested::Not(_) => panic!("not tested"),
        }
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

/// A number from 0 to 1 that hangs on a record and a word.
fn chance(example: &Example, word: &str) -> f64 {
    let hash = blake3::hash(format!("{}{word}", example.id).as_bytes());
    f64::from(hash.as_bytes()[0]) / 255.0
}

/// Demos help: each raises the share of right verdicts.
fn helped(spec: &Spec, example: &Example) -> bool {
    let demos = real(spec.demos.len());
    chance(example, "") < 0.55 + 0.07 * demos
}

#[test]
fn a_search_finds_what_helps_and_the_test_part_confirms_it() {
    let mut bench = Bench::new(240);
    let table = Table::new(helped);
    let found = bench.search(&table, TuneOptions::default());
    assert_eq!(found.end, SearchEnd::Complete);
    assert!(found.best > 0);
    assert_eq!(found.standings[found.best].demos, 6);
    assert_eq!(found.calls, table.calls() as u64);
    assert!(found.saved > 0, "{found:?}");
    let figures = bench.test(&table, &found);
    assert_eq!(figures.held(), Some(TestVerdict::Better), "{figures:?}");
    assert!(figures.winner > figures.baseline && figures.p_value.unwrap() < 0.05);
    assert!(figures.threshold.is_none(), "verdicts of 0 and 1 have no threshold to place");
}

/// Ways to ask that are all alike: what is best on the validation part is so by luck, and the test part
/// has to say so. Its interval may lie above 0 in a fortieth of the searches.
#[test]
fn a_winner_by_luck_is_not_confirmed() {
    let mut held = Vec::new();
    for seed in 0..20 {
        let mut bench = Bench::new(120);
        let of_luck =
            |spec: &Spec, example: &Example| chance(example, &format!("{seed} {}", spec.fingerprint())) < 0.7;
        let table = Table::new(of_luck);
        let found = bench.search(&table, TuneOptions::default());
        let figures = bench.test(&table, &found);
        assert_eq!(figures.winner.is_some(), found.best > 0);
        if let Some(says) = figures.held() {
            let gained = figures.difference.unwrap() > 0.0;
            assert_eq!(gained, matches!(says, TestVerdict::Better | TestVerdict::Unsure), "{figures:?}");
            held.push(says);
        }
    }
    let share = |is: fn(&TestVerdict) -> bool| held.iter().filter(|one| is(one)).count();
    assert!(held.len() > 10, "luck found {} winners", held.len());
    assert!(share(|one| *one == TestVerdict::Better) <= 2, "{held:?}");
    assert!(
        share(|one| matches!(one, TestVerdict::NoGain | TestVerdict::Worse)) * 4 > held.len(),
        "{held:?}"
    );
}

#[test]
fn what_does_not_beat_the_baseline_is_not_returned() {
    let mut bench = Bench::new(120);
    let table = Table::new(|spec: &Spec, example: &Example| {
        chance(example, "") < 0.9 - 0.05 * real(spec.demos.len())
    });
    let found = bench.search(&table, TuneOptions::default());
    assert_eq!(found.best, 0);
    let before = table.calls();
    let figures = bench.test(&table, &found);
    assert_eq!((figures.winner, figures.held()), (None, None));
    assert_eq!(table.calls() - before, figures.n, "the test part is judged once");
}

#[test]
fn a_search_never_sees_the_test_part() {
    let bench = Bench::new(120);
    let held: Vec<String> = {
        let (_, held_out) = split(examples(120), Shares::default(), 3).unwrap();
        held_out.open().into_iter().map(|example| example.id).collect()
    };
    let table = Table::new(helped);
    bench.search(&table, TuneOptions::default());
    let asked = table.asked.lock().unwrap();
    assert!(asked.iter().all(|id| !held.contains(id)));
}

#[test]
fn the_number_at_a_time_changes_nothing() {
    let bench = Bench::new(120);
    let alone = TuneOptions { concurrency: 1, ..TuneOptions::default() };
    let found = bench.search(&Table::new(helped), TuneOptions::default());
    assert_eq!(found, bench.search(&Table::new(helped), alone));
}

#[test]
fn calls_are_kept_to_and_the_best_of_those_that_finished_is_found() {
    let bench = Bench::new(240);
    for most in [110, 200, 400] {
        let table = Table::new(helped);
        let options = TuneOptions { most_calls: Some(most), ..TuneOptions::default() };
        let found = bench.search(&table, options);
        assert!(table.calls() as u64 <= most, "{} of {most}", table.calls());
        let cut = found.standings.iter().filter(|one| one.fate == Fate::Cut).count();
        assert!(most > 300 || cut > 0, "{found:?}");
        if most >= 200 {
            assert!(found.best > 0, "{most}: {found:?}");
        }
    }
}

#[test]
fn a_budget_that_refuses_and_a_wish_to_stop_end_a_search() {
    let bench = Bench::new(120);
    let table = Table { most: Some(70), ..Table::new(helped) };
    let found = bench.search(&table, TuneOptions::default());
    assert!(matches!(found.end, SearchEnd::Budget(_)), "{:?}", found.end);
    let stop = Stop::default();
    stop.wish();
    let table = Table::new(helped);
    let mut proposer = RandomSearch::new(bench.context(), 8);
    let work = search(
        bench.subject(),
        std::slice::from_ref(&table),
        &mut proposer,
        TuneOptions::default(),
        &stop,
        |_| Ok(()),
    );
    assert_eq!(wait(work).unwrap().end, SearchEnd::Interrupted);
    assert_eq!(table.calls(), 0);
}

#[test]
fn tokens_are_weighed_against_quality() {
    let bench = Bench::new(240);
    let dear = TuneOptions { token_penalty: 100.0, ..TuneOptions::default() };
    assert_eq!(bench.search(&Table::new(helped), dear).best, 0);
}

/// Scores that order the records well and pass nearly all of them; with demos a little better.
struct TooKind;

impl Examiner for TooKind {
    fn judge(&self, spec: Spec, example: &Example) -> impl Future<Output = Reply> + Send {
        let good = if example.expected.label == "yes" { 0.3 } else { 0.0 };
        let value = 0.45 + good + 0.2 * chance(example, if spec.demos.is_empty() { "a" } else { "b" });
        let label = if value >= 0.5 { "yes" } else { "no" };
        std::future::ready(Reply {
            given: Given::Verdict { label: label.into(), value: Some(value) },
            answer: None,
            unscored: None,
            calls: 1,
            cached: 0,
            prompt_tokens: None,
            sent_tokens: None,
            completion_tokens: None,
        })
    }
}

#[test]
fn what_a_threshold_gains_is_told_apart_from_what_a_prompt_gains() {
    let mut bench = Bench::new(240);
    let found = bench.search(&TooKind, TuneOptions::default());
    let figures = bench.test(&TooKind, &found);
    if found.best > 0 {
        let threshold = figures.threshold.unwrap();
        assert!((0.6..0.8).contains(&threshold.baseline_at), "{threshold:?}");
        assert!(threshold.baseline_before.unwrap() < 0.4, "{threshold:?}");
        assert!(threshold.baseline_after.unwrap() > 0.95, "{threshold:?}");
        assert!(threshold.winner_after.unwrap() > 0.95, "{threshold:?}");
    } else {
        assert!(figures.threshold.is_some(), "a baseline has a threshold too");
    }
}

#[test]
fn an_objective_of_ones_own_is_what_candidates_are_ranked_and_raced_by() {
    let bench = Bench::new(240);
    // Only records that should be passed count.
    let said = |one: &Judgment| match &one.given {
        Given::Verdict { label, .. } => label.clone(),
        _ => String::new(),
    };
    let cost_of = move |one: &Judgment| {
        f64::from(u8::from(one.expected.label == "yes" && said(one) != one.expected.label))
    };
    let value = move |judged: &[&Judgment], _: &crate::signature::Scale| {
        let losses: Vec<f64> = judged.iter().map(|one| cost_of(one)).collect();
        crate::stats::mean(&losses).map(|loss| -loss)
    };
    let own = CustomObjective::new("good ones passed", value, move |one, _| cost_of(one));
    let objective = Objective::Custom(own);
    let options = TuneOptions { objective: objective.clone(), race_error: None, ..TuneOptions::default() };
    let found = bench.search(&Table::new(helped), options);
    for standing in &found.standings {
        let (objective, loss) = (standing.objective.unwrap(), standing.mean_loss.unwrap());
        assert!((objective + loss).abs() < 1e-12, "{standing:?}");
    }
    let best = &found.standings[found.best];
    assert!(found.standings.iter().all(|one| one.objective <= best.objective));
    // A report knows its name.
    let written = serde_json::to_string(&objective).unwrap();
    assert_eq!(written, r#"{"custom":"good ones passed"}"#);
    assert_eq!(serde_json::from_str::<Objective>(&written).unwrap(), objective);
}

/// Demos do harm.
fn harmed(spec: &Spec, example: &Example) -> bool {
    let demos = real(spec.demos.len());
    chance(example, "h") < 0.95 - 0.06 * demos
}

/// The second of two models is right now and then, whatever it is shown.
fn steady(_: &Spec, example: &Example) -> bool {
    chance(example, "s") < 0.8
}

type Rule = fn(&Spec, &Example) -> bool;

fn search_for(bench: &Bench, models: &[Table<Rule>], options: TuneOptions) -> Found {
    let mut proposer = RandomSearch::new(bench.context(), 8);
    let stop = Stop::default();
    wait(search(bench.subject(), models, &mut proposer, options, &stop, |_| Ok(()))).unwrap()
}

#[test]
fn several_models_are_judged_by_their_mean_with_a_figure_for_each() {
    let mut bench = Bench::new(240);
    let models = [helped as Rule, steady].map(Table::new);
    let found = search_for(&bench, &models, TuneOptions::default());
    assert!(found.best > 0);
    let best = &found.standings[found.best];
    let [first, second] = best.models.as_slice() else { panic!("{best:?}") };
    let mean = |one: Option<f64>, other: Option<f64>| f64::midpoint(one.unwrap(), other.unwrap());
    assert!((best.objective.unwrap() - mean(first.objective, second.objective)).abs() < 1e-12);
    assert!((best.mean_loss.unwrap() - mean(first.mean_loss, second.mean_loss)).abs() < 1e-12);
    assert_eq!(best.judged, bench.learning.validation.len());
    assert_eq!(best.calls, 2 * best.judged as u64);
    assert_eq!(found.calls, models.iter().map(|model| model.calls() as u64).sum::<u64>());
    let stop = Stop::default();
    let held_out = bench.held_out.take().unwrap();
    let work = test(bench.subject(), &found, held_out, &models, TuneOptions::default(), &stop, |_| Ok(()));
    let Tested::Figures(figures) = wait(work).unwrap() else { panic!("not tested") };
    let [first, second] = figures.models.as_slice() else { panic!("{figures:?}") };
    assert_eq!(figures.held(), Some(TestVerdict::Better), "{figures:?}");
    assert!((figures.winner.unwrap() - mean(first.winner, second.winner)).abs() < 1e-12);
    assert_eq!(first.winner > first.baseline, second.winner == second.baseline);
    assert!(figures.hits.is_none() && first.hits.is_some(), "hits are of one model");
}

#[test]
fn what_helps_one_model_and_harms_another_is_no_gain() {
    let bench = Bench::new(240);
    let both = search_for(&bench, &[helped as Rule, harmed].map(Table::new), TuneOptions::default());
    let alone = search_for(&bench, &[helped as Rule].map(Table::new), TuneOptions::default());
    let gain = |found: &Found| {
        found.standings[found.best].objective.unwrap() - found.standings[0].objective.unwrap()
    };
    assert!(gain(&both) < gain(&alone) / 2.0, "{} {}", gain(&both), gain(&alone));
    assert!(alone.standings[0].models.is_empty(), "one model's figures are the candidate's");
    let none = search_for(
        &bench,
        &[helped as Rule, steady].map(Table::new),
        TuneOptions { most_calls: Some(500), ..TuneOptions::default() },
    );
    assert!(none.calls <= 500 && none.best > 0, "{none:?}");
}
