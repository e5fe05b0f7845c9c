//! What a judge says when nothing is to be judged.

use serde_json::{Map, Value};

use super::judging::Judge;
use crate::ask::{Reason, Unscored};
use crate::number::real;

/// Texts without content, as in Zhao et al. 2021, section 4.2.
const NOTHING: [&str; 3] = ["N/A", "[MASK]", ""];

impl Judge {
    /// The mean share of each possible verdict over records that say nothing: the
    /// prior that a content-free correction divides by (Zhao et al. 2021, arXiv 2102.09690).
    ///
    /// # Errors
    /// The judge gives no distribution, an input is no text, or a call failed.
    pub async fn content_free(&self) -> Result<Vec<f64>, Unscored> {
        let mut sums: Vec<f64> = Vec::new();
        for nothing in NOTHING {
            let score = self.judge(&self.inputs_of(nothing)?).await.result?;
            if score.distribution.is_empty() {
                let detail = "the reading gives no distribution, so nothing can be corrected";
                return Err(Unscored::new(Reason::InvalidAnswer, detail));
            }
            sums.resize(score.distribution.len(), 0.0);
            for (sum, (_, share)) in sums.iter_mut().zip(&score.distribution) {
                *sum += share;
            }
        }
        let texts = real(NOTHING.len());
        Ok(sums.into_iter().map(|sum| sum / texts).collect())
    }

    /// A record in which every required input says the same.
    fn inputs_of(&self, text: &str) -> Result<Map<String, Value>, Unscored> {
        let mut inputs = Map::new();
        for field in self.spec().inputs.iter().filter(|field| field.required) {
            let choices = field.schema.get("enum").and_then(Value::as_array);
            let is_text = field.schema.get("type").is_some_and(|wanted| wanted == "string");
            if choices.is_some() || !is_text {
                let detail =
                    format!("input `{}` is no text, so a record without content cannot be made", field.name);
                return Err(Unscored::new(Reason::Subject, detail));
            }
            inputs.insert(field.name.clone(), Value::from(text));
        }
        Ok(inputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{JudgeOptions, Reading};
    use crate::model::{Model, ModelOptions, Provider, Request, Response};
    use crate::signature::bundled;

    #[tokio::test]
    async fn the_prior_is_the_mean_over_three_texts_that_say_nothing() {
        let provider = Provider::from_fn("custom/leaning", |request: Request| async move {
            let says_mask = request.messages.last().is_some_and(|message| message.content.contains("[MASK]"));
            let (pass, fail): (f64, f64) = if says_mask { (0.9, 0.1) } else { (0.6, 0.4) };
            let weights = vec![pass.ln(), fail.ln(), f64::NEG_INFINITY];
            Ok(Response { weights: Some(weights), ..Response::default() })
        });
        let options = JudgeOptions { reading: Reading::Weighted, ..JudgeOptions::default() };
        let model = Model::new(provider, ModelOptions::default());
        let judge = Judge::new(bundled("relevance").unwrap(), model, options).unwrap();
        let prior = judge.content_free().await.unwrap();
        for (share, expected) in prior.iter().zip([0.7, 0.3, 0.0]) {
            assert!((share - expected).abs() < 1e-12, "{prior:?}");
        }
    }
}
