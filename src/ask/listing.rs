//! How the possible answers of a weighted question are named, and in which orders the prompt lists them.
//!
//! Models prefer a place in a list and some names (Pezeshkpour and Hruschka 2023, arXiv 2308.11483; Zheng et al. 2023,
//! arXiv 2309.03882). Listed in several orders and averaged, each answer has each place once. The list is the last
//! part of the prompt, so that all orders share what stands before it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::signature::{ScaleAnswer, Spec};

/// In which orders the prompt lists the possible answers. With several, each is a call, and the distributions are
/// averaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum AnswerOrders {
    /// As the signature has them, in one call.
    #[default]
    Own,
    /// As they are, and backwards: two calls.
    Reversed,
    /// As many as there are answers: each answer stands at each place once.
    Cyclic,
    /// Every order there is, of at most four answers.
    All,
}

/// What stands for each possible answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum AnswerLabels {
    /// The answer itself.
    #[default]
    Words,
    /// A letter: A for the first.
    Letters,
    /// A digit: 1 for the first.
    Digits,
}

/// The most answers that are listed in every order: 24 calls.
const MOST_IN_ALL_ORDERS: usize = 4;

impl AnswerOrders {
    /// The name in suites and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Reversed => "reversed",
            Self::Cyclic => "cyclic",
            Self::All => "all",
        }
    }

    /// The orders of so many answers, as places in the signature's; its own first.
    ///
    /// # Errors
    /// There are too many.
    pub(crate) fn of(self, answers: usize) -> Result<Vec<Vec<usize>>> {
        let own: Vec<usize> = (0..answers).collect();
        Ok(match self {
            _ if answers < 2 => vec![own],
            Self::Own => vec![own],
            Self::Reversed => vec![own.clone(), own.into_iter().rev().collect()],
            Self::Cyclic => (0..answers).map(|first| (first..answers).chain(0..first).collect()).collect(),
            Self::All if answers > MOST_IN_ALL_ORDERS => {
                let detail = format!(
                    "orders = \"all\" is for at most {MOST_IN_ALL_ORDERS} answers, and there are {answers}"
                );
                return Err(Error::new(ErrorKind::Config, detail)
                    .help("set orders = \"cyclic\", or \"reversed\" for two calls"));
            }
            Self::All => permutations(&own),
        })
    }
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let beginning_with = |&first: &usize| {
        let rest: Vec<usize> = items.iter().copied().filter(|item| *item != first).collect();
        let begin = move |rest: Vec<usize>| [first].into_iter().chain(rest).collect();
        permutations(&rest).into_iter().map(begin).collect::<Vec<Vec<usize>>>()
    };
    items.iter().flat_map(beginning_with).collect()
}

impl AnswerLabels {
    /// The name in suites and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Letters => "letters",
            Self::Digits => "digits",
        }
    }

    /// What stands for each of so many answers; `None` where they stand for themselves.
    fn codes(self, answers: usize) -> Option<Vec<String>> {
        match self {
            Self::Words => None,
            Self::Letters => Some(('A'..='Z').take(answers).map(String::from).collect()),
            Self::Digits => Some((1..=9).take(answers).map(|digit: u8| digit.to_string()).collect()),
        }
    }
}

/// How answers are put to the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) orders: AnswerOrders,
    pub(crate) labels: AnswerLabels,
}

/// A spec whose answers are named and listed so.
pub(super) struct Listed {
    pub(super) spec: Spec,
    pub(super) candidates: Vec<ScaleAnswer>,
    /// What the prompt says of the verdict's type, where it is not what the schema says.
    pub(super) type_text: Option<String>,
    /// The list that stands after the record, and the spec whose schema has its order: one for each order.
    pub(super) orders: Vec<(String, Spec)>,
}

impl Listing {
    /// Names and lists the answers of a question that asks for a verdict alone.
    ///
    /// # Errors
    /// There are more answers than orders or names.
    pub(super) fn of(self, spec: Spec, field: &str, candidates: Vec<ScaleAnswer>) -> Result<Listed> {
        let shown: Vec<Value> = candidates.iter().map(|candidate| candidate.json.clone()).collect();
        let codes = self.codes(&spec, &shown)?;
        let (spec, candidates) = match &codes {
            Some(codes) => coded(spec, field, &candidates, codes),
            None => (spec, candidates),
        };
        // The signature's own order, of which the scale's may be another.
        let answers: Vec<Value> = candidates.iter().map(|candidate| candidate.json.clone()).collect();
        let listed = spec.output(field).and_then(|field| field.schema.get("enum")?.as_array().cloned());
        let listed = listed.filter(|listed| listed.len() == answers.len()).unwrap_or(answers.clone());
        let said = |answer: &Value| {
            let meant = answers.iter().position(|known| known == answer).and_then(|place| shown.get(place));
            match (&codes, meant) {
                (Some(_), Some(meant)) => format!("{answer} for {meant}"),
                _ => answer.to_string(),
            }
        };
        let list = |order: &[usize]| {
            let said: Vec<String> = order.iter().filter_map(|place| listed.get(*place)).map(said).collect();
            said.join(", ")
        };
        if self.orders == AnswerOrders::Own {
            let own: Vec<usize> = (0..listed.len()).collect();
            let type_text = codes.is_some().then(|| list(&own));
            return Ok(Listed { spec, candidates, type_text, orders: Vec::new() });
        }
        let in_order = |order: Vec<usize>| {
            let other = spec.with_verdicts(&order).unwrap_or_else(|| spec.clone());
            (format!("\"{field}\" is one of: {}.", list(&order)), other)
        };
        let orders = self.orders.of(listed.len())?.into_iter().map(in_order).collect();
        let type_text = Some("one of the answers listed after the record".to_owned());
        Ok(Listed { spec, candidates, type_text, orders })
    }

