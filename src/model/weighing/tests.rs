//! Answers weighed by log-probabilities as servers send them.

use proptest::prelude::*;

use super::apply;
use super::apply::{Lost, walk};
use crate::model::{Failure, Response, TokenLogprob, Weigh};

/// A decoded token with its probability, and the others at its place.
fn token(text: &str, probability: f64, others: &[(&str, f64)]) -> TokenLogprob {
    let decoded = [(text, probability)];
    let top = decoded.iter().chain(others);
    TokenLogprob {
        token: text.into(),
        logprob: probability.ln(),
        top: top.map(|(text, probability)| ((*text).to_owned(), probability.ln())).collect(),
    }
}

/// A token of the opening, which says nothing about the verdict.
fn sure(text: &str) -> TokenLogprob {
    token(text, 0.9, &[("```", 0.1)])
}

fn labels(labels: &[&str]) -> Weigh {
    let candidates = labels.iter().map(|label| format!("{label}\"")).collect();
    Weigh { opening: "{\"verdict\":\"".into(), candidates }
}

fn numbers(numbers: std::ops::RangeInclusive<u8>) -> Weigh {
    Weigh { opening: "{\"score\":".into(), candidates: numbers.map(|number| format!("{number}}}")).collect() }
}

#[track_caller]
fn assert_probabilities(tokens: &[TokenLogprob], weigh: &Weigh, expected: &[f64]) {
    let walked = walk(tokens, weigh).unwrap();
    for (index, expected) in expected.iter().enumerate() {
        let found = walked.probabilities[index];
        assert!((found - expected).abs() < 1e-9, "{:?} instead of {expected}", walked.probabilities);
    }
    assert!(walked.shared.abs() < 1e-9, "{} is shared", walked.shared);
}

fn weighed(tokens: Vec<TokenLogprob>, weigh: &Weigh) -> Result<Response, Failure> {
    let text = tokens.iter().map(|token| token.token.as_str()).collect();
    apply(Response { text, logprobs: tokens, ..Response::default() }, weigh, "openai/m", "do something else")
}

fn told(failure: &Failure) -> String {
    format!("{failure}; {}", failure.remedy.as_deref().unwrap_or_default())
}

#[test]
fn labels_of_one_token() {
    let tokens = [
        sure("{\""),
        sure("verdict"),
        sure("\":\""),
        token("pass", 0.7, &[("fail", 0.2), ("Pass", 0.06), (" pass", 0.03)]),
        sure("\"}"),
    ];
    assert_probabilities(&tokens, &labels(&["pass", "fail", "unclear"]), &[0.79, 0.2, 0.0]);
    assert_eq!(walk(&tokens, &labels(&["pass", "fail"])).unwrap().places, 2..4);
}

