//! A help desk that answers tickets by rules: what an agent is to its tests, small enough to read.

/// The reply to a ticket.
#[must_use]
pub fn reply(ticket: &str) -> String {
    let said = ticket.to_lowercase();
    let order = number_after(&said, "order");
    match (topic(&said), order) {
        (Topic::Refund, Some(order)) => {
            format!("We have refunded order {order}. The money is on your account within three days.")
        }
        (Topic::Refund, None) => "Which order shall we refund? Please send us its number.".to_owned(),
        (Topic::Late, Some(order)) => {
            format!(
                "We are sorry that order {order} is late. It left our store today and arrives in two days."
            )
        }
        (Topic::Late, None) => "Which order is late? Please send us its number.".to_owned(),
        (Topic::Address, _) => {
            "Your new address is noted. Orders that have left our store go to the old one.".to_owned()
        }
        (Topic::Password, _) => {
            "We have sent you a link. Open it within an hour and choose a new password.".to_owned()
        }
        (Topic::Other, _) => "Thank you for your message. A colleague will answer it today.".to_owned(),
    }
}

enum Topic {
    Refund,
    Late,
    Address,
    Password,
    Other,
}

fn topic(said: &str) -> Topic {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["refund", "money back"]) {
        Topic::Refund
    } else if has(&["late", "where is", "not arrived"]) {
        Topic::Late
    } else if has(&["address", "moved"]) {
        Topic::Address
    } else if has(&["password", "log in"]) {
        Topic::Password
    } else {
        Topic::Other
    }
}

fn number_after(said: &str, word: &str) -> Option<u64> {
    let (_, rest) = said.split_once(word)?;
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}
