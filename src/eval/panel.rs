//! What scores the records of a suite, judges, deterministic checks, or both, and one score from their parts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::check;
use crate::check::{Check, Examined, Missing, Share, Verdict};
use crate::judge::{Judge, Judged, JuryMember, Part, Reading, Reason, Score, Unscored};
use crate::signature::{Label, Pair, Scale, ScaleKind};

/// A judge's place on a panel.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name in reports.
    pub name: String,
    /// Its share in the score, relative to the other parts; at least 0.
    pub weight: f64,
    /// Whether the whole is worth 0 if it gives 0.
    pub required: bool,
    /// The judge.
    pub judge: Judge,
}

/// Judges and checks whose parts make one score.
///
/// A judge alone gives its score as it is. Otherwise the score is
/// Σ wᵢsᵢ / Σ wᵢ over the parts, 0 if a required part is worth 0, and the
/// verdict `pass` from `pass_at` on.
#[derive(Debug)]
pub struct Panel {
    /// The judges.
    pub judges: Vec<Member>,
    /// The checks.
    pub checks: Vec<Check>,
    /// The score from which on several parts together pass, in `0..=1`.
    pub pass_at: f64,
}

/// The model of a panel without judges, as reports name it.
const NO_MODEL: &str = "checks alone";

/// The verdicts of several parts together.
pub(super) const PASS: &str = "pass";
pub(super) const FAIL: &str = "fail";
pub(super) const UNCLEAR: &str = "unclear";

impl From<Judge> for Panel {
    fn from(judge: Judge) -> Self {
        let name = judge.spec().name.clone();
        Self { judges: vec![Member { name, weight: 1.0, required: false, judge }], ..Self::default() }
    }
}

impl Default for Panel {
    fn default() -> Self {
        Self { judges: Vec::new(), checks: Vec::new(), pass_at: 0.5 }
    }
}

impl Panel {
    /// The judge, where it is the only part.
    #[must_use]
    pub fn alone(&self) -> Option<&Judge> {
        match (self.judges.as_slice(), self.checks.as_slice()) {
            ([member], []) => Some(&member.judge),
            _ => None,
        }
    }

    /// The verdicts it can give.
    #[must_use]
    pub fn scale(&self) -> Option<Scale> {
        if let Some(judge) = self.alone() {
            return judge.spec().scale.clone();
        }
        let label = |name: &str, value| Label { name: name.to_owned(), value };
        let labels = vec![label(PASS, Some(1.0)), label(FAIL, Some(0.0)), label(UNCLEAR, None)];
        Some(Scale { field: "verdict".into(), kind: ScaleKind::Labels(labels) })
    }

    /// The same, with what it says of a pair whose orders disagree, of a tied vote, or of a cascade that abstains: what verdicts are counted by.
    #[must_use]
    pub fn verdicts(&self) -> Option<Scale> {
        let scale = match self.pair() {
            Some(pair) => self.scale().map(|scale| pair.with_undecided(scale)),
            None => self.scale(),
        };
        match (scale, self.alone().and_then(Judge::undecided)) {
            (Some(Scale { field, kind: ScaleKind::Labels(mut labels) }), Some(name)) => {
                labels.push(Label { name: name.to_owned(), value: None });
                Some(Scale { field, kind: ScaleKind::Labels(labels) })
            }
            (scale, _) => scale,
        }
    }

    /// The two inputs that change places, where its one judge asks in both orders.
    #[must_use]
    pub fn pair(&self) -> Option<&Pair> {
        self.alone()?.spec().pair.as_ref()
    }

    /// The models that judge, each once, in the order of the judges.
    #[must_use]
    pub fn models(&self) -> Vec<&str> {
        let mut models: Vec<&str> = Vec::new();
        for model in self.judges.iter().flat_map(|member| member.judge.models()) {
            if !models.contains(&model.name()) {
                models.push(model.name());
            }
        }
        models
    }

