//! One score from the parts of a panel.

use super::panel::{FAIL, PASS, Panel, UNCLEAR};
use crate::check::{self, Examined, Missing, Share, Verdict};
use crate::judge::{Judged, Part, Reason, Score, Unscored};

/// Whether the checks alone settle the record: a required one failed, so that
/// no judge could change the score.
pub(super) fn is_settled(checked: &[Examined]) -> bool {
    checked.iter().any(|examined| examined.required && examined.verdict == Verdict::Fail)
}

/// The score of the parts together. Judges that were not asked are left out of
/// `judged`: then a required check has failed.
pub(super) fn score(panel: &Panel, judged: &[Judged], checked: &[Examined]) -> Result<Score, Unscored> {
    if let (Some(_), [only]) = (panel.alone(), judged) {
        return only.result.clone();
    }
    let mut shares: Vec<Share<'_>> = checked.iter().filter_map(Examined::share).collect();
    let mut undecided = false;
    for (member, judged) in panel.judges.iter().zip(judged) {
        let value = judged.result.as_ref().ok().and_then(|score| score.value);
        undecided |= judged.result.is_ok() && value.is_none();
        let (name, weight, required) = (member.name.as_str(), member.weight, member.required);
        shares.push(Share { name, weight, required, value });
    }
    let whole = match check::combine(&shares) {
        Ok(whole) => whole,
        Err(missing) => return missed(panel, judged, checked, undecided, &missing),
    };
    let label = if whole.value >= panel.pass_at { PASS } else { FAIL };
    Ok(told(
        Score { value: Some(whole.value), label: label.into(), ..Score::default() },
        panel,
        judged,
        checked,
    ))
}

/// Without a score: because a judge has none, a check could not be examined,
/// or a judge decided nothing. The first is named before the others.
fn missed(
    panel: &Panel,
    judged: &[Judged],
    checked: &[Examined],
    undecided: bool,
    missing: &Missing,
) -> Result<Score, Unscored> {
    let failed = panel.judges.iter().zip(judged).find_map(|(member, judged)| {
        let unscored = judged.result.as_ref().err()?;
        Some(Unscored { detail: format!("{}: {}", member.name, unscored.detail), ..unscored.clone() })
    });
    if let Some(unscored) = failed {
        return Err(unscored);
    }
    if let Some(examined) = checked.iter().find(|examined| examined.verdict == Verdict::NotApplicable) {
        return Err(Unscored::new(Reason::Check, format!("{}: {}", examined.name, examined.detail)));
    }
    if undecided {
        return Ok(told(Score { label: UNCLEAR.into(), ..Score::default() }, panel, judged, checked));
    }
    Err(Unscored::new(Reason::Check, missing.to_string()))
}

/// The parts, and why: failed checks first, then what the judges say.
fn told(mut whole: Score, panel: &Panel, judged: &[Judged], checked: &[Examined]) -> Score {
    let failed = checked.iter().filter(|examined| examined.verdict == Verdict::Fail);
    let mut reasons: Vec<String> =
        failed.map(|examined| format!("{}: {}.", examined.name, examined.detail)).collect();
    for (member, judged) in panel.judges.iter().zip(judged) {
        let Ok(score) = &judged.result else { continue };
        whole.parts.push(Part {
            name: member.name.clone(),
            weight: member.weight,
            value: score.value,
            label: score.label.clone(),
            reasoning: score.reasoning.clone(),
        });
        reasons.extend(score.reasoning.as_ref().map(|reasoning| format!("{}: {reasoning}", member.name)));
        whole.post_hoc |= score.post_hoc;
        whole.evidence.extend(score.evidence.iter().cloned());
        whole.suggestions.extend(score.suggestions.iter().cloned());
    }
    whole.reasoning = (!reasons.is_empty()).then(|| reasons.join(" "));
    whole
}
