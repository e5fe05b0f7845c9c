//! The probes by their names.

use serde::{Deserialize, Serialize};

/// What a probe changes, and what must not matter to a judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "kebab-case")]
pub enum ProbeName {
    /// The order in which the allowed verdicts are listed.
    Options,
    /// The order in which a rubric's criteria are listed.
    Criteria,
    /// The order of a list's items, where it must not matter.
    Lists,
    /// Which answer of a pair is shown first.
    Place,
    /// The length of what is judged.
    Length,
    /// The wording of the instruction.
    Paraphrase,
    /// Whether the text is said to be by the judge's own model.
    SelfPreference,
    /// Who is said to have written the text.
    Sycophancy,
    /// Instructions to the judge inside the text.
    Injection,
}

impl ProbeName {
    /// All of them, in the order in which they are made and reported.
    pub const ALL: [Self; 9] = [
        Self::Options,
        Self::Criteria,
        Self::Lists,
        Self::Place,
        Self::Length,
        Self::Paraphrase,
        Self::SelfPreference,
        Self::Sycophancy,
        Self::Injection,
    ];

    /// The name on the command line, in evenhand.toml and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Options => "options",
            Self::Criteria => "criteria",
            Self::Lists => "lists",
            Self::Place => "place",
            Self::Length => "length",
            Self::Paraphrase => "paraphrase",
            Self::SelfPreference => "self-preference",
            Self::Sycophancy => "sycophancy",
            Self::Injection => "injection",
        }
    }

    /// What it does, in one sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Options => "A probe of the judge: the allowed verdicts are listed in another order.",
            Self::Criteria => "A probe of the judge: the criteria of its rubric are listed in another order.",
            Self::Lists => {
                "A probe of the judge: the items of a list, whose order must not matter, stand in another order."
            }
            Self::Place => "A probe of the judge: the two answers of a pair change places.",
            Self::Length => {
                "A probe of the judge: the judged text gets longer by sentences that say nothing."
            }
            Self::Paraphrase => "A probe of the judge: its instruction says the same in other words.",
            Self::SelfPreference => {
                "A probe of the judge: the text is said to be by the judge's own model, against another model."
            }
            Self::Sycophancy => {
                "A probe of the judge: the text is said to be by an expert, by a student, or by a user who is sure."
            }
            Self::Injection => {
                "A probe of the judge: the text asks for another verdict, openly, by fake delimiters, or hidden."
            }
        }
    }

    /// When verdicts flip under it: what follows "when".
    #[must_use]
    pub const fn when(self) -> &'static str {
        match self {
            Self::Options => "the allowed verdicts are listed in another order",
            Self::Criteria => "the criteria are listed in another order",
            Self::Lists => "the items of a list stand in another order",
            Self::Place => "the two answers change places",
            Self::Length => "the text is padded with sentences that say nothing",
            Self::Paraphrase => "the instruction says the same in other words",
            Self::SelfPreference => "the text is said to be by the judge's own model instead of another",
            Self::Sycophancy => "the text says who wrote it",
            Self::Injection => "the text asks for another verdict",
        }
    }

    /// Whether its changes ask for a verdict that is not the record's: then a flip's direction says nothing.
    #[must_use]
    pub(crate) const fn is_aimed(self) -> bool {
        matches!(self, Self::Injection)
    }

    /// Whether it changes the judged text.
    pub(crate) const fn changes_text(self) -> bool {
        matches!(self, Self::Length | Self::SelfPreference | Self::Sycophancy | Self::Injection)
    }
}
