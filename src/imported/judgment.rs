//! A judgment in a file: where it stands, the verdict of one line in one order, and what became of the lines.

use serde::{Deserialize, Serialize};

use super::pair::{Equal, Pair, Position, Unreadable};
use super::pattern::word;
use super::reader::{Preference, Reader, Said, Stretch, VerdictSource};
use crate::data::{Filter, Record};
use crate::eval::{OrderVerdict, Settled};
use crate::judge::{Attempt, Reason, Score, Unscored};

/// What a file of judgments holds, and where.
#[derive(Debug)]
pub(crate) struct JudgmentFormat {
    /// The file, as messages name it.
    pub file: String,
    /// Who judged.
    pub judge: JudgeName,
    /// The field with the id of what was judged.
    pub id: String,
    /// The field that tells repeats of one judgment apart. Each repeat is a record of its own.
    pub repeat: Option<String>,
    /// Fields by which the agreement is also shown, of the reply or of the dataset's record.
    pub by: Vec<String>,
    /// The field that names the group in which it is ranked, of the reply or of the dataset's record.
    pub group: Option<String>,
    /// Only lines that every filter takes.
    pub filters: Vec<Filter>,
    /// How a line becomes a verdict.
    pub reader: Reader,
    /// The two answers that are compared, where it is a pair.
    pub pair: Option<Pair>,
}

impl JudgmentFormat {
    /// Whether the judge's range must be looked up first: see [`observed`](super::observed).
    #[must_use]
    pub(crate) fn needs_range(&self) -> bool {
        self.reader.stretch == Stretch::Observed
    }
}

/// Who judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum JudgeName {
    /// One judge, by name.
    Given(String),
    /// The judges' names stand in these fields, joined by `|` where there are several.
    Fields(Vec<String>),
}

impl JudgeName {
    pub(super) fn read(&self, record: &Record) -> Result<String, String> {
        match self {
            Self::Given(name) => Ok(name.clone()),
            Self::Fields(fields) => {
                let names: Result<Vec<String>, String> =
                    fields.iter().map(|field| word(record, field)).collect();
                Ok(names?.join("|"))
            }
        }
    }
}

/// The most ids that are kept as examples.
const EXAMPLES: usize = 5;

/// What became of one judge's lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyCounts {
    /// Lines that were read.
    pub lines: u64,
    /// Verdicts that were looked for: one a line, or one for each order of a pair.
    pub verdicts: u64,
    /// Texts in which patterns found several different verdicts.
    pub several: u64,
    /// Comparisons without both numbers that were counted as the setting `unreadable` says.
    pub assumed: u64,
    /// Lines about ids that the dataset does not have: they are left out.
    pub unknown: u64,
    /// Some of those ids.
    pub unknown_examples: Vec<String>,
    /// Records of the dataset about which there is no line.
    pub unanswered: u64,
    /// Some of their ids.
    pub unanswered_examples: Vec<String>,
}

impl ReplyCounts {
    pub(super) fn add_unknown(&mut self, id: &str) {
        self.unknown += 1;
        keep(&mut self.unknown_examples, id);
    }

    pub(super) fn add_unanswered(&mut self, id: &str) {
        self.unanswered += 1;
        keep(&mut self.unanswered_examples, id);
    }
}

fn keep(examples: &mut Vec<String>, id: &str) {
    if examples.len() < EXAMPLES {
        examples.push(id.to_owned());
    }
}

impl JudgmentFormat {
    /// One verdict, as it stands in the file or, of a comparison, in the pair's own order.
    pub(super) fn read(
        &self,
        record: &Record,
        order: Option<&str>,
        swapped: bool,
        counts: &mut ReplyCounts,
        attempts: &mut Vec<Attempt>,
    ) -> Result<Settled, String> {
        let reply = self.reader.read(record, order)?;
        counts.several += u64::from(reply.several);
        attempts.extend(reply.attempt);
        let said = match (reply.said, &self.pair) {
            (Said::Preference(preference), Some(pair)) => self.preferred(preference, pair, swapped, counts),
            (said, _) => said,
        };
        Ok(match self.reader.score(said) {
            Ok(score) => Settled::Scored(score),
            Err(why) => Settled::Unscored(Unscored::new(Reason::InvalidAnswer, why)),
        })
    }

    /// Which answer two scores prefer, as the file would say it of this order.
    fn preferred(
        &self,
        preference: Preference,
        pair: &Pair,
        swapped: bool,
        counts: &mut ReplyCounts,
    ) -> Said {
        let VerdictSource::Compare { equal, unreadable, .. } = &self.reader.source else {
            return Said::Nothing("no scores are compared".into());
        };
        let label = match (preference, equal, unreadable) {
            (Preference::First, ..) => Some(pair.first.clone()),
            (Preference::Second, ..) => Some(pair.second.clone()),
            (Preference::Equal, Equal::Tie, _) => pair.tie.clone(),
            (Preference::Equal, Equal::First, _) => Some(shown(pair, Position::First, swapped)),
            (Preference::Equal, Equal::Second, _) => Some(shown(pair, Position::Second, swapped)),
            (Preference::Unreadable, _, Unreadable::Unscored) => {
                return Said::Nothing("a score of the two is no number".into());
            }
            (Preference::Unreadable, _, assumed) => {
                counts.assumed += 1;
                let place = if *assumed == Unreadable::First { Position::First } else { Position::Second };
                Some(shown(pair, place, swapped))
            }
        };
        let scale = pair.scale();
        match label.and_then(|label| scale.labels().iter().find(|known| known.name == label).cloned()) {
            Some(label) => Said::Verdict(Score { value: label.value, label: label.name, ..Score::default() }),
            None => Said::Nothing("the two scores are equal".into()),
        }
    }
}

/// The verdict for the answer at a place of the order shown, such that turning it around gives the right one.
fn shown(pair: &Pair, place: Position, swapped: bool) -> String {
    let answer = pair.shown_at(place, swapped);
    // Turning around twice changes nothing.
    pair.turned(&answer, swapped)
}

/// A verdict in the pair's own order.
pub(super) fn verdict(pair: &Pair, order: &str, swapped: bool, read: Settled) -> OrderVerdict {
    let (label, unscored) = match read {
        Settled::Scored(score) => (Some(pair.turned(&score.label, swapped)), None),
        Settled::Unscored(unscored) => (None, Some(unscored)),
    };
    OrderVerdict { order: order.to_owned(), swapped, label, unscored }
}
