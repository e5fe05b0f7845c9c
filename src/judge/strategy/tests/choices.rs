//! A strategy with its options, as files and the command line give it.

use super::*;
use crate::judge::StrategyChoice;

fn read(value: Value) -> Result<StrategyChoice, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn a_name_a_table_and_the_command_line_say_the_same() {
    let table = read(json!({"name": "best_of_n", "n": 4, "temperature": 1})).unwrap();
    let words: StrategyChoice = "best_of_n:n=4,temperature=1.0".parse().unwrap();
    assert_eq!(table, words);
    assert_eq!(words.to_string().parse::<StrategyChoice>().unwrap(), words);
    assert_eq!(
        serde_json::to_value(&words).unwrap(),
        json!({"name": "best_of_n", "n": 4, "temperature": 1.0})
    );
    assert_eq!(read(json!("direct")).unwrap(), StrategyChoice::default());
    assert_eq!(serde_json::to_value(StrategyChoice::default()).unwrap(), json!("direct"));
    let default: StrategyChoice = "best_of_n:n=3".parse().unwrap();
    assert_eq!((default.to_string(), &default), ("best_of_n".to_owned(), &"best_of_n".parse().unwrap()));
}

#[test]
fn a_list_keeps_its_commas_and_a_word_needs_no_quotes() {
    let ladder: StrategyChoice = "diverse_sampling:temperatures=[0, 0.5,1]".parse().unwrap();
    assert_eq!(ladder, read(json!({"name": "diverse_sampling", "temperatures": [0, 0.5, 1]})).unwrap());
    let called: StrategyChoice = "best_of_n:scorer=call,n=2".parse().unwrap();
    assert_eq!(called.to_string(), "best_of_n:n=2,scorer=call");
}

#[test]
fn what_a_strategy_has_not_is_refused_with_what_it_has() {
    for (text, told) in [
        ("best", "there is no strategy `best`; there are: direct, re_read"),
        ("best_of_n:m=4", "has no option `m`; its options: n, temperature, scorer"),
        ("direct:n=4", "strategy `direct` has no option `n`; its options: none"),
        ("best_of_n:n=0", "option `n` of strategy `best_of_n` must be a whole number from 1 to 100"),
        ("best_of_n:n=many", "must be a whole number"),
        ("best_of_n:temperature=0", "must be a number above 0"),
        ("best_of_n:scorer=luck", "must be one of auto, confidence, call"),
        ("diverse_sampling:temperatures=[]", "must be a list"),
        ("best_of_n:4", "`4` is no option=value"),
    ] {
        let error = text.parse::<StrategyChoice>().unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
    assert!(read(json!({"n": 4})).unwrap_err().contains("a strategy has a `name`"));
}
