//! Runs that are over, combined into a jury: no model is asked.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::config::Config;
use super::judges::Suite;
use super::scores::Judgments;
use super::{finished, material, runs};
use crate::comparison::{JuryPage, JuryRun, JuryVoting, jury_page};
use crate::error::{Error, ErrorKind, Result};
use crate::eval::{Journal, Panel, RunHead};
use crate::judge::{JuryRule, Reading};
use crate::signature::{Scale, ScaleKind};

/// Which runs make a jury, and how they vote.
#[derive(Clone, Debug, Default)]
pub struct JuryRequest {
    /// The runs: folders, `last`, `last~1`, a suite for its last run, or a `[scores.NAME]` for the last run of each of
    /// its judges.
    pub runs: Vec<String>,
    /// Only these of them, by the names of their models; all where none is named.
    pub members: Vec<String>,
    /// How votes become a verdict: the median where verdicts are numbers, else the majority, by default.
    pub rule: Option<JuryRule>,
    /// The fewest votes that make a verdict; more than half of the members by default.
    pub quorum: Option<usize>,
}

/// A run that is over, by its folder.
struct Member {
    folder: PathBuf,
    head: RunHead,
}

/// The jury that finished runs make.
///
/// # Errors
/// There is no such run, there are fewer than two, they have different verdicts or share no record, or votes are to be
/// weighed and there are no labels.
pub(crate) fn jury(config: &Config, request: &JuryRequest) -> Result<JuryPage> {
    let members = members(config, request)?;
    if members.len() < 2 {
        let detail = format!("a jury has two members or more, and {} run is named", members.len());
        return Err(Error::new(ErrorKind::Usage, detail).help(
            "evenhand jury RUN RUN...: folders of runs, suites, or a [scores.NAME] with several judges",
        ));
    }
    let scale = one_scale(config, &members)?;
    let is_graded = matches!(scale.kind, ScaleKind::Numeric { .. });
    let usual = if is_graded { JuryRule::Median } else { JuryRule::Majority };
    let voting = JuryVoting { rule: request.rule.unwrap_or(usual), quorum: request.quorum };
    if voting.quorum.is_some_and(|quorum| quorum == 0 || quorum > members.len()) {
        let detail = format!("--quorum is from 1 to {}, the number of members", members.len());
        return Err(Error::new(ErrorKind::Usage, detail));
    }
    let suite = members.first().map(|member| member.head.suite.clone()).unwrap_or_default();
    let names = names(&members);
    let mut read = Vec::new();
    for (Member { folder, head }, name) in members.into_iter().zip(names) {
        read.push(JuryRun { name, model: head.model, outcomes: Journal::read(&folder)? });
    }
    same_labels(&read)?;
    let page = jury_page(&suite, &read, voting, &scale);
    if page.decided.count == 0 {
        return Err(Error::new(ErrorKind::Journal, "no record was judged by enough of these runs")
            .help("a jury is of runs of the same records"));
    }
    if page.jury.is_none() && voting.rule == JuryRule::Weighted {
        return Err(Error::new(ErrorKind::Usage, "votes are weighed by accuracy, and no record has a label")
            .help("set the suite's `label`, or take --vote majority"));
    }
    Ok(page)
}

fn members(config: &Config, request: &JuryRequest) -> Result<Vec<Member>> {
    let mut members: Vec<Member> = Vec::new();
    for word in &request.runs {
        for folder in folders(config, word)? {
            if members.iter().all(|known| known.folder != folder) {
                members.push(Member { head: Journal::head(&folder)?, folder });
            }
        }
    }
    let known: Vec<String> = members.iter().map(|member| member.head.model.clone()).collect();
    if let Some(unknown) = request.members.iter().find(|name| !known.contains(name)) {
        let detail = format!("none of these runs is by `{unknown}`");
        return Err(Error::new(ErrorKind::Usage, detail).help(format!("they are by {}", known.join(", "))));
    }
    if !request.members.is_empty() {
        members.retain(|member| request.members.contains(&member.head.model));
    }
    Ok(members)
}

