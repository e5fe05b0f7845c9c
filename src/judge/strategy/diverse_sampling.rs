//! The question once at each of several temperatures; the verdict that most answers give.
//!
//! A verdict that holds from a low temperature to a high one does not hang on chance in decoding.

use super::draws::Draws;
use super::kind::{AskOptions, Registered, Strategy, only};
use super::option::{OptionFact, OptionKind, Settings};
use super::sampled::Sampled;
use crate::ask::{Question, Reading};
use crate::error::Result;

const NAME: &str = "diverse_sampling";

pub(super) const REGISTERED: Registered = Registered {
    name: NAME,
    about: "the question once at each of several temperatures; the verdict that most answers give",
    options: &[OptionFact {
        name: "temperatures",
        about: "The temperatures, one answer at each",
        kind: OptionKind::Temperatures { default: &[0.1, 0.5, 0.9] },
    }],
    texts: &[],
    make,
};

fn make(question: Question, options: &AskOptions, settings: &Settings) -> Result<Box<dyn Strategy>> {
    only(&[Reading::Text], NAME, options, "draws whole answers")?;
    let at = |temperature| (format!("temperature {temperature}"), temperature);
    let draws = settings.numbers("temperatures").into_iter().map(at);
    Ok(Box::new(Sampled::of(Draws::at(&question, draws))))
}
