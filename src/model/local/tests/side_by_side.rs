//! Requests beside each other, cancelled, refused, and dropped.

use super::*;

#[test]
fn a_request_cancelled_at_any_step_leaves_no_trace() {
    with_model(|batcher| {
        let turns = question("Paris is the capital of France.");
        let clean = weigh(batcher, &turns, OPENING, &candidates()).log_probabilities;
        for steps in 0..2 {
            batcher.clear();
            let answer = ask_to_weigh(batcher, &turns, OPENING, &candidates());
            (0..steps).for_each(|_| batcher.step());
            drop(answer);
            batcher.step();
            assert!(batcher.is_idle(), "{steps}");
            let after = weigh(batcher, &turns, OPENING, &candidates());
            assert_eq!(after.log_probabilities, clean, "{steps}");
        }
    });
}

const PARALLEL: EngineOptions = EngineOptions { context_tokens: 2048, parallel: 4, ..OPTIONS };

fn records() -> Vec<Vec<Turn>> {
    ["Paris.", "Cats sleep a lot, mostly.", "It lies on the Seine.", "Lyon is large.", "Nobody knows."]
        .map(question)
        .into()
}

#[test]
fn requests_side_by_side_get_much_the_same_answers() {
    with_options(PARALLEL, |batcher| {
        let alone: Vec<Weighed> =
            records().iter().map(|turns| weigh(batcher, turns, OPENING, &candidates())).collect();
        batcher.clear();
        let mut written = ask_to_write(batcher, &question("Paris?"), Some(&verdict_schema()), &greedy(60));
        let mut answers = Vec::new();
        for turns in records() {
            while !batcher.has_room() {
                batcher.step();
            }
            answers.push(ask_to_weigh(batcher, &turns, OPENING, &candidates()));
        }
        work_off(batcher);
        for (mut answer, alone) in answers.into_iter().zip(alone) {
            let answer = answer.try_recv().expect("an answer").expect("weighs");
            for (a, b) in answer.log_probabilities.iter().zip(&alone.log_probabilities) {
                // Cells lie otherwise in the memory, and sums are rounded otherwise.
                assert!((a - b).abs() < 1.0, "{answer:?} {alone:?}");
            }
        }
        let written = written.try_recv().expect("an answer").expect("writes");
        assert_eq!(written.finish, Finish::Stop);
        serde_json::from_str::<Value>(&written.text).expect("JSON");
    });
}

#[test]
fn what_prompts_begin_with_is_evaluated_once() {
    with_options(PARALLEL, |batcher| {
        weigh(batcher, &question("Paris."), OPENING, &candidates());
        let answers: Vec<_> = records()
            .iter()
            .take(4)
            .map(|turns| ask_to_weigh(batcher, turns, OPENING, &candidates()))
            .collect();
        work_off(batcher);
        for mut answer in answers {
            let counts = answer.try_recv().expect("an answer").expect("weighs").counts;
            assert!(counts.prompt_tokens - counts.cached_tokens < 32, "{counts:?}");
        }
    });
}

#[test]
fn requests_wait_until_they_fit_beside_the_others() {
    with_options(EngineOptions { context_tokens: 512, ..PARALLEL }, |batcher| {
        let long = |subject: &str| question(&subject.repeat(30));
        let mut one = ask_to_write(batcher, &long("Paris is large. "), None, &greedy(120));
        let mut two = ask_to_write(batcher, &long("Cats are small. "), None, &greedy(120));
        assert!(!batcher.has_room(), "the second waits for the first");
        work_off(batcher);
        for answer in [&mut one, &mut two] {
            answer.try_recv().expect("an answer").expect("writes");
        }
        let fault = generate(batcher, &long("Paris is large. "), None, &greedy(400)).expect_err("too long");
        assert!(matches!(fault, EngineFault::PromptTooLong { limit: 112, .. }), "{fault:?}");
    });
}

#[test]
fn a_request_that_cannot_be_evaluated_fails_alone() {
    with_options(PARALLEL, |batcher| {
        let mut written = ask_to_write(batcher, &question("Paris?"), Some(&verdict_schema()), &greedy(60));
        batcher.step();
        let mut weighed = ask_to_weigh(batcher, &question("Cats."), OPENING, &candidates());
        let (reply, mut broken) = oneshot::channel();
        let weighing = Weighing::of_tokens(vec![]);
        batcher.take_task(|order| Task::to_weigh(vec![LlamaToken(i32::MAX)], weighing, reply, order));
        let mut gone = ask_to_weigh(batcher, &question("Gone."), OPENING, &candidates());
        gone.close();
        work_off(batcher);
        assert!(matches!(broken.try_recv().expect("an answer"), Err(EngineFault::Decode { .. })));
        let written = written.try_recv().expect("an answer").expect("writes");
        serde_json::from_str::<Value>(&written.text).expect("JSON");
        let weighed = weighed.try_recv().expect("an answer").expect("weighs");
        let again = weigh(batcher, &question("Cats."), OPENING, &candidates());
        for (a, b) in weighed.log_probabilities.iter().zip(&again.log_probabilities) {
            assert!((a - b).abs() < 1.0, "{weighed:?} {again:?}");
        }
    });
}

#[test]
fn a_dropped_request_ends_early_and_the_next_one_works() {
    with_engine(|engine| async move {
        let long = question(&"Paris is the capital. ".repeat(100));
        let slow = engine.generate(long.clone(), None, greedy(400));
        let waited = tokio::time::timeout(std::time::Duration::from_millis(1), slow).await;
        assert!(waited.is_err());
        let weighed = engine.weigh(question("Paris."), OPENING.into(), candidates()).await.expect("weighs");
        assert_eq!(weighed.log_probabilities.len(), 3);
    });
}

#[test]
fn clones_share_a_model_and_answer_in_turn() {
    with_engine(|engine| async move {
        let twin = engine.clone();
        let (one, two) = tokio::join!(
            engine.weigh(question("Paris."), OPENING.into(), candidates()),
            twin.weigh(question("Paris."), OPENING.into(), candidates()),
        );
        assert_close(&one.expect("weighs").log_probabilities, &two.expect("weighs").log_probabilities);
        assert!(engine.description().parameters > 1_000_000);
        assert_eq!(engine.description().context_tokens, 1024);
    });
}

#[test]
fn nothing_to_weigh_weighs_nothing() {
    with_model(|batcher| {
        assert!(weigh(batcher, &question("Paris."), OPENING, &[]).log_probabilities.is_empty());
    });
}