/// The folders that a word means.
fn folders(config: &Config, word: &str) -> Result<Vec<PathBuf>> {
    if config.file.scores.contains_key(word) {
        return last_of_each_judge(config, word);
    }
    if word == "last" || word.starts_with("last~") {
        return Ok(vec![runs::recent(config, None, word)?]);
    }
    Ok(vec![finished::named(config, word)?])
}

/// The last run of each judge of a `[scores.NAME]`.
fn last_of_each_judge(config: &Config, name: &str) -> Result<Vec<PathBuf>> {
    let all = fs::read_dir(config.state_dir.join("runs")).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> =
        all.map(|entry| entry.path()).filter(|path| runs::is_run_of(path, name)).collect();
    all.sort_by_key(|path| runs::when(path));
    let mut by_judge = BTreeMap::new();
    for folder in all {
        by_judge.insert(Journal::head(&folder)?.model, folder);
    }
    if by_judge.is_empty() {
        let detail = format!("[scores.{name}] has no runs yet");
        return Err(Error::new(ErrorKind::Journal, detail)
            .help(format!("`evenhand score --suite {name}` makes one for each judge")));
    }
    Ok(by_judge.into_values().collect())
}

/// What tells the members apart: their models, their suites, or else their folders.
fn names(members: &[Member]) -> Vec<String> {
    let models = members.iter().map(|member| member.head.model.clone()).collect::<Vec<String>>();
    let suites = members.iter().map(|member| member.head.suite.clone()).collect::<Vec<String>>();
    let are_different =
        |names: &[String]| names.iter().collect::<std::collections::BTreeSet<&String>>().len() == names.len();
    if are_different(&models) {
        return models;
    }
    if are_different(&suites) {
        return suites;
    }
    let folder = |member: &Member| member.folder.file_name().map(|name| name.to_string_lossy().into_owned());
    members.iter().map(|member| folder(member).unwrap_or_default()).collect()
}

/// The verdicts that all members have.
fn one_scale(config: &Config, members: &[Member]) -> Result<Scale> {
    let mut found: Option<(&str, Scale)> = None;
    for member in members {
        let own = scale(config, member)?;
        match &found {
            Some((first, scale)) if scale.kind != own.kind => {
                let detail = format!("{} and {first} have different verdicts", member.head.suite);
                return Err(Error::new(ErrorKind::Usage, detail).help("a jury votes on one verdict"));
            }
            Some(_) => {}
            None => found = Some((&member.head.suite, own)),
        }
    }
    found.map(|(_, scale)| scale).ok_or_else(|| Error::new(ErrorKind::Internal, "a jury without members"))
}

fn scale(config: &Config, Member { folder, head }: &Member) -> Result<Scale> {
    let found = if config.file.scores.contains_key(&head.suite) {
        Judgments::open(&head.suite, None, config)?.tally_head(None, &head.model).scale
    } else {
        let suite = Suite::open(&head.suite, config)?;
        let models = material::models(config, &suite, head);
        let reading = runs::SummaryFile::read(folder).map_or(Reading::Text, |file| file.summary.reading);
        material::panel(&suite, &models, reading).as_ref().ok().and_then(Panel::verdicts)
    };
    found.ok_or_else(|| {
        let detail = format!("the verdicts of the run in {} are not known", folder.display());
        Error::new(ErrorKind::Journal, detail).help("its suite must be in evenhand.toml, with its signature")
    })
}

/// Runs of the same records have the same labels.
fn same_labels(runs: &[JuryRun]) -> Result<()> {
    let mut labels: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for run in runs {
        for outcome in &run.outcomes {
            let Some(expected) = &outcome.expected else { continue };
            let (label, by) = *labels.entry(&outcome.id).or_insert((&expected.label, &run.name));
            if label != expected.label {
                let detail = format!(
                    "record {} is labelled {label} in the run of {by} and {} in that of {}",
                    outcome.id, expected.label, run.name
                );
                return Err(Error::new(ErrorKind::Journal, detail).help("name runs of the same dataset"));
            }
        }
    }
    Ok(())
}
