//! promptfoo's graded assertions as questions for a judge.

use serde_json::Value;

use super::super::project::{Asked, QuestionText, signature};

/// A judge's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Does the output meet the rubric?
    Rubric,
    /// Does the output not do what the rubric says?
    NotRubric,
    /// How well does the output meet the rubric?
    Graded,
    /// Does the answer to the prompt meet a criterion?
    Criterion,
    /// Does the answer agree with the reference? The bundled signature.
    Correctness,
    /// How much of the answer is in the source? The bundled signature.
    Groundedness,
    /// How much of an expected answer is in the source?
    Recall,
}

const PASS_OR_FAIL: &str = "[outputs.verdict]\nchoices = [\"pass\", \"fail\"]\n\n[score]\nfield = \"verdict\"\nlabels = { pass = 1, fail = 0 }\n";

const TURNED: &str = "[outputs.verdict]\nchoices = [\"pass\", \"fail\"]\n\n[score]\nfield = \"verdict\"\nlabels = { pass = 0, fail = 1 }\n";

const GRADE: &str = "[outputs.score]\ntype = \"number\"\nmin = 0\nmax = 1\n\n[score]\nfield = \"score\"\n";

const RECALL: &str = include_str!("signatures/context-recall.toml");

/// What a record holds for a question: a field of its own.
pub(super) const CONTEXT: &str = "vars.context";

impl Question {
    /// The question of an assertion, and its own threshold; `None` for kinds that no judge is asked about. `counts` says
    /// that the score counts, and not only whether it passes.
    ///
    /// # Errors
    /// It means something that no judge's score means.
    pub(super) fn of(kind: &str, threshold: Option<f64>, counts: bool) -> Option<(Self, Option<f64>)> {
        Some(match (kind, threshold) {
            ("llm-rubric", None) if !counts => (Self::Rubric, None),
            ("not-llm-rubric", None) if !counts => (Self::NotRubric, None),
            ("llm-rubric", _) => (Self::Graded, threshold),
            ("g-eval", _) => (Self::Graded, Some(threshold.unwrap_or(0.7))),
            ("model-graded-closedqa", None) => (Self::Criterion, None),
            ("factuality" | "model-graded-factuality", None) => (Self::Correctness, None),
            ("context-faithfulness", _) => (Self::Groundedness, threshold),
            ("context-recall", _) => (Self::Recall, threshold),
            _ => return None,
        })
    }

    /// Whether its score is a share, which passes whatever it is where there is no threshold.
    pub(super) fn is_share(self) -> bool {
        matches!(self, Self::Groundedness | Self::Recall)
    }

    /// Whether a suite can ask it once only: its inputs have names of their own.
    pub(super) fn is_single(self) -> bool {
        matches!(self, Self::Correctness | Self::Groundedness | Self::Recall)
    }

    /// The signature, for the nth question of a suite. A record's own text is its input `value`.
    pub(super) fn asked(self, turn: usize) -> Asked {
        if self == Self::Recall {
            return Asked {
                name: "context_recall".to_owned(),
                value: "expected".to_owned(),
                fields: vec![("source".to_owned(), CONTEXT.to_owned())],
                file: Some(("signatures/context_recall.toml".to_owned(), RECALL.to_owned())),
            };
        }
        signature(self.text(), turn)
    }

    fn text(self) -> QuestionText {
        let meets = "Decide whether the output does what the rubric says.\n\n- pass: the output meets all of the rubric.\n- fail: it does not.";
        let output: &'static [(&'static str, &'static str)] = &[("output", "output")];
        let asked: &'static [(&'static str, &'static str)] = &[("question", "prompt"), ("output", "output")];
        let own = |name, fields, input, says| QuestionText { name, input, fields, says: Some(says) };
        let bundled = |name, input, fields| QuestionText { name, input, fields, says: None };
        match self {
            Self::Rubric => own("llm_rubric", output, "rubric", (meets, PASS_OR_FAIL)),
            Self::NotRubric => own("not_llm_rubric", output, "rubric", (meets, TURNED)),
            Self::Graded => {
                let grade =
                    "Score how well the output does what the rubric says: from 0, not at all, to 1, in full.";
                own("graded_rubric", output, "rubric", (grade, GRADE))
            }
            Self::Criterion => {
                let meets = "Decide whether the output, as an answer to the question, meets the criterion.\n\n- pass: it does.\n- fail: it does not.";
                own("closed_qa", asked, "criterion", (meets, PASS_OR_FAIL))
            }
            Self::Correctness => {
                bundled("correctness", "reference", &[("question", "prompt"), ("answer", "output")])
            }
            Self::Groundedness | Self::Recall => {
                bundled("groundedness", "source", &[("question", "vars.query"), ("response", "output")])
            }
        }
    }
}

/// A grader that a configuration names: the model for texts, where it names several.
pub(super) fn grader(named: &Value) -> &Value {
    named.get("text").unwrap_or(named)
}