#[test]
fn another_case_and_a_space_mean_the_same_word_where_they_can_mean_no_other() {
    let place = |decoded, others: &[(&'static str, f64)]| {
        [sure("{\"verdict\":\""), token(decoded, 0.5, others), sure("\"}")]
    };
    // `U` may begin either of two, and a space alone any.
    let tokens = place("unsupported", &[(" Supported", 0.2), ("SUPPORTED", 0.1), ("U", 0.1), (" ", 0.05)]);
    assert_probabilities(&tokens, &labels(&["supported", "unsupported", "unclear"]), &[0.3, 0.5, 0.0]);
    // What was decoded counts too, as far as a server decodes such a word.
    let tokens = place("Pass", &[("pass", 0.3), ("Fail", 0.2)]);
    assert_probabilities(&tokens, &labels(&["pass", "fail"]), &[0.8, 0.2]);
    // Answers that differ in case alone stay apart.
    let tokens = place("a", &[("A", 0.4), (" A", 0.1)]);
    assert_probabilities(&tokens, &labels(&["a", "A"]), &[0.5, 0.4]);
}

#[test]
fn white_space_moves_the_place() {
    let tokens = [
        sure("{"),
        sure("\n "),
        sure(" \""),
        sure("verdict"),
        sure("\":"),
        sure(" \""),
        token("fail", 0.6, &[("pass", 0.4)]),
        sure("\"\n}"),
    ];
    assert_probabilities(&tokens, &labels(&["pass", "fail"]), &[0.4, 0.6]);
}

#[test]
fn a_label_of_several_tokens_is_told_by_the_one_where_it_parts_from_the_others() {
    let weigh = labels(&["partially_met", "partially_unmet", "met"]);
    let tokens = [
        sure("{\"verdict\":\""),
        token("part", 0.8, &[("met", 0.15), ("m", 0.01), ("no", 0.04)]),
        token("ially", 0.99, &[("ly", 0.01)]),
        token("_", 1.0, &[("-", 1e-9)]),
        token("un", 0.75, &[("met", 0.25)]),
        token("met", 1.0, &[("m", 1e-9)]),
        sure("\"}"),
    ];
    assert_probabilities(&tokens, &weigh, &[0.8 * 0.99 * 0.25, 0.8 * 0.99 * 0.75, 0.16]);
    assert_eq!(walk(&tokens, &weigh).unwrap().places, 0..5);
}

#[test]
fn numbers_of_one_digit() {
    let others = [("3", 0.15), ("5", 0.20), ("2", 0.03), ("1", 0.02)];
    let tokens = [sure("{\""), sure("score"), sure("\":"), token("4", 0.60, &others), sure("}")];
    assert_probabilities(&tokens, &numbers(1..=5), &[0.02, 0.03, 0.15, 0.60, 0.20]);
}

#[test]
fn a_space_before_a_number_may_stand_alone_or_with_it() {
    let alone = [
        sure("{\"score\":"),
        token(" ", 0.8, &[("4", 0.1), ("5", 0.1)]),
        token("4", 0.5, &[("5", 0.5)]),
        sure("}"),
    ];
    assert_probabilities(&alone, &numbers(1..=5), &[0.0, 0.0, 0.0, 0.5, 0.5]);
    // A space that the grammar did not allow would have been followed by the same numbers.
    let merged = [sure("{\"score\":"), token(" 4", 0.5, &[("5", 0.1), (" 5", 0.2), (" ", 0.2)]), sure("}")];
    assert_probabilities(&merged, &numbers(1..=5), &[0.0, 0.0, 0.0, 0.5, 0.3]);
}

#[test]
fn ten_is_not_one_where_it_was_decoded_digit_by_digit() {
    let ten = [
        sure("{\"score\":"),
        token("1", 0.7, &[("9", 0.2), ("8", 0.1)]),
        token("0", 0.9, &[("}", 0.06), ("\n", 0.02), (".", 0.02)]),
        sure("}"),
    ];
    let mut expected = [0.0; 10];
    (expected[0], expected[7], expected[8], expected[9]) = (0.7 * 0.08, 0.1, 0.2, 0.7 * 0.9);
    assert_probabilities(&ten, &numbers(1..=10), &expected);
    let one = [ten[0].clone(), ten[1].clone(), token("}", 0.1, &[("0", 0.9)])];
    (expected[0], expected[9]) = (0.7 * 0.1, 0.7 * 0.9);
    assert_probabilities(&one, &numbers(1..=10), &expected);
}

#[test]
fn ten_is_not_one_where_it_is_a_token_of_its_own() {
    let mut expected = [0.0; 10];
    (expected[0], expected[8], expected[9]) = (0.2, 0.5, 0.3);
    let nine = [sure("{\"score\":"), token("9", 0.5, &[("10", 0.3), ("1", 0.2)]), sure("}")];
    assert_probabilities(&nine, &numbers(1..=10), &expected);
    (expected[8], expected[9]) = (0.3, 0.5);
    let ten = [sure("{\"score\":"), token("10", 0.5, &[("9", 0.3), ("1", 0.2)]), sure("}")];
    assert_probabilities(&ten, &numbers(1..=10), &expected);
}

#[test]
fn a_beginning_that_was_not_decoded_cannot_be_shared_out() {
    let tokens = |one: f64| {
        let others = [("8", 0.9 - 0.5 - one), ("1", one)];
        vec![sure("{\"score\":"), token("9", 0.5, &others), sure("}")]
    };
    insta::assert_snapshot!(
        told(&weighed(tokens(0.2), &numbers(1..=10)).unwrap_err()),
        @"unsupported: openai/m writes several verdicts with the same first token `1`, and 22.2 % of their probability cannot be shared out between them; use verdicts that begin differently, such as single letters or digits, or reading = \"sampled\""
    );
    // So little that it does not matter is left out.
    let response = weighed(tokens(0.008), &numbers(1..=10)).unwrap();
    let total: f64 = response.weights.unwrap().iter().map(|weight| weight.exp()).sum();
    assert!((total - 0.892).abs() < 1e-9);
}

#[test]
fn a_quote_may_be_one_token_with_the_label() {
    let weigh = labels(&["pass", "fail"]);
    let merged = [
        sure("{\"verdict\":"),
        token("\"pass", 0.6, &[("\"fail", 0.3), ("\"maybe", 0.05), ("null", 0.05)]),
        sure("\"}"),
    ];
    // Given that a text comes at all, which has 0.95.
    assert_probabilities(&merged, &weigh, &[0.6 / 0.95, 0.3 / 0.95]);
    let whole = [sure("{\"verdict\":"), token("\"pass\"}", 0.6, &[("\"fail\"", 0.4)])];
    assert_probabilities(&whole, &weigh, &[0.6, 0.4]);
    // The lone quote could be followed by either.
    let lone =
        vec![sure("{\"verdict\":"), token("\"pass", 0.6, &[("\"fail", 0.1), ("\"", 0.3)]), sure("\"}")];
    let failure = weighed(lone, &weigh).unwrap_err();
    assert!(failure.detail.contains("30.0 %"), "{failure}");
}

#[test]
fn a_token_beside_the_end_of_the_opening_may_hold_a_label() {
    let weigh = labels(&["pass", "fail"]);
    let tokens = [
        sure("{\"verdict"),
        token("\":\"", 0.6, &[("\":\"pass", 0.2), ("\": \"", 0.1), ("\":", 0.1)]),
        token("pass", 0.5, &[("fail", 0.5)]),
        sure("\"}"),
    ];
    assert_probabilities(&tokens, &weigh, &[(0.2 + 0.6 * 0.5) / 0.8, 0.6 * 0.5 / 0.8]);
}

#[test]
fn one_token_may_span_the_opening_and_what_stands_before_it() {
    let tokens =
        [token("```{\"verdict\":\"", 0.9, &[("x", 0.1)]), token("pass", 0.5, &[("fail", 0.5)]), sure("\"}")];
    assert_probabilities(&tokens, &labels(&["pass", "fail"]), &[0.5, 0.5]);
    let all = [token(
        ".{\"verdict\":\"pass\"}",
        0.5,
        &[(".{\"verdict\":\"fail", 0.4), ("{\"verdict\":\"fail", 0.1)],
    )];
    assert_probabilities(&all, &labels(&["pass", "fail"]), &[0.5 / 0.9, 0.4 / 0.9]);
}

#[test]
fn thoughts_before_the_answer_are_not_the_answer() {
    let tokens = [
        sure("{\"verdict\":\""),
        token("fail", 0.9, &[("pass", 0.1)]),
        sure("\"} is what I thought first: "),
        sure("{\"verdict\":\""),
        token("pass", 0.8, &[("fail", 0.2)]),
        sure("\"}"),
    ];
    assert_probabilities(&tokens, &labels(&["pass", "fail"]), &[0.8, 0.2]);
}

#[test]
fn parts_of_characters_are_told_by_their_bytes() {
    // 优 is e4 bc 98, 伏 is e4 bc 8f.
    let tokens = [
        sure("{\"verdict\":\""),
        token("bytes:\\xe4\\xbc", 0.9, &[("差", 0.1)]),
        token("bytes:\\x98", 0.7, &[("bytes:\\x8f", 0.3)]),
        sure("\"}"),
    ];
    assert_probabilities(&tokens, &labels(&["优", "伏", "差"]), &[0.63, 0.27, 0.1]);
}

#[test]
fn truth_values_and_words_have_no_quote_in_common() {
    let candidates = vec!["true}".into(), "false}".into(), "\"unclear\"}".into()];
    let weigh = Weigh { opening: "{\"is_safe\":".into(), candidates };
    let tokens = [
        sure("{\"is_safe\":"),
        token("true", 0.6, &[("false", 0.2), (" \"", 0.1), ("\"un", 0.1)]),
        sure("}"),
    ];
    assert_probabilities(&tokens, &weigh, &[0.6, 0.2, 0.2]);
}

#[test]
fn special_tokens_without_a_text_are_passed_over() {
    let tokens = [
        sure("{\"verdict\":\""),
        token("", 1.0, &[]),
        token("pass", 0.6, &[("", 0.1), ("fail", 0.3)]),
        sure("\"}"),
    ];
    assert_probabilities(&tokens, &labels(&["pass", "fail"]), &[0.6, 0.3]);
}

#[test]
fn an_answer_that_was_not_among_the_likeliest_weighs_nothing_and_stays_a_number() {
    let tokens = vec![sure("{\"verdict\":\""), token("pass", 0.6, &[("no", 0.4)]), sure("\"}")];
    let response = weighed(tokens, &labels(&["pass", "fail"])).unwrap();
    let weights = response.weights.clone().unwrap();
    assert!((weights[0] - 0.6_f64.ln()).abs() < 1e-12 && weights[1].exp() == 0.0 && weights[1].is_finite());
    assert_eq!(response.logprobs.len(), 2);
    let line = serde_json::to_string(&response).unwrap();
    assert_eq!(serde_json::from_str::<Response>(&line).unwrap(), response);
}

#[test]
fn little_coverage_is_noted_and_none_is_no_distribution() {
    let weigh = labels(&["pass", "fail"]);
    let little =
        vec![sure("{\"verdict\":\""), token("pass", 0.02, &[("Good", 0.97), ("fail", 0.01)]), sure("\"}")];
    let response = weighed(little, &weigh).unwrap();
    assert_eq!(response.notes, ["the possible verdicts together had a probability of only 3.0 %"]);
    let none = vec![sure("{\"verdict\":\""), token("Good", 0.9, &[("Bad", 0.1)]), sure("\"}")];
    let response = weighed(none, &weigh).unwrap();
    assert_eq!(response.weights, None);
    assert_eq!(
        response.unweighed.as_deref(),
        Some("no possible verdict is among the 2 likeliest tokens at its place")
    );
}

#[test]
fn an_answer_without_the_place_is_invalid_and_says_so() {
    let weigh = labels(&["pass", "fail"]);
    let cases = [
        vec![sure("{\"reasoning\":\""), sure("pass"), sure("\"}")],
        vec![sure("{\"verdict\":\"")],
        vec![sure("{\"verd")],
        Vec::new(),
    ];
    for tokens in cases {
        assert_eq!(walk(&tokens, &weigh), Err(Lost::NotReached));
        let response = weighed(tokens, &weigh).unwrap();
        let why = response.unweighed.unwrap();
        assert_eq!(why, "no verdict stands after `{\"verdict\":\"` in the answer");
    }
    // Cut off in the middle of what two labels share.
    let cut = [sure("{\"verdict\":\""), token("pass", 0.9, &[("x", 0.1)])];
    assert_eq!(walk(&cut, &labels(&["passed", "passable"])), Err(Lost::NotReached));
}

#[test]
fn silence_is_a_failure_and_not_an_answer() {
    let weigh = labels(&["pass", "fail"]);
    let silent = Response { text: "{\"verdict\":\"pass\"}".into(), ..Response::default() };
    insta::assert_snapshot!(
        told(&apply(silent, &weigh, "openai/m", "do something else").unwrap_err()),
        @"unsupported: openai/m gave no log-probabilities with its answer; do something else"
    );
    let alone = vec![sure("{\"verdict\":\""), token("pass", 1.0, &[]), sure("\"}")];
    insta::assert_snapshot!(
        told(&weighed(alone, &weigh).unwrap_err()),
        @r#"unsupported: openai/m gave the probability of the decoded token alone, not of others; use reading = "text" or "sampled" with this model"#
    );
}

/// Pieces of which answers like ours are made, and some that do not belong.
const PIECES: [&str; 14] =
    ["{", "\"", "{\"score", "\":", "\": ", " ", "1", "10", "0", "}", " 1", "2}", ":1", "```"];

fn place() -> impl Strategy<Value = TokenLogprob> {
    prop::sample::subsequence(PIECES.to_vec(), 1..8).prop_shuffle().prop_map(|texts| {
        // Shares of a half, a quarter, and so on: together less than 1.
        let halves = (1..).map(|power| 0.5_f64.powi(power));
        let choices: Vec<(&str, f64)> = texts.into_iter().zip(halves).collect();
        token(choices[0].0, choices[0].1, &choices[1..])
    })
}

proptest! {
    #[test]
    fn probabilities_stay_probabilities(mut tokens in prop::collection::vec(place(), 0..8), is_ours in any::<bool>()) {
        if is_ours {
            tokens.insert(0, sure("{\"score\":"));
        }
        if let Ok(walked) = walk(&tokens, &numbers(1..=10)) {
            prop_assert!(walked.probabilities.iter().all(|probability| (0.0..=1.0).contains(probability)));
            let total: f64 = walked.probabilities.iter().sum();
            prop_assert!(total + walked.shared <= 1.0 + 1e-9, "{total} and {}", walked.shared);
        }
    }
}
