//! Two calls: observations that decide, then the verdict with them.
//!
//! After Wang et al. 2024 (`PlanSearch`, arXiv 2409.03733), who search over plans in words before they write code; here
//! the plan is a list of what decides.

use serde_json::{Map, Value, json};

use super::kind::{AskOptions, Asker, Registered, Strategy};
use super::option::Settings;
use super::prepared::{Preparation, Prepared};
use crate::ask::Question;
use crate::ask::stage::{Stage, after_answer};
use crate::error::Result;
use crate::model::Request;
use crate::prompt::RenderFault;

const NAME: &str = "plan_search";

const OBSERVE: &str = "Do not give the verdict yet. First list what decides it: observations from the record, for and \
                       against. Each is one short sentence that quotes the words it rests on. Answer with one JSON \
                       object and nothing else, with the one field \"observations\": a list of 1 to 8 texts.";

const DECIDE: &str = "Now give the verdict. Hold each observation against the record, drop what does not stand there, \
                      and weigh the rest. Answer with one JSON object and nothing else, with every field asked for at \
                      the beginning.";

pub(super) const REGISTERED: Registered = Registered {
    name: NAME,
    about: "what decides, as a list from the record; then the verdict with it",
    options: &[],
    texts: &[OBSERVE, DECIDE],
    make,
};

fn make(question: &Question, options: &AskOptions, _: &Settings) -> Result<Box<dyn Strategy>> {
    let properties = json!({
        "observations": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": 400},
            "minItems": 1,
            "maxItems": 8,
        },
    });
    let stages = [Stage::beside(question, "observations", &properties)?];
    Ok(Box::new(Prepared::new(NAME, question, options, PlanSearch { stages })?))
}

#[derive(Debug)]
struct PlanSearch {
    stages: [Stage; 1],
}

impl Preparation for PlanSearch {
    fn stages(&self) -> &[Stage] {
        &self.stages
    }

    fn requests(
        &self,
        _: &Asker,
        verdict: &Request,
        _: &Map<String, Value>,
    ) -> Result<Vec<Request>, RenderFault> {
        Ok(self.stages.iter().map(|stage| stage.request(verdict, OBSERVE)).collect())
    }

    fn verdict(&self, verdict: Request, before: &[(Request, Value)]) -> Request {
        let Some((asked, observations)) = before.first() else { return verdict };
        let verdict = Request { messages: asked.messages.clone(), ..verdict };
        after_answer(verdict, &observations.to_string(), DECIDE)
    }
}
