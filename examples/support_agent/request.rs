//! What the customer wants, as far as words tell.

use std::io::Read;

use serde::Deserialize;

use crate::shop::Summary;

/// One request, as it comes from the standard input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    #[serde(rename = "request")]
    pub(crate) text: String,
    pub(crate) customer: String,
}

impl Request {
    pub(crate) fn read(input: impl Read) -> Result<Self, String> {
        serde_json::from_reader(input).map_err(|fault| {
            format!("the input is not a request: {fault}; it must be {{\"request\": \"...\", \"customer\": \"...\"}}")
        })
    }
}

/// What the agent can do about an order.
#[derive(Clone, Copy)]
pub(crate) enum Intent {
    Cancel,
    Refund,
    ChangeAddress,
    Status,
}

/// Which words speak for which intent. The first that is found decides.
const WORDS: [(&str, Intent); 8] = [
    ("cancel", Intent::Cancel),
    ("refund", Intent::Refund),
    ("money back", Intent::Refund),
    ("address", Intent::ChangeAddress),
    ("where", Intent::Status),
    ("when", Intent::Status),
    ("arrive", Intent::Status),
    ("status", Intent::Status),
];

impl Intent {
    pub(crate) fn of(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        WORDS.iter().find(|(word, _)| text.contains(word)).map(|(_, intent)| *intent)
    }
}

/// The number of the order that the request is about: the one it names, else
/// the newest that fits its words.
pub(crate) fn order_number(text: &str, orders: &[Summary]) -> Option<String> {
    named(text).or_else(|| newest_match(text, orders))
}

/// Orders have four digits.
fn named(text: &str) -> Option<String> {
    let is_number = |word: &&str| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split(|c: char| !c.is_alphanumeric()).find(is_number).map(str::to_owned)
}

fn newest_match(text: &str, orders: &[Summary]) -> Option<String> {
    let text = text.to_lowercase();
    let fits = |order: &&Summary| order.item.split(' ').any(|word| text.contains(word));
    let newest = |order: &&Summary| order.ordered_days_ago;
    let order = orders.iter().filter(fits).min_by_key(newest).or_else(|| orders.iter().min_by_key(newest));
    order.map(|order| order.number.clone())
}

/// The address that the request names: what follows a colon, else the last "to".
pub(crate) fn new_address(text: &str) -> Option<&str> {
    let (_, address) = text.split_once(':').or_else(|| text.rsplit_once(" to "))?;
    let address = address.trim().trim_end_matches(['.', '!']);
    (!address.is_empty()).then_some(address)
}
