//! The question several times at one temperature; the verdict that most answers give.
//!
//! Wang et al. 2022 (arXiv 2203.11171). It is what the sampled reading does, under the method's usual name.

use super::draws::Draws;
use super::kind::{AskOptions, Registered, Strategy, only};
use super::option::{OptionFact, OptionKind, Settings};
use super::sampled::Sampled;
use crate::ask::{Question, Reading};
use crate::error::Result;

const NAME: &str = "self_consistency";

pub(super) const REGISTERED: Registered = Registered {
    name: NAME,
    about: "the question several times at one temperature; the verdict that most answers give",
    options: &[
        OptionFact {
            name: "n",
            about: "How many answers are drawn",
            kind: OptionKind::Count { least: 1, most: 1000, default: 5 },
        },
        OptionFact {
            name: "temperature",
            about: "Their temperature",
            kind: OptionKind::Temperature { default: 0.7 },
        },
    ],
    texts: &[],
    make,
};

fn make(question: Question, options: &AskOptions, settings: &Settings) -> Result<Box<dyn Strategy>> {
    only(&[Reading::Text], NAME, options, "draws whole answers")?;
    let temperature = settings.number("temperature");
    let draws = (1..=settings.count("n")).map(|number| (format!("draw {number}"), temperature));
    Ok(Box::new(Sampled::of(Draws::at(&question, draws))))
}
