//! Judges that stand beside checks, each compared with the labels by itself.

use std::collections::BTreeMap;

use super::agreement;
use super::agreement::{Draws, JudgeAgreement};
use super::counts::Rate;
use super::rows::{Labelled, LabelledRecord, Names};
use crate::eval::{Outcome, Panel};
use crate::judge::{Part, Score};
use crate::signature::ScaleKind;

/// Takes what the judges of a panel with checks say, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct JudgesTally {
    /// By judge.
    judges: BTreeMap<String, OneJudge>,
    /// The verdicts of the suite, which the labels are: the first for scores from `pass_at` on, the second for lower
    /// ones, the third for none.
    verdicts: Vec<String>,
    pass_at: f64,
    names: Names,
}

#[derive(Clone, Debug, Default)]
struct OneJudge {
    asked: u64,
    /// Labelled records.
    rows: Vec<LabelledRecord>,
}

impl JudgesTally {
    /// For a panel; without checks there is nothing to tell a judge from.
    pub(super) fn of(panel: &Panel) -> Self {
        if panel.checks.is_empty() || panel.judges.is_empty() {
            return Self::default();
        }
        let verdicts = match panel.scale().map(|scale| scale.kind) {
            Some(ScaleKind::Labels(labels)) => labels.into_iter().map(|label| label.name).collect(),
            _ => Vec::new(),
        };
        let judges = panel.judges.iter().map(|member| (member.name.clone(), OneJudge::default())).collect();
        Self { judges, verdicts, pass_at: panel.pass_at, names: Names::default() }
    }

    /// Counts a record: its parts are the judges that were asked.
    pub(super) fn add(&mut self, outcome: &Outcome, score: &Score) {
        for part in &score.parts {
            let verdict = self.verdict(part).map(str::to_owned);
            let (Some(judge), Some(verdict)) = (self.judges.get_mut(&part.name), verdict) else { continue };
            judge.asked += 1;
            if let Some(expected) = &outcome.expected {
                let expected = (self.names.code(&expected.label), expected.value);
                let given = (self.names.code(&verdict), part.value);
                judge.rows.push(LabelledRecord::new(outcome.index, expected, given));
            }
        }
    }

    fn verdict(&self, part: &Part) -> Option<&str> {
        let place = match part.value {
            Some(value) if value >= self.pass_at => 0,
            Some(_) => 1,
            None => 2,
        };
        self.verdicts.get(place).map(String::as_str)
    }

    /// Each judge's agreement, of this many scored records; nothing without labels.
    pub(super) fn summary(&self, scored: u64) -> Vec<JudgeAgreement> {
        let labelled = self.judges.iter().filter(|(_, judge)| !judge.rows.is_empty());
        labelled
            .map(|(name, judge)| {
                let mut rows = judge.rows.clone();
                rows.sort_by_key(|row| row.index);
                let labelled = Labelled { rows: &rows, names: &self.names };
                JudgeAgreement {
                    judge: name.clone(),
                    asked: Rate::of(judge.asked, scored),
                    agreement: agreement::labels(&labelled, &self.verdicts, Draws::Made),
                }
            })
            .collect()
    }
}
