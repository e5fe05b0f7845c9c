//! The verdict of one line in one order.

use super::counts::ReplyCounts;
use super::pair::{Equal, Pair, Position, Unreadable};
use super::plan::JudgmentFormat;
use super::reader::{Preference, Said, Source};
use crate::data::Record;
use crate::eval::{OrderVerdict, Settled};
use crate::judge::{Attempt, Reason, Score, Unscored};

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
        let Source::Compare { equal, unreadable, .. } = &self.reader.source else {
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
