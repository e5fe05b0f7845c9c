//! What an assertion takes: where the replies come from, who judged, and each judged output.

use std::env;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::eval::{Outcome, Panel};
use crate::golden::{Locked, fingerprint, in_ci};
use crate::judge::{Judge, Judged, Score, Unscored};
use crate::model::{
    Model, ModelOptions, Provider, RecordedTimes, Recorder, Recording, RunParts, recorded_limits,
};

/// A model that answers strictly from recorded replies: what is not among them is no score, and says so.
///
/// # Errors
/// There is no such recording, or it is none.
pub fn replayed(path: impl AsRef<Path>) -> Result<Model> {
    let recording = Recording::open(path.as_ref())?;
    let limits = recorded_limits(&recording);
    let name = recording.model().map_or_else(|| "replay".to_owned(), str::to_owned);
    Ok(Model::new(Provider::replay(name, Arc::new(recording), None, limits), ModelOptions::default()))
}

/// A model that answers from recorded replies; where `EVENHAND_RECORD` is set to anything, the live model,
/// whose replies are recorded anew. In CI it never is.
///
/// # Errors
/// As for [`replayed`]; the live model cannot be made, or the recording cannot be written.
pub fn recorded(path: impl AsRef<Path>, live: impl FnOnce() -> Result<Provider>) -> Result<Model> {
    if env::var_os("EVENHAND_RECORD").is_none_or(|value| value.is_empty()) || in_ci(|name| env::var_os(name))
    {
        return replayed(path);
    }
    let recorder = Arc::new(Recorder::create(path.as_ref(), RecordedTimes::Drop)?);
    let parts = RunParts { recorders: vec![recorder], ..RunParts::default() };
    Ok(Model::of_run(live()?, ModelOptions::default(), parts))
}

/// Who judged: the model's name, and a fingerprint of everything that decides what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedBy {
    pub(super) model: String,
    pub(super) fingerprint: String,
}

impl JudgedBy {
    /// The same under another name of the model: that of the one for which recorded replies stand.
    #[doc(hidden)]
    #[must_use]
    pub fn named(self, model: &str) -> Self {
        Self { model: replied(model), ..self }
    }
}

impl From<&Judge> for JudgedBy {
    fn from(judge: &Judge) -> Self {
        Self { model: replied(judge.model().name()), fingerprint: short(&judge.fingerprint()) }
    }
}

impl From<&Panel> for JudgedBy {
    fn from(panel: &Panel) -> Self {
        Self { model: replied(&panel.model()), fingerprint: short(&panel.fingerprint()) }
    }
}

/// Of a recording, the model that was recorded.
fn replied(model: &str) -> String {
    model.strip_prefix("replay/").unwrap_or(model).to_owned()
}

/// As long as the other fingerprints of a golden file.
fn short(fingerprint: &str) -> String {
    fingerprint.chars().take(12).collect()
}

/// One judged output, as an assertion takes it.
///
/// ```
/// use evenhand::judge::{Judge, JudgeOptions};
/// use evenhand::signature::bundled;
/// use evenhand::testing::Scored;
/// # use evenhand::model::{Model, ModelOptions, Provider, Response};
/// # let model = Model::new(Provider::from_fn("example/yes", |_request| async {
/// #     let text = r#"{"evidence": "", "reasoning": "It says so.", "verdict": "pass", "confidence": 0.9}"#;
/// #     Ok(Response { text: text.to_owned(), ..Response::default() })
/// # }), ModelOptions::default());
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let judge = Judge::new(bundled("relevance")?, model, JudgeOptions::default())?;
/// let (wanted, reply) = ("Say that order 7 is late", "Order 7 is late.");
/// let inputs = serde_json::json!({"ground_truth": wanted, "artifact": reply});
/// let judged = judge.judge(inputs.as_object().expect("an object")).await;
/// let scored = Scored::judged("order-7", &judged).asked(&wanted).output(&reply);
/// # let _ = scored;
/// # Ok::<(), evenhand::Error>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct Scored {
    pub(super) locked: Locked,
    pub(super) reasoning: Option<String>,
    pub(super) why_unscored: Option<String>,
}

impl Scored {
    /// What a judge said of the output of this id.
    #[must_use]
    pub fn judged(id: impl Into<String>, judged: &Judged) -> Self {
        let result = judged.result.as_ref();
        Self::new(Locked::scored(id, result), result)
    }

    /// Notes what the output is compared with: if it changes, scores are not comparable any more.
    #[must_use]
    pub fn asked(mut self, asked: &impl Serialize) -> Self {
        self.locked.marks.inputs = mark(asked);
        self
    }

    /// Notes the output that was judged: a change of it is named.
    #[must_use]
    pub fn output(mut self, output: &impl Serialize) -> Self {
        self.locked.marks.output = mark(output);
        self
    }

    fn new(locked: Locked, result: Result<&Score, &Unscored>) -> Self {
        Self {
            locked,
            reasoning: result.ok().and_then(|score| score.reasoning.clone()),
            why_unscored: result.err().map(ToString::to_string),
        }
    }
}

impl From<&Outcome> for Scored {
    fn from(outcome: &Outcome) -> Self {
        Self::new(Locked::of(outcome), outcome.result.as_ref())
    }
}

impl From<Outcome> for Scored {
    fn from(outcome: Outcome) -> Self {
        Self::from(&outcome)
    }
}

fn mark(of: &impl Serialize) -> Option<String> {
    serde_json::to_value(of).ok().map(|value: Value| fingerprint(&value))
}
