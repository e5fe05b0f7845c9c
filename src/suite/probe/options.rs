//! How a judge is probed, what happens meanwhile, and what came of it.

use std::path::{Path, PathBuf};

use crate::eval::Outcome;
use crate::golden::GateResult;
use crate::probe::{ProbeName, ProbeReport};
use crate::suite::run::RunOptions;
use crate::suite::shell::Exit;

/// How a suite's judge is probed.
///
/// ```
/// use evenhand::probe::ProbeName;
/// use evenhand::suite::ProbeOptions;
///
/// let options = ProbeOptions { probes: vec![ProbeName::Injection], ..ProbeOptions::default() };
/// assert_eq!((options.orders, options.controls), (3, 2));
/// ```
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    /// Who is asked about which records, and what may be spent. Scores are taken without a score correction, and each
    /// record once for each version of the question.
    pub run: RunOptions,
    /// The probes; all that say something about the judge where there are none.
    pub probes: Vec<ProbeName>,
    /// The judge, where the suite has several.
    pub judge: Option<String>,
    /// In how many other orders, at most, a list is shown.
    pub orders: u32,
    /// How often the unchanged question is asked again.
    pub controls: u32,
    /// A model that writes the instruction in other words, instead of the suite's paraphrases and evenhand's own: a role of
    /// evenhand.toml, or PROVIDER/NAME.
    pub paraphrase_model: Option<String>,
    /// How many rewritings it writes.
    pub paraphrases: u32,
    /// What orders are drawn by.
    pub seed: u64,
    /// A recording that answers instead of the models.
    pub replay: Option<PathBuf>,
}

impl Default for ProbeOptions {
    fn default() -> Self {
        Self {
            run: RunOptions::default(),
            probes: Vec::new(),
            judge: None,
            orders: 3,
            controls: 2,
            paraphrase_model: None,
            paraphrases: 3,
            seed: 1,
            replay: None,
        }
    }
}

/// What happens while a judge is probed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ProbeEvent<'a> {
    /// The probing begins, or goes on.
    Started {
        /// The suite.
        suite: &'a str,
        /// Who judges.
        model: &'a str,
        /// How many verdicts are asked for at most: of each record one for each version of the question.
        verdicts: u64,
    },
    /// There is a verdict on a version of the question: now, or from the part that was before.
    Judged {
        /// The version's name: `unchanged`, `length-after`.
        version: &'a str,
        /// What came of the record.
        outcome: &'a Outcome,
    },
}

/// What listens to the probing of a judge. An error of its own ends it.
pub(crate) type Listener<'l> = dyn FnMut(ProbeEvent<'_>) -> crate::Result<()> + 'l;

/// A judge that was probed.
#[derive(Clone, Debug)]
pub struct Probed {
    pub(super) suite: String,
    pub(super) folder: PathBuf,
    pub(super) report: Option<ProbeReport>,
    pub(super) gates: Vec<GateResult>,
    pub(super) exit: Exit,
    pub(super) stopped: Option<String>,
}

impl Probed {
    /// The suite.
    #[must_use]
    pub fn suite(&self) -> &str {
        &self.suite
    }

    /// The folder with the verdicts on each version of the question.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What was found; nothing where it broke off, at a budget for example.
    #[must_use]
    pub fn report(&self) -> Option<&ProbeReport> {
        self.report.as_ref()
    }

    /// What came of the suite's gates on probes.
    #[must_use]
    pub fn gates(&self) -> &[GateResult] {
        &self.gates
    }

    /// The exit code of the command.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// Why nothing more was asked, where every call failed the same way.
    #[must_use]
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }
}
