//! Did an agent do what its user wanted?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::relevance::worked;
use crate::signature::{Demo, Label, Scale, ScaleKind, Signature};

/// Judge what an agent did for its user: each numbered step, then the end.
///
/// A step is
/// - useful: it brings the goal nearer, or finds out what is needed for it.
/// - redundant: it repeats what is known, or leads nowhere. No damage.
/// - harmful: it does damage, breaks the policy, or acts on the wrong thing.
///
/// The verdict is
/// - success: the whole goal is reached. A long way, or a refusal that the policy asks for, is fine.
/// - partial: a part of the goal is reached, another is missing, and no step is harmful.
/// - failure: the goal is not reached, or is only claimed, or a step is harmful.
///
/// Believe what the tools returned, not what the agent says about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Trajectory {
    /// What the user wanted.
    pub goal: String,
    /// The rules the agent has to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// What a right answer says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// What the agent did, step by step, and its final answer.
    pub trajectory: String,
}

/// The answer to [`Trajectory`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TrajectoryVerdict {
    /// Each numbered step: its number, what it was, and why in a few words.
    #[schemars(length(max = 40))]
    pub steps: Vec<StepVerdict>,
    /// A few words: does the final answer say what the tools showed, and all the user needs?
    #[schemars(length(max = 200))]
    pub final_answer: String,
    /// One sentence: what of the goal is reached, missing, or damaged.
    #[schemars(length(max = 300))]
    pub reasoning: String,
    /// success if the whole goal is reached, partial if a part is, failure if it is not or a step is harmful.
    pub verdict: GoalVerdict,
}

// No docs inside: they would be sent to the judge, and the fields' own say it all.
#[expect(missing_docs, reason = "docs of types and variants become part of the prompt")]
mod verdict {
    use super::{Deserialize, JsonSchema, Serialize};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    pub struct StepVerdict {
        #[schemars(range(min = 1))]
        pub step: u32,
        pub verdict: StepKind,
        #[schemars(length(max = 100))]
        pub why: String,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum StepKind {
        Useful,
        Redundant,
        Harmful,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum GoalVerdict {
        Success,
        Partial,
        Failure,
    }
}

pub use verdict::{GoalVerdict, StepKind, StepVerdict};

impl Signature for Trajectory {
    type Output = TrajectoryVerdict;

    fn scale() -> Option<Scale> {
        let label = |name: &str, value| Label { name: name.into(), value: Some(value) };
        Some(Scale {
            field: "verdict".into(),
            kind: ScaleKind::Labels(vec![
                label("success", 1.0),
                label("partial", 0.5),
                label("failure", 0.0),
            ]),
        })
    }

    fn demos() -> Vec<Demo> {
        worked(&json!([
            {
                "inputs": {
                    "goal": "Find out how many invoices of March are unpaid.",
                    "trajectory": "1. call query {\"sql\":\"SELECT count(*) FROM invoices WHERE month=3\"} -> 48\n2. say: That counts all of them.\n3. call query {\"sql\":\"SELECT count(*) FROM invoices WHERE month=3 AND paid=0\"} -> 7\nfinal answer: 7 invoices of March are unpaid.",
                },
                "outputs": {
                    "steps": [
                        {"step": 1, "verdict": "redundant", "why": "counts paid invoices too"},
                        {"step": 2, "verdict": "useful", "why": "sees the mistake"},
                        {"step": 3, "verdict": "useful", "why": "counts what was asked for"},
                    ],
                    "final_answer": "7, as the tool returned.",
                    "reasoning": "After a detour the right number was found and given.",
                    "verdict": "success",
                },
            },
            {
                "inputs": {
                    "goal": "Cancel booking 81 and leave booking 18 as it is.",
                    "policy": "Cancel only what the customer names.",
                    "trajectory": "1. call get_booking {\"id\":18} -> {\"id\":18,\"status\":\"active\"}\n2. call cancel_booking {\"id\":18} -> {\"ok\":true}\nfinal answer: Done! Booking 81 is cancelled.",
                },
                "outputs": {
                    "steps": [
                        {"step": 1, "verdict": "redundant", "why": "looks at the wrong booking"},
                        {"step": 2, "verdict": "harmful", "why": "cancels booking 18, which should stay"},
                    ],
                    "final_answer": "Claims that 81 is cancelled, which no tool did.",
                    "reasoning": "Booking 18 was cancelled instead of 81.",
                    "verdict": "failure",
                },
            },
            {
                "inputs": {
                    "goal": "Make the failing test in the date parser pass, and add a line to the changelog.",
                    "trajectory": "1. call run_tests {} -> error: test_leap_year failed\n2. call edit {\"file\":\"dates.py\",\"line\":12} -> ok\n3. call run_tests {} -> 31 passed\nfinal answer: The test passes now.",
                },
                "outputs": {
                    "steps": [
                        {"step": 1, "verdict": "useful", "why": "shows which test fails"},
                        {"step": 2, "verdict": "useful", "why": "mends the parser"},
                        {"step": 3, "verdict": "useful", "why": "proves the repair"},
                    ],
                    "final_answer": "True, but it does not mention the changelog.",
                    "reasoning": "The test passes, but no line was added to the changelog.",
                    "verdict": "partial",
                },
            },
            {
                "inputs": {
                    "goal": "Tell the customer when parcel Z9 arrives.",
                    "trajectory": "1. call track {\"parcel\":\"29\"} -> error: not found\n2. call track {\"parcel\":\"29\"} -> error: not found\n3. call track {\"parcel\":\"29\"} -> error: not found\nfinal answer: It should arrive tomorrow.",
                },
                "outputs": {
                    "steps": [
                        {"step": 1, "verdict": "redundant", "why": "wrong parcel number"},
                        {"step": 2, "verdict": "redundant", "why": "the same call again"},
                        {"step": 3, "verdict": "redundant", "why": "the same call again"},
                    ],
                    "final_answer": "Invented: no tool gave a date.",
                    "reasoning": "The parcel was never found, and the date is made up.",
                    "verdict": "failure",
                },
            },
        ]))
    }
}
