//! Whether taking a record several times could ever tell anything.

use super::config::Config;
use super::judges::Suite;
use super::loaded_models::LoadedModel;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, Plan};
use crate::judge::{Judge, Reading};
use crate::model::provider_of;
use crate::subject::{Producer, Subject};

/// What a judge's repeats can differ by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chance {
    /// Nothing: the same question gets the same verdict.
    None,
    /// The server's own: at temperature 0 it should give the same answer, and not every server does.
    Servers,
    /// A temperature above 0, or the server's own.
    Drawn,
}

/// Refuses repeats that would all be the same, and warns of such as may be.
pub(crate) fn check(
    suite: &Suite,
    config: &Config,
    plan: &Plan,
    panel: &Panel,
    subject: Option<&LoadedModel>,
) -> Result<()> {
    if plan.repeats.len() < 2 || is_produced_anew(&plan.subject, subject) {
        return Ok(());
    }
    match panel.judges.iter().map(|member| chance(&member.judge)).max().unwrap_or(Chance::None) {
        Chance::Drawn => Ok(()),
        Chance::Servers => {
            let text = format!(
                "{}: at temperature 0, repeats only tell how far the server answers the same question the same way; \
                 set the judge's `temperature` above 0 to learn how sure its verdicts are",
                suite.name
            );
            config.environment.tell(&text);
            Ok(())
        }
        Chance::None => Err(all_the_same(suite, panel)),
    }
}

/// How often a judge is asked about an output that is there already: once where the repeats are about making outputs, or
/// every answer would be the same.
#[cfg(feature = "cli")]
pub(crate) fn of_judges(plan: &Plan, panel: &Panel) -> u32 {
    let is_made = matches!(plan.subject, Subject::Produced { .. });
    let may_differ = panel.judges.iter().any(|member| chance(&member.judge) > Chance::None);
    if is_made || !may_differ { 1 } else { plan.repeats.end.max(1) }
}

/// Whether the outputs themselves may differ. What a command does, nobody knows.
fn is_produced_anew(subject: &Subject, loaded: Option<&LoadedModel>) -> bool {
    match subject {
        Subject::Produced { producer: Producer::Command(_), .. } => true,
        Subject::Produced { producer: Producer::Model(model), .. } if model.draws() => true,
        Subject::Produced { producer: Producer::Model(_), .. } => {
            loaded.is_some_and(|loaded| is_warm(loaded.model_config.parameters(Reading::Text).temperature))
        }
        _ => false,
    }
}

fn chance(judge: &Judge) -> Chance {
    let options = judge.options();
    let is_embedded = provider_of(judge.model().name()).is_some_and(|(provider, _)| provider.is_embedded());
    match options.reading {
        Reading::Weighted | Reading::Exact => Chance::None,
        _ if is_warm(options.parameters.temperature) => Chance::Drawn,
        _ if is_embedded => Chance::None,
        _ => Chance::Servers,
    }
}

fn is_warm(temperature: Option<f64>) -> bool {
    temperature.is_none_or(|temperature| temperature > 0.0)
}

fn all_the_same(suite: &Suite, panel: &Panel) -> Error {
    let (why, remedy) = match panel.judges.first().map(|member| member.judge.options().reading) {
        None => {
            ("checks find the same every time", "remove `repeats`, or have a command produce the outputs")
        }
        Some(Reading::Weighted) => (
            "a weighted reading gives the same verdict every time",
            "remove `repeats`: the weights tell already how sure the judge is; or read it as text, with --reading text, \
             at a `temperature` above 0",
        ),
        Some(_) => (
            "at temperature 0 an embedded model gives the same answer every time",
            "set the model's `temperature` above 0, for example 0.7",
        ),
    };
    let detail = format!("suite {}: repeats would all be the same: {why}", suite.name);
    Error::new(ErrorKind::Config, detail).help(remedy)
}
