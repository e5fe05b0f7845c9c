//! How professional is an e-mail?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::relevance::worked;
use crate::signature::{Criterion, Demo, Level, Rubric, RubricVerdict, Signature};

/// Score the e-mail for its task, from 1 (very bad) to 5 (very good).
///
/// Score each criterion on its own. A polite e-mail can be unclear. A rude e-mail can be clear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProfessionalEmail {
    /// What the e-mail was for.
    pub task: String,
    /// The e-mail.
    pub artifact: String,
}

impl Signature for ProfessionalEmail {
    type Output = RubricVerdict;

    fn rubric() -> Option<Rubric> {
        Some(Rubric {
            min: 1,
            max: 5,
            levels: levels([
                "Must not be sent.",
                "Needs rewriting.",
                "Usable after changes.",
                "Good. One thing to polish.",
                "Ready to send.",
            ]),
            criteria: vec![tone(), grammar(), clarity()],
        })
    }

    fn demos() -> Vec<Demo> {
        worked(&json!([
            {
                "inputs": {
                    "task": "Ask the firm next door to move its van",
                    "artifact": "ur all idiotss, u no wat i mean",
                },
                "outputs": {
                    "reasoning": "Insulting. Errors in most words. The van is never named.",
                    "criteria": {"professional_tone": 1, "proper_grammar": 1, "clear_communication": 1},
                    "score": 1,
                    "suggestions": ["Ask politely, and say which van should move and why."],
                },
            },
            {
                "inputs": {
                    "task": "Tell a customer that order 71 is sent on Friday at noon",
                    "artifact": "Hi, your order will be send on Friday or so. Cheers, Max",
                },
                "outputs": {
                    "reasoning": "Too casual for a customer. One slip. The day is there, but the order and the hour are missing.",
                    "criteria": {"professional_tone": 3, "proper_grammar": 4, "clear_communication": 3},
                    "score": 3,
                    "suggestions": ["Name order 71 and the hour.", "Write \"will be sent\"."],
                },
            },
            {
                "inputs": {
                    "task": "Ask an accountant for the March files by Tuesday noon",
                    "artifact": "Dear Mr Ito,\n\nCould you please send us the March files by Tuesday noon? Thank you very much.\n\nKind regards,\nElla Voss",
                },
                "outputs": {
                    "reasoning": "Courteous. No error. What is wanted and by when are clear.",
                    "criteria": {"professional_tone": 5, "proper_grammar": 5, "clear_communication": 5},
                    "score": 5,
                    "suggestions": [],
                },
            },
        ]))
    }
}

fn levels(descriptions: [&str; 5]) -> Vec<Level> {
    (1..).zip(descriptions).map(|(score, text)| Level { score, description: text.into() }).collect()
}

fn criterion(name: &str, weight: f64, description: &str, descriptions: [&str; 5]) -> Criterion {
    Criterion { name: name.into(), description: description.into(), weight, levels: levels(descriptions) }
}

fn tone() -> Criterion {
    criterion(
        "professional_tone",
        2.0,
        "Is it polite and fit for work? Look only at the manner.",
        [
            "Insulting, threatening, or contemptuous.",
            "Pushy, sarcastic, begging, shouted, or slang.",
            "Fine among colleagues only: too casual, cool, full of jargon, or too many apologies.",
            "Polite, a little too casual or too stiff.",
            "Courteous. Fit for a customer.",
        ],
    )
}

fn grammar() -> Criterion {
    criterion(
        "proper_grammar",
        1.0,
        "Is the English correct? Look only at the language.",
        [
            "So many errors that it is hard to read.",
            "An error in most sentences.",
            "A few errors. Easy to read.",
            "One or two small slips.",
            "No error.",
        ],
    )
}

fn clarity() -> Criterion {
    criterion(
        "clear_communication",
        2.0,
        "Does the reader learn all that the task needs? Look only at the content.",
        [
            "No message can be found.",
            "The topic can be guessed, but not what to do.",
            "The main point is there. Important details are missing.",
            "Clear, but one small detail is missing or it is wordy.",
            "The reader knows at once what, when, and what to do.",
        ],
    )
}
