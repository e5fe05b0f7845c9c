//! Cascades: a cheap judge first, and the next one where it is not sure enough.
//!
//! A stage's verdict stands where its confidence reaches the stage's threshold. A stage that fails has no confidence,
//! so the next one is asked. After the last stage the cascade abstains: a record without a verdict that may stand is
//! no score.

use std::ops::RangeInclusive;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use super::judging::{Judge, JuryMember};
use super::members::{asked, attempts, misfit, named, own_inputs, parts, unfinished};
use super::score::{Judged, Score};
use super::strategy::{AskOptions, Asker, Planned, Strategy};
use crate::ask::{Question, Unscored};
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::RenderFault;
use crate::signature::Spec;

/// The verdict where no stage is sure enough.
const ABSTAINS: &str = "abstains";

/// Judges that are asked one after the other.
#[derive(Debug)]
struct Cascade {
    spec: Spec,
    stages: Arc<[JuryMember]>,
    /// The confidence in `0..=1` from which on each stage's verdict stands; without one it always does.
    thresholds: Vec<Option<f64>>,
}

impl Judge {
    /// A cascade: the stages in the order in which they are asked, each with the confidence in `0..=1` from which on its
    /// verdict stands; without one it always does.
    ///
    /// # Errors
    /// The stages do not fit each other: which, and why.
    pub fn cascade(spec: Spec, stages: Vec<(JuryMember, Option<f64>)>) -> Result<Self> {
        let (stages, thresholds): (Vec<JuryMember>, Vec<Option<f64>>) = stages.into_iter().unzip();
        let wrong = |detail: String, help: &str| {
            Error::new(ErrorKind::Config, format!("the cascade of `{}`: {detail}", spec.name)).help(help)
        };
        let Some(scale) = spec.scale.as_ref() else {
            let detail = "its signature gives no verdict".to_owned();
            return Err(wrong(detail, "a cascade's signature needs a [score]"));
        };
        if let Some((detail, help)) = stages.iter().find_map(|stage| misfit(&spec, scale, stage)) {
            return Err(wrong(detail, help));
        }
        let asked_in_vain =
            stages.iter().zip(&thresholds).rev().skip(1).find(|(_, threshold)| threshold.is_none());
        if let Some((stage, _)) = asked_in_vain {
            let detail = format!("{} has no threshold, so no stage after it is ever asked", stage.name);
            return Err(wrong(
                detail,
                "set its `threshold`: verdicts with less confidence go on to the next stage",
            ));
        }
        let stages: Arc<[JuryMember]> = stages.into();
        let cascade = Cascade { spec: spec.clone(), stages: Arc::clone(&stages), thresholds };
        Self::of_members(spec, stages, None, Arc::new(cascade))
    }
}

impl Cascade {
    async fn ask(&self, asker: &Asker, inputs: &Map<String, Value>) -> Judged {
        let mut said: Vec<Judged> = Vec::new();
        for (stage, threshold) in self.stages.iter().zip(&self.thresholds) {
            let judge = asked(stage, asker);
            let judged = judge.judge(&own_inputs(&judge, inputs)).await;
            let is_over = unfinished(&judged).is_some() || stands(&judged, *threshold);
            said.push(judged);
            if is_over {
                break;
            }
        }
        let result = self.result(&said);
        Judged::of(result, attempts(&self.stages, said))
    }

    fn result(&self, said: &[Judged]) -> Result<Score, Unscored> {
        let parts = parts(&self.stages, said);
        let last = said.last().zip(self.thresholds.get(said.len().saturating_sub(1)));
        if let Some((judged, threshold)) = last
            && stands(judged, *threshold)
        {
            return judged.result.clone().map(|score| Score { parts, ..score });
        }
        // The last stage's own reason, also where one before it had a verdict that could not stand.
        if let Some(unscored) = said.last().and_then(|judged| judged.result.as_ref().err()) {
            return Err(unscored.clone());
        }
        let reasoning = said.last().and_then(|judged| judged.result.as_ref().ok()?.reasoning.clone());
        Ok(Score { label: ABSTAINS.to_owned(), reasoning, parts, ..Score::default() })
    }
}

/// Whether a verdict may stand.
fn stands(judged: &Judged, threshold: Option<f64>) -> bool {
    let Ok(score) = &judged.result else { return false };
    threshold.is_none_or(|threshold| score.confidence.is_some_and(|confidence| confidence >= threshold))
}

impl Strategy for Cascade {
    fn questions(&self) -> Vec<&Question> {
        self.stages.iter().flat_map(|stage| stage.judge.questions()).collect()
    }

    fn requests(&self, asker: &Asker, inputs: &Map<String, Value>) -> Result<Vec<Planned>, RenderFault> {
        let mut all = Vec::new();
        for (place, stage) in self.stages.iter().enumerate() {
            let judge = asked(stage, asker);
            for planned in judge.plan(&own_inputs(&judge, inputs))? {
                all.push(Planned {
                    part: Some(named(stage, planned.part.as_deref())),
                    member: place,
                    ..planned
                });
            }
        }
        Ok(all)
    }

    fn calls(&self, _: &AskOptions) -> RangeInclusive<u64> {
        let least = self.stages.first().map_or(0, |stage| *stage.judge.calls().start());
        least..=self.stages.iter().map(|stage| *stage.judge.calls().end()).sum()
    }

    fn rule(&self) -> Option<String> {
        let names: Vec<&str> = self.stages.iter().map(|stage| stage.name.as_str()).collect();
        Some(format!("cascade {names:?} {:?} {}", self.thresholds, self.spec.fingerprint()))
    }

    fn undecided(&self) -> Option<&'static str> {
        self.thresholds.last().is_some_and(Option::is_some).then_some(ABSTAINS)
    }

    fn judge<'a>(&'a self, asker: &'a Asker, inputs: &'a Map<String, Value>) -> BoxFuture<'a, Judged> {
        self.ask(asker, inputs).boxed()
    }
}
