//! What holds for every reply, checked on random ones.
//!
//! The seed is fixed, so that a run is the same everywhere; `PROPTEST_CASES` makes it longer.

use evenhand::internal::answer::Repair;
use evenhand::internal::answer::{Answer, Contract, parse};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

static VERDICT: LazyLock<Contract> = LazyLock::new(|| {
    contract(json!({
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "score": {"type": "integer", "minimum": 1, "maximum": 5},
            "feedback": {"type": "string"},
        },
        "required": ["reasoning", "score"],
    }))
});

static CLOSED: LazyLock<Contract> = LazyLock::new(|| {
    let mut schema = VERDICT.schema().clone();
    schema["additionalProperties"] = json!(false);
    contract(schema)
});

static NESTED: LazyLock<Contract> = LazyLock::new(|| {
    contract(json!({
        "type": "object",
        "properties": {
            "criteria": {"type": "array", "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "met": {"anyOf": [{"type": "boolean"}, {"type": "null"}]}},
                "required": ["name", "met"],
            }},
            "label": {"enum": ["good", "bad"]},
            "overall": {"anyOf": [{"type": "number", "maximum": 10}, {"type": "string", "pattern": "^n/a$"}]},
        },
        "required": ["criteria", "label"],
    }))
});

fn contract(schema: Value) -> Contract {
    Contract::new(&schema).unwrap()
}

fn is_valid(answer: &Answer, contract: &Contract) -> bool {
    jsonschema::draft202012::is_valid(contract.schema(), &answer.value)
}

/// Pieces out of which broken and hostile replies are made.
const PIECES: &[&str] = &[
    "\"",
    "\"",
    "'",
    "`",
    "“",
    "”",
    ", ",
    ":",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "score",
    "reasoning",
    "feedback",
    "note",
    "5",
    "3",
    "x",
    "it's",
    " ",
    "\n",
    "//",
    "/*",
    "*/",
    "#",
    "<!--",
    "\"\"\"",
    "'''",
    "</think>",
    "<think>",
    "```",
    "```json\n",
    "\\",
    "\\\"",
    "...",
    ";",
    "=",
    "\"score\": 5",
    "\", \"score\": 5",
    "\", \"score\": 5, ",
    "\", \"score\": 5}",
    "{\"reasoning\": \"",
    "\"reasoning\": \"",
    "'score': 5",
    "\"feedback\": \"",
    "\"note\": ",
    "{\"score\": 5, \"reasoning\": \"y\"}",
    "true",
    "None",
    "score: 5",
    "</answer>",
    "\u{1b}[1m",
    "é",
];

fn piece() -> impl Strategy<Value = String> {
    select(PIECES).prop_map(str::to_owned)
}

