//! Principles learned from the judge's own mistakes: LEAP, "In-Context Principle Learning from Mistakes" (Zhang et al.
//! 2024, arXiv 2402.05403).
//!
//! The judge answers training records. For each wrong answer a model says why it is wrong and what follows from that:
//! low-level principles. A further call condenses them to a few high-level ones. Both are tried, each after the
//! signature's own instruction.

use super::examiner::Reply;
use super::harvest;
use super::instructions::{SHOWN_CHARS, shown};
use super::objective::Given;
use super::proposer::{Candidate, Demos, Proposer, SearchContext, Step, StepResult};

/// So many mistakes are learned from at most.
const MISTAKES: usize = 8;

/// The principles are as long as this at most, in characters.
const LONGEST: usize = 4000;

/// Learns principles from mistakes.
#[derive(Debug)]
pub(crate) struct Leap<'a> {
    context: SearchContext<'a>,
    stage: Stage,
    /// Principles as they were learned, one mistake after the other.
    low_level: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Start,
    Judging,
    Explaining,
    Condensing,
    Done,
}

impl<'a> Leap<'a> {
    /// An optimizer for this context.
    #[must_use]
    pub(crate) fn new(context: SearchContext<'a>) -> Self {
        Self { context, stage: Stage::Start, low_level: String::new() }
    }

    /// What is asked about each mistake.
    fn explain(&self, judged: &[(usize, Reply)]) -> Vec<String> {
        let of_mistake = |(index, reply): &(usize, Reply)| {
            let example = self.context.train.get(*index)?;
            let Given::Verdict { label, .. } = &reply.given else { return None };
            if *label == example.expected.label {
                return None;
            }
            let answer = match &reply.answer {
                Some(answer) => serde_json::json!(answer).to_string(),
                None => label.clone(),
            };
            Some(self.question(&shown(&example.demo(self.context.spec)), &answer))
        };
        judged.iter().filter_map(of_mistake).take(MISTAKES).collect()
    }

    fn question(&self, record: &str, answer: &str) -> String {
        let answer: String = answer.chars().take(SHOWN_CHARS).collect();
        format!(
            "A judge that is a language model made a mistake.\n\n\
             Its instruction:\n{}\n\n\
             The record, with the answer that people gave, which is right:\n{record}\n\n\
             The judge's answer, which is wrong:\n{answer}\n\n\
             Find out why the judge's answer is wrong. Then write one or two principles that keep a judge from this and \
             like mistakes: general ones, which do not speak of this record. Each is one short sentence on a line of its \
             own. Write the principles and nothing else.",
            self.context.spec.instruction
        )
    }

    fn condense(&self) -> String {
        format!(
            "These principles were learned from mistakes of a judge that is a language model.\n\n\
             The judge's instruction:\n{}\n\n\
             The principles:\n{}\n\n\
             Condense them to at most five principles that hold for all records: put together what is alike, and drop \
             what concerns a single record or contradicts the others. Each is one short sentence on a line of its own. \
             Write the principles and nothing else.",
            self.context.spec.instruction, self.low_level
        )
    }

    fn candidate(&self, origin: &str, principles: &str) -> Candidate {
        let instruction = format!(
            "{}\n\nPrinciples learned from earlier mistakes:\n{}",
            self.context.spec.instruction.trim_end(),
            listed(principles)
        );
        Candidate { origin: origin.to_owned(), instruction: Some(instruction), demos: Demos::Own }
    }
}

/// Principles as a list, whatever marks stood before them.
fn listed(principles: &str) -> String {
    let marks = |c: char| c.is_whitespace() || c.is_ascii_digit() || matches!(c, '-' | '*' | '.' | ')' | '•');
    let lines = principles.lines().map(|line| line.trim_start_matches(marks).trim_end());
    lines.filter(|line| !line.is_empty()).map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")
}

impl Proposer for Leap<'_> {
    fn name(&self) -> &'static str {
        "leap"
    }

    fn most_candidates(&self) -> usize {
        2
    }

    fn most_trained(&self) -> usize {
        self.context.train.len().min(self.context.limits.harvest_from)
    }

    fn most_written(&self) -> usize {
        MISTAKES.min(self.most_trained()) + 1
    }

    fn next(&mut self, last: StepResult) -> Step {
        match self.stage {
            Stage::Start => {
                self.stage = Stage::Judging;
                harvest::step(&self.context)
            }
            Stage::Judging => {
                let questions = self.explain(&last.judged);
                self.stage = if questions.is_empty() { Stage::Done } else { Stage::Explaining };
                if questions.is_empty() { Step::Done } else { Step::Write(questions) }
            }
            Stage::Explaining => {
                let learned: Vec<String> = last.written.into_iter().flatten().collect();
                self.low_level = listed(&learned.join("\n")).chars().take(LONGEST).collect();
                self.stage = if self.low_level.is_empty() { Stage::Done } else { Stage::Condensing };
                if self.low_level.is_empty() { Step::Done } else { Step::Write(vec![self.condense()]) }
            }
            Stage::Condensing => {
                self.stage = Stage::Done;
                let high_level = last.written.into_iter().flatten().find(|text| !listed(text).is_empty());
                let low_level = self.candidate("principles from each mistake", &self.low_level);
                let high_level = high_level.map(|text| self.candidate("condensed principles", &text));
                Step::Race(std::iter::once(low_level).chain(high_level).collect())
            }
            Stage::Done => Step::Done,
        }
    }
}
