//! Weighing candidates: the same whatever is kept, and what the softmax says.

use super::*;

#[test]
fn weighing_is_the_same_with_and_without_reuse() {
    with_model(|batcher| {
        let (one, two) = (question("Paris is the capital."), question("Cats sleep a lot, mostly."));
        let cold = weigh(batcher, &two, OPENING, &candidates());
        assert_eq!(cold.counts.cached_tokens, 0);

        batcher.clear();
        let first = weigh(batcher, &one, OPENING, &candidates());
        let warm = weigh(batcher, &two, OPENING, &candidates());
        assert!(warm.counts.cached_tokens > 20, "{:?}", warm.counts);
        assert_eq!(warm.log_probabilities, cold.log_probabilities);

        let again = weigh(batcher, &two, OPENING, &candidates());
        assert_eq!(again.counts.prompt_tokens - again.counts.cached_tokens, 1);
        assert_eq!(again.log_probabilities, cold.log_probabilities);
        let back = weigh(batcher, &one, OPENING, &candidates());
        assert_eq!(back.log_probabilities, first.log_probabilities);
    });
}

/// How each token is evaluated must not hang on how many are evaluated beside it.
#[test]
fn a_kept_beginning_of_any_length_gives_the_same_bits() {
    with_model(|batcher| {
        let pieces = batcher.loaded.template.render(&question("Paris is nice.")).expect("renders");
        let text = batcher.loaded.tokenizer.encode(&pieces);
        let mut elsewhere = text.clone();
        elsewhere.reverse();
        let branches: Vec<Vec<LlamaToken>> =
            [3..5, 4..10, 9..12].into_iter().map(|own| text[own].to_vec()).collect();
        for length in 40..=56 {
            let (prompt, own) = (&text[..length], &branches[..length % 4]);
            batcher.clear();
            let cold = weigh_tokens(batcher, prompt, own);
            assert_eq!(cold.counts.cached_tokens, 0);
            let kept = [length / 3, length - 1, length - 22 + length % 5][length % 3];
            let before: Vec<LlamaToken> = text[..kept].iter().chain(&elsewhere[..25]).copied().collect();
            batcher.clear();
            weigh_tokens(batcher, &before, &[]);
            let warm = weigh_tokens(batcher, prompt, own);
            assert!(warm.counts.cached_tokens > 0);
            assert_eq!(warm.log_probabilities, cold.log_probabilities, "{length} tokens, {kept} kept");
        }
    });
}

/// Weighs candidates given as tokens.
pub(super) fn weigh_tokens(
    batcher: &mut Batcher<'_>,
    prompt: &[LlamaToken],
    own: &[Vec<LlamaToken>],
) -> Weighed {
    let (reply, mut answer) = oneshot::channel();
    let weighing = Weighing::of_tokens(own.to_vec());
    batcher.take_task(|order| Task::to_weigh(prompt.to_vec(), weighing, reply, order));
    work_off(batcher);
    answer.try_recv().expect("an answer").expect("weighs")
}

#[test]
fn single_characters_weigh_what_the_softmax_says() {
    with_model(|batcher| {
        let turns = question("Paris.");
        // Letters and digits join no token with the quote before them.
        let characters = (b'0'..=b'9').chain(b'A'..=b'Z').chain(b'a'..=b'z');
        let options: Vec<String> = characters.map(|byte| char::from(byte).into()).collect();
        let weighed = weigh(batcher, &turns, OPENING, &options);

        let mut pieces = batcher.loaded.template.render(&turns).expect("renders");
        pieces.push(Piece::Content(OPENING.into()));
        let prompt = batcher.loaded.tokenizer.encode(&pieces);
        let mut all = 0.0;
        let mut by_first_byte = vec![0.0; 256];
        for (token, probability) in probabilities_after(batcher, &prompt) {
            all += probability;
            if let Some(&first) = batcher.loaded.tokenizer.bytes(token).first() {
                *by_first_byte.get_mut(usize::from(first)).expect("a byte") += probability;
            }
        }
        assert!((all - 1.0).abs() < 1e-9);
        let direct: Vec<f64> = options
            .iter()
            .filter_map(|option| by_first_byte.get(usize::from(*option.as_bytes().first()?)))
            .map(|probability: &f64| probability.ln())
            .collect();
        assert_close(&weighed.log_probabilities, &direct);
    });
}

/// Every token's probability, straight from a context.
pub(super) fn probabilities_after(
    batcher: &mut Batcher<'_>,
    prompt: &[LlamaToken],
) -> Vec<(LlamaToken, f64)> {
    batcher.clear();
    let last = Wanted { slot: 0, place: LogitsAt::Text };
    let rows: Vec<Row> = (0..)
        .zip(prompt)
        .map(|(position, &token)| Row {
            token,
            position,
            sequences: vec![0],
            wanted: (position + 1 == prompt.len()).then_some(last),
        })
        .collect();
    let mut probabilities = Vec::new();
    let visit = |_, logits: &[f32]| {
        let softmax = LogSoftmax::new(logits);
        let vocabulary = (0..i32::try_from(logits.len()).expect("small")).map(LlamaToken);
        probabilities.extend(vocabulary.map(|token| (token, softmax.of(token).exp())));
    };
    batcher.loaded.session.evaluate(&rows, Filling::Full, visit).expect("evaluates");
    batcher.loaded.session.forget(0, 0);
    probabilities
}

#[test]
fn exclusive_answers_share_at_most_the_whole() {
    with_model(|batcher| {
        let weighed = weigh(batcher, &question("Paris."), OPENING, &candidates());
        let all: f64 = weighed.log_probabilities.iter().map(|p| p.exp()).sum();
        assert!(all > 0.0 && all <= 1.0, "{all}");
        let longer: Vec<String> = ["pass\"", "pass\"}"].map(String::from).into();
        let weighed = weigh(batcher, &question("Paris."), OPENING, &longer).log_probabilities;
        assert!(weighed.first() > weighed.get(1), "{weighed:?}");
    });
}

#[test]
fn candidates_weigh_much_the_same_alone_and_together() {
    with_model(|batcher| {
        let turns = question("Paris.");
        let many: Vec<String> = (0..40).map(|grade| format!("grade {grade} of 40\"")).collect();
        let together = weigh(batcher, &turns, OPENING, &many).log_probabilities;
        for (candidate, together) in many.iter().zip(together).step_by(6) {
            let alone = weigh(batcher, &turns, OPENING, std::slice::from_ref(candidate));
            let alone = alone.log_probabilities.first().copied().expect("one");
            // Side by side the kernels round otherwise (see `session`): some hundredths a token.
            assert!(together < -20.0 && (together - alone).abs() < 1.5, "{together} {alone}");
        }
    });
}