    /// Everyone who may be asked, by name: each judge, the members of a jury, or `JUDGE/ROLE` of a route.
    pub(crate) fn asked<'p>(&'p self) -> Vec<(Cow<'p, str>, &'p Judge)> {
        let mut asked = Vec::new();
        for member in &self.judges {
            let is_routed = member.judge.route_rules().is_some();
            let name = |of: &'p JuryMember| -> Cow<'p, str> {
                if is_routed {
                    format!("{}/{}", member.name, of.name).into()
                } else {
                    of.name.as_str().into()
                }
            };
            match member.judge.members() {
                [] => asked.push((member.name.as_str().into(), &member.judge)),
                members => asked.extend(members.iter().map(|of| (name(of), &of.judge))),
            }
        }
        asked
    }

    /// The model of each judge, by the judge's name, where they ask several; empty where they ask one.
    #[must_use]
    pub fn judge_models(&self) -> BTreeMap<String, String> {
        if self.models().len() < 2 {
            return BTreeMap::new();
        }
        let each = self.asked().into_iter();
        each.map(|(name, judge)| (name.into_owned(), judge.model().name().to_owned())).collect()
    }

    /// The model that judges; of several, all their names.
    #[must_use]
    pub fn model(&self) -> Cow<'_, str> {
        match self.models().as_slice() {
            [] => NO_MODEL.into(),
            [only] => (*only).into(),
            several => several.join(" + ").into(),
        }
    }

    /// How its verdicts are read: those of its first judge, where judges differ.
    #[must_use]
    pub fn reading(&self) -> Reading {
        self.judges.first().map_or(Reading::Exact, |member| member.judge.options().reading)
    }

    /// The maps that its judges' scores go through, by name.
    #[must_use]
    pub fn calibration(&self) -> Option<String> {
        let maps = self.judges.iter().filter_map(|member| member.judge.calibration());
        let names: Vec<&str> = maps.map(|calibration| calibration.name.as_str()).collect();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// The signatures of its judges, and how many checks there are.
    #[must_use]
    pub fn title(&self) -> String {
        let mut parts: Vec<String> =
            self.judges.iter().map(|member| member.judge.spec().name.clone()).collect();
        match self.checks.len() {
            0 => {}
            1 => parts.push("1 check".into()),
            n => parts.push(format!("{n} checks")),
        }
        parts.join(" + ")
    }

    /// A hash of everything that decides what is asked and checked, 64 hex digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        if let (Some(judge), None) = (self.alone(), self.calibration()) {
            return judge.fingerprint();
        }
        let mut hasher = blake3::Hasher::new();
        for member in &self.judges {
            hasher.update(format!("{}{}{}", member.name, member.weight, member.required).as_bytes());
            hasher.update(member.judge.fingerprint().as_bytes());
        }
        hasher.update(format!("{:?}{}{:?}", self.checks, self.pass_at, self.calibration()).as_bytes());
        if self.models().len() > 1 {
            let of_each: Vec<&str> = self.asked().iter().map(|(_, judge)| judge.model().name()).collect();
            hasher.update(of_each.join("\n").as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

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
            confidence: None,
            is_member: false,
            essential: false,
        });
        // What the members of a jury or the stages of a cascade say stays with the record.
        let of_members = score.parts.iter().filter(|_| !member.judge.members().is_empty());
        whole.parts.extend(of_members.map(|part| Part {
            name: format!("{}/{}", member.name, part.name),
            weight: 0.0,
            ..part.clone()
        }));
        reasons.extend(score.reasoning.as_ref().map(|reasoning| format!("{}: {reasoning}", member.name)));
        whole.post_hoc |= score.post_hoc;
        whole.evidence.extend(score.evidence.iter().cloned());
        whole.suggestions.extend(score.suggestions.iter().cloned());
    }
    whole.reasoning = (!reasons.is_empty()).then(|| reasons.join(" "));
    whole
}