    fn codes(self, spec: &Spec, answers: &[Value]) -> Result<Option<Vec<String>>> {
        let codes = self.labels.codes(answers.len());
        let refused = |why: String| {
            let detail = format!("`{}`: answer_labels = \"{}\": {why}", spec.name, self.labels.name());
            Err(Error::new(ErrorKind::Config, detail).help("leave out `answer_labels`"))
        };
        match &codes {
            Some(_) if !answers.iter().all(Value::is_string) => {
                refused("its verdicts are not words".to_owned())
            }
            Some(codes) if codes.len() < answers.len() => refused(format!(
                "it has {} verdicts, and there are {} such labels",
                answers.len(),
                codes.len()
            )),
            _ => Ok(codes),
        }
    }
}

/// The question with codes in place of its answers, in the schema and in the demos. The labels of the scale stay.
fn coded(
    mut spec: Spec,
    field: &str,
    candidates: &[ScaleAnswer],
    codes: &[String],
) -> (Spec, Vec<ScaleAnswer>) {
    let code = |answer: &Value| {
        let place = candidates.iter().position(|candidate| candidate.json == *answer);
        place.and_then(|place| codes.get(place)).map_or_else(|| answer.clone(), |code| code.as_str().into())
    };
    for output in spec.outputs.iter_mut().filter(|output| output.name == field) {
        if let Some(Value::Array(listed)) = output.schema.get_mut("enum") {
            for answer in listed {
                *answer = code(answer);
            }
        }
    }
    for demo in &mut spec.demos {
        if let Some(answer) = demo.outputs.get_mut(field) {
            *answer = code(answer);
        }
    }
    let renamed =
        candidates.iter().map(|candidate| ScaleAnswer { json: code(&candidate.json), ..candidate.clone() });
    (spec, renamed.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::bundled;

    #[test]
    fn each_kind_of_order_puts_the_answers_where_it_says() {
        let of = |orders: AnswerOrders, answers| orders.of(answers).unwrap();
        assert_eq!(of(AnswerOrders::Own, 3), [[0, 1, 2]]);
        assert_eq!(of(AnswerOrders::Reversed, 3), [[0, 1, 2], [2, 1, 0]]);
        assert_eq!(of(AnswerOrders::Cyclic, 3), [[0, 1, 2], [1, 2, 0], [2, 0, 1]]);
        assert_eq!(of(AnswerOrders::All, 2), of(AnswerOrders::Cyclic, 2));
        let mut all = of(AnswerOrders::All, 4);
        assert_eq!((all.len(), &all[0][..]), (24, &[0, 1, 2, 3][..]));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 24);
        assert!(AnswerOrders::All.of(5).unwrap_err().to_string().contains("at most 4"));
    }

    fn listed(orders: AnswerOrders, labels: AnswerLabels) -> Result<Listed> {
        let spec = bundled("relevance").unwrap().verdict_only().unwrap();
        let candidates = spec.scale.as_ref().unwrap().candidates().unwrap();
        Listing { orders, labels }.of(spec, "verdict", candidates)
    }

    #[test]
    fn lists_have_their_order_in_the_prompt_and_in_the_schema() {
        let listed = listed(AnswerOrders::Cyclic, AnswerLabels::Words).unwrap();
        let (last, spec) = &listed.orders[2];
        assert_eq!(last, r#""verdict" is one of: "unclear", "pass", "fail"."#);
        assert_eq!(spec.output("verdict").unwrap().type_text(), r#""unclear", "pass" or "fail""#);
        assert_eq!(listed.type_text.unwrap(), "one of the answers listed after the record");
    }

    #[test]
    fn letters_stand_for_the_same_answers_in_every_order_and_in_demos() {
        let one = listed(AnswerOrders::Own, AnswerLabels::Letters).unwrap();
        assert_eq!(one.type_text.unwrap(), r#""A" for "pass", "B" for "fail", "C" for "unclear""#);
        let said: Vec<_> =
            one.candidates.iter().map(|one| (one.label.as_str(), one.json.to_string())).collect();
        assert_eq!(said[..2], [("pass", "\"A\"".to_owned()), ("fail", "\"B\"".to_owned())]);
        assert_eq!(one.spec.demos[0].outputs["verdict"], "B");
        let back = listed(AnswerOrders::Reversed, AnswerLabels::Digits).unwrap();
        assert_eq!(
            back.orders[1].0,
            r#""verdict" is one of: "3" for "unclear", "2" for "fail", "1" for "pass"."#
        );
    }

    #[test]
    fn numbers_get_no_letters() {
        let spec = bundled("professional_email").unwrap().verdict_only().unwrap();
        let scale = spec.scale.clone().unwrap();
        let of = |orders, labels| {
            Listing { orders, labels }.of(spec.clone(), &scale.field, scale.candidates().unwrap())
        };
        let refused = of(AnswerOrders::Own, AnswerLabels::Letters).err().unwrap();
        assert!(refused.to_string().contains("not words"), "{refused}");
        let back = of(AnswerOrders::Reversed, AnswerLabels::Words).unwrap();
        assert!(back.orders[1].0.ends_with("is one of: 5, 4, 3, 2, 1."), "{}", back.orders[1].0);
    }
}
