//! The typed shell: a struct in, a struct out.

use std::marker::PhantomData;

use serde_json::{Map, Value};

use super::options::JudgeOptions;
use crate::answer;
use crate::ask::{Question, Reading, Reason, Replied, Unscored, ask};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::signature::{Signature, Spec};

/// Asks a typed question and gets a typed answer, of a pair in its own order only. Cheap to clone.
///
/// ```
/// use evenhand::Signature;
/// use evenhand::judge::{JudgeOptions, TypedJudge};
/// use evenhand::model::{Model, ModelOptions, Provider, Response};
/// use schemars::JsonSchema;
/// use serde::{Deserialize, Serialize};
///
/// /// Judge whether the answer is polite.
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Politeness {
///     /// The answer to judge.
///     artifact: String,
/// }
///
/// #[derive(Serialize, Deserialize, JsonSchema)]
/// struct Polite {
///     /// Whether the answer is polite.
///     verdict: bool,
/// }
///
/// impl Signature for Politeness {
///     type Output = Polite;
/// }
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let provider = Provider::from_fn("example/yes", |_request| async {
///     Ok(Response { text: r#"{"verdict": true}"#.to_owned(), ..Response::default() })
/// });
/// let model = Model::new(provider, ModelOptions::default());
/// let judge = TypedJudge::<Politeness>::new(model, &JudgeOptions::default())?;
/// assert!(judge.ask(&Politeness { artifact: "Gladly!".to_owned() }).await?.verdict);
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct TypedJudge<S> {
    question: Question,
    model: Model,
    retries: u32,
    signature: PhantomData<fn(S)>,
}

impl<S: Signature> TypedJudge<S> {
    /// A judge for the signature.
    ///
    /// # Errors
    /// The signature cannot be compiled, or the options want a weighted or a
    /// sampled reading, which gives no whole answer; or it is a decision model, which gives none either.
    pub fn new(model: Model, options: &JudgeOptions) -> Result<Self> {
        if matches!(options.reading, Reading::Weighted | Reading::Sampled) {
            let reading = options.reading.name();
            let detail = format!("`{}`: a {reading} reading gives a score, not an answer", S::name());
            return Err(Error::new(ErrorKind::Usage, detail).help("use `Judge` for scores, or read as text"));
        }
        if model.decision_limits().is_some() {
            let detail = format!("{} gives probabilities, and no answer", model.name());
            return Err(Error::new(ErrorKind::Usage, detail).help("use `Judge` for scores, or another model"));
        }
        Ok(Self {
            question: Question::new(Spec::of::<S>()?, options.reading, options.parameters.clone())?,
            model,
            retries: options.retries,
            signature: PhantomData,
        })
    }

    /// Asks about one record.
    ///
    /// # Errors
    /// There is no valid answer: why, in the words of an outcome.
    pub async fn ask(&self, inputs: &S) -> Result<S::Output, Unscored> {
        let inputs = to_map(inputs)?;
        let asked = ask(&self.model, &self.question, &inputs, self.retries).await;
        match asked.result? {
            Replied::Answer(answer) => answer::deserialize(&answer)
                .map_err(|invalid| Unscored::new(Reason::InvalidAnswer, invalid.to_string())),
            Replied::Weights(_) => Err(Unscored::new(Reason::InvalidAnswer, "a distribution is no answer")),
        }
    }
}

fn to_map<S: Signature>(inputs: &S) -> Result<Map<String, Value>, Unscored> {
    match serde_json::to_value(inputs) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Unscored::new(Reason::Subject, "the inputs are not a struct with named fields")),
        Err(error) => {
            Err(Unscored::new(Reason::Subject, format!("the inputs cannot be written as JSON: {error}")))
        }
    }
}
