//! A suite with one of its judges alone, and the records that its checks decide without a judge.

use super::config::Config;
use super::judges::{Overrides, Suite};
use super::run::RunOptions;
use super::shell::quoted;
use super::signatures;
use crate::check::Check;
use crate::data::IdSet;
use crate::document::closest;
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Panel, is_settled_by_checks};
use crate::report::count;
use crate::signature::ScaleKind;
use crate::subject::Subject;

/// A suite with one judge alone.
pub(crate) struct OneJudge {
    pub(crate) suite: Suite,
    /// Whether the suite has other judges.
    pub(crate) has_others: bool,
}

impl Suite {
    /// The suite with this judge alone, or with its only one; without checks, repeats and a score correction, and with
    /// what the options say.
    ///
    /// # Errors
    /// There is no such judge, or several and none is named.
    pub(crate) fn with_one_judge(
        &self,
        wished: Option<&str>,
        run: &RunOptions,
        config: &Config,
    ) -> Result<Self> {
        let (name, mut file) = (chosen(self, wished)?, self.file.clone());
        file.checks.clear();
        (file.repeats, file.calibration) = (None, None);
        let signature = if let Some((name, judge)) = file.judges.remove_entry(&name) {
            let signature = judge.signature.clone();
            (file.signature, file.jury, file.cascade) = (None, None, None);
            file.judges = [(name, judge)].into();
            Some(signature)
        } else {
            file.judges.clear();
            file.signature.clone()
        };
        if let Some(signature) = signature {
            let spec = signatures::find(&signature, config)?;
            file.inputs.retain(|input, _| spec.inputs.iter().any(|field| field.name == *input));
        }
        let mut alone = Self::of(&self.name, file, config)?;
        alone.change(run, config)?;
        Ok(alone)
    }

    /// Whether several parts make its score.
    pub(crate) fn has_parts(&self) -> bool {
        self.judges.len() + self.checks.len() > 1
    }

    /// The judge to be held against labels: the suite as it is where the judge is all of it, and else the suite with the
    /// judge alone, which leaves the records that a required check decides to that check.
    ///
    /// # Errors
    /// As [`with_one_judge`](Self::with_one_judge); or the checks look at outputs that are still to be produced.
    pub(crate) fn judge_for_labels(
        self,
        wished: Option<&str>,
        run: &RunOptions,
        config: &Config,
    ) -> Result<OneJudge> {
        let judges = self.judges.len();
        if !self.has_parts() && judges == 1 && wished.is_none() {
            return Ok(OneJudge { suite: self, has_others: false });
        }
        let mut alone = self.with_one_judge(wished, run, config)?;
        alone.decided = self.decided_by_checks(config)?;
        alone.file.pass_at = None;
        alone.keep_own_labels();
        Ok(OneJudge { suite: alone, has_others: judges > 1 })
    }

    /// Leaves the words for labels that are verdicts of the first judge's: for several parts together labels mean `pass`
    /// or `fail`.
    pub(super) fn keep_own_labels(&mut self) {
        let scale = self.judges.first().and_then(|seat| seat.spec.scale.as_ref());
        if let Some(ScaleKind::Labels(labels)) = scale.map(|scale| &scale.kind) {
            self.file.label_values.retain(|_, to| labels.iter().any(|label| label.name == *to));
        }
    }

    /// The records that a required check decides: it fails, so no judge is asked.
    fn decided_by_checks(&self, config: &Config) -> Result<IdSet> {
        let required = self.checks.iter().filter(|(_, check)| check.is_required());
        let checks: Vec<Check> =
            required.map(|(name, check)| Check::compile(name, check)).collect::<Result<_>>()?;
        let mut decided = IdSet::default();
        if checks.is_empty() {
            return Ok(decided);
        }
        let mut plan = self.plan(config, [], &Overrides::default())?;
        if matches!(plan.subject, Subject::Produced { .. }) {
            let detail = format!(
                "suite {}: its outputs are produced by a run, and its required checks look at them",
                self.name
            );
            return Err(Error::new(ErrorKind::Usage, detail).help(
                "keep them first, `evenhand run SUITE --record-outputs FILE`, and go on with --outputs FILE",
            ));
        }
        let panel = Panel { checks, ..Panel::default() };
        for mut record in self.dataset(config)?.flatten() {
            let is_there = plan.subject.join(&mut record).is_ok();
            if is_there && is_settled_by_checks(&record, &panel, &plan.place) {
                decided.insert(&record.id);
            }
        }
        Ok(decided)
    }
}

/// Says how many labelled records are left to the checks.
pub(crate) fn tell_decided(config: &Config, records: u64) {
    let are = match records {
        0 => return,
        1 => "1 labelled record is".to_owned(),
        n => format!("{} labelled records are", count(n)),
    };
    config.environment.tell(&format!(
        "left out: {are} decided by a required check that fails, so the judge is not asked about them"
    ));
}

fn chosen(suite: &Suite, wished: Option<&str>) -> Result<String> {
    let names: Vec<&str> = suite.seat_names().collect();
    let refused = |detail: String, help: String| Err(Error::new(ErrorKind::Usage, detail).help(help));
    match (wished, names.as_slice()) {
        (_, []) => refused(
            format!("suite {} asks no model: it has checks alone", suite.name),
            "set the suite's `signature`: this is about a judge".to_owned(),
        ),
        (Some(wished), names) if !names.contains(&wished) => {
            let near = closest(wished, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            let help = near.unwrap_or_else(|| format!("its judges: {}", names.join(", ")));
            refused(format!("suite {} has no judge `{wished}`", suite.name), help)
        }
        (Some(wished), _) => Ok(wished.to_owned()),
        (None, [only]) => Ok((*only).to_owned()),
        (None, [first, ..]) => refused(
            format!("suite {} has {} judges: {}", suite.name, names.len(), names.join(", ")),
            format!("say which one is meant: --judge {}", quoted(first)),
        ),
    }
}
