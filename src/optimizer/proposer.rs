//! Who thinks of candidates.

use super::candidate::Candidate;
use super::examiner::Reply;

/// What an optimizer wants to be done next. An optimizer does nothing itself: it is asked for a
/// step, told what came of it, and asked again. So every optimizer is deterministic given the
/// replies, can be simulated, and can be gone on with after a sudden end.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Have training examples judged by a way to ask: for demos with the judge's own reasons, or
    /// (later) for reflection on what went wrong.
    Train {
        /// The way to ask.
        candidate: Candidate,
        /// The training examples, by index.
        examples: Vec<usize>,
    },
    /// Have a model write, one text for each of these requests: for instructions.
    Write(Vec<String>),
    /// Let these race on the validation records, against each other and the best so far.
    Race(Vec<Candidate>),
    /// Nothing more.
    Done,
}

/// What came of the last step.
#[derive(Clone, Debug, Default)]
pub struct StepResult {
    /// Of [`Step::Train`]: each example's index and what the judge said.
    pub judged: Vec<(usize, Reply)>,
    /// Of [`Step::Write`]: what was written, where something usable was.
    pub written: Vec<Option<String>>,
    /// Of [`Step::Race`]: each candidate's mean loss over the records it judged; `None` for one that
    /// judged none.
    pub losses: Vec<Option<f64>>,
    /// What the baseline loses on average over all validation records.
    pub baseline: Option<f64>,
    /// How many more candidates can judge every validation record with the calls that are left;
    /// `None` where nobody limits them.
    pub affordable: Option<usize>,
}

/// Thinks of candidates.
pub trait Proposer: Send {
    /// Its name, as the command line has it.
    fn name(&self) -> &'static str;

    /// The most candidates it will propose.
    fn most_candidates(&self) -> usize;

    /// The most training examples it will have judged.
    fn most_trained(&self) -> usize {
        0
    }

    /// The most texts it will have written.
    fn most_written(&self) -> usize {
        0
    }

    /// The next step, from what came of the last one.
    fn next(&mut self, last: StepResult) -> Step;
}