fn raw() -> impl Strategy<Value = String> {
    vec(piece(), 0..9).prop_map(|pieces| pieces.concat())
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|quarters| json!(f64::from(quarters) / 4.0)),
        any::<String>().prop_map(Value::from),
        raw().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((any::<String>(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A valid verdict with any text, any further members, and any order.
fn verdict() -> impl Strategy<Value = Value> {
    let text = prop_oneof![any::<String>(), raw()];
    let extra = vec((prop_oneof![any::<String>(), Just("x".to_owned())], any_value()), 0..3);
    (text, 1..=5, extra, any::<bool>()).prop_map(|(reasoning, score, extra, score_first)| {
        let mut members: Map<String, Value> =
            extra.into_iter().filter(|(key, _)| key != "feedback").collect();
        for key in if score_first { ["score", "reasoning"] } else { ["reasoning", "score"] } {
            members.shift_remove(key);
            members.insert(key.to_owned(), if key == "score" { json!(score) } else { json!(reasoning) });
        }
        Value::Object(members)
    })
}

fn prose() -> impl Strategy<Value = String> {
    "[A-Za-z0-9 .,:;!?'()*#\\-\\n]{0,60}"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_121), ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        for contract in [&*VERDICT, &*CLOSED, &*NESTED] {
            let _ = parse(&text, contract);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..400)) {
        let _ = parse(&String::from_utf8_lossy(&bytes), &VERDICT);
    }

    #[test]
    fn what_is_read_from_debris_keeps_the_contract(pieces in vec(piece(), 0..40)) {
        let text = pieces.concat();
        for contract in [&*VERDICT, &*CLOSED, &*NESTED] {
            if let Ok(answer) = parse(&text, contract) {
                prop_assert!(is_valid(&answer, contract), "{text:?} read as {}", answer.value);
                prop_assert!(answer.repairs.is_sorted());
            }
        }
    }

    #[test]
    fn a_valid_value_comes_back_as_it_was(value in verdict(), before in prose(), after in prose(), thought in prose(), pretty: bool) {
        let json = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
        let bare = parse(&json, &VERDICT).unwrap();
        prop_assert_eq!((&bare.value, bare.repairs.as_slice()), (&value, &[][..]));
        let wrapped = [
            format!("{before}\n{json}\n{after}"),
            format!("{before}\n```json\n{json}\n```\n{after}"),
            format!("<think>\n{thought}\n</think>\n\n{json}"),
            format!("{thought}\n</think>\n```json\n{json}\n```"),
            format!("[{json}]"),
        ];
        for text in wrapped {
            let answer = parse(&text, &VERDICT).map_err(|invalid| TestCaseError::fail(format!("{text:?}: {invalid}")))?;
            prop_assert_eq!(&answer.value, &value, "{:?}", text);
        }
    }

    #[test]
    fn mutations_never_panic_and_never_break_the_contract(
        value in verdict(),
        edits in vec((any::<prop::sample::Index>(), 0..4_u8, piece()), 1..6),
    ) {
        let mut chars: Vec<char> = value.to_string().chars().collect();
        for (index, kind, piece) in edits {
            let at = index.index(chars.len() + 1);
            match kind {
                0 if at < chars.len() => { chars.remove(at); }
                1 => chars.truncate(at),
                2 => { chars.splice(at..at, piece.chars()); }
                _ => { let tail = chars[at..].to_vec(); chars.extend(tail); }
            }
        }
        let text: String = chars.into_iter().collect();
        for contract in [&*VERDICT, &*CLOSED] {
            if let Ok(answer) = parse(&text, contract) {
                prop_assert!(is_valid(&answer, contract), "{text:?} read as {}", answer.value);
                let score = answer.value["score"].to_string();
                let told = text.contains(score.trim_end_matches(".0")) || score == "1" && text.contains("true");
                prop_assert!(told, "{text:?}: a score from nowhere, {score}");
            }
        }
    }

    #[test]
    fn a_cut_reply_says_the_same_or_nothing(value in verdict(), at: prop::sample::Index) {
        let json = value.to_string();
        let cut = json.floor_char_boundary(at.index(json.len() + 1));
        let Ok(answer) = parse(&json[..cut], &VERDICT) else { return Ok(()) };
        prop_assert_eq!(&answer.value["score"], &value["score"], "{:?}", &json[..cut]);
        let (read, whole) = (answer.value["reasoning"].as_str().unwrap(), value["reasoning"].as_str().unwrap());
        let kept = read.trim_end_matches('\u{fffd}');
        let ends = [Repair::Truncated, Repair::UnquotedValue, Repair::SmartQuotes];
        let told = ends.iter().any(|repair| answer.repairs.contains(repair));
        prop_assert!(read == whole || whole.starts_with(kept) && told, "{:?}", &json[..cut]);
    }

    #[test]
    fn unescaped_text_of_a_candidate_never_changes_the_score(text in raw(), after in "[a-z ,.']{0,8}", form in 0..6) {
        let reply = match form {
            0 => format!("{{\"reasoning\": \"It says {text}{after}\", \"score\": 1}}"),
            1 => format!("My verdict: {{\"reasoning\": \"{text} {after}\", \"score\": 1}}"),
            2 => format!("{{'reasoning': 'It says {text}{after}', 'score': 1}}"),
            3 => format!("{{\"score\": 1, \"reasoning\": \"{text}{after}\"}}"),
            4 => format!("```json\n{{\n  \"reasoning\": \"{after}{text}\",\n  \"score\": 1,\n  \"feedback\": \"{after}\"\n}}\n```"),
            _ => format!("{{\"feedback\": \"{after}\", \"reasoning\": \"A {text}\", \"score\": \"1\"}}"),
        };
        for contract in [&*VERDICT, &*CLOSED] {
            if let Ok(answer) = parse(&reply, contract) {
                prop_assert_eq!(&answer.value["score"], &json!(1), "{} with {:?}", reply, answer.repairs);
            }
        }
    }
}
