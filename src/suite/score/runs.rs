//! The runs that judgments become, one a judge: what is scored, what happens meanwhile, and what comes
//! of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::data::DataFault;
use crate::error::Result;
use crate::eval::{Ended, Journal, Outcome, RunHead};
use crate::imported::{JudgmentFormat, Scored};
use crate::suite::config::{Config, RankingTable, ScoreFile};
use crate::suite::run::MAX_UNSCORED;
use crate::suite::runs::SummaryFile;
use crate::suite::scores::Judgments;
use crate::suite::shell::Exit;
use crate::suite::{runs, turns};
use crate::summary::{PeopleAgreement, Summary, Tally};

/// Which judgments are scored, over what evenhand.toml says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScoreOptions {
    /// The file of judgments, relative to the process's folder; the one that evenhand.toml names by default.
    pub replies: Option<PathBuf>,
    /// Only lines that fit all of these: `judge=GPT-4`, `id=rel-0*`, `split!=test`.
    pub filters: Vec<String>,
}

/// What happens while judgments are scored.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ScoreEvent<'a> {
    /// A record's judgment is settled; its `model` is who judged.
    Settled(&'a Outcome),
    /// A line of the file cannot be used, and is left out.
    LeftOut(&'a DataFault),
    /// A judge's judgments are scored, or people compared with each other.
    Ended(&'a ScoredRun),
}

/// What listens to the scoring. An error of its own ends it.
pub(super) type Listener<'l> = dyn FnMut(ScoreEvent<'_>) -> Result<()> + 'l;

/// One judge's judgments, scored.
#[derive(Clone, Debug)]
pub struct ScoredRun {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) summary: Summary,
    pub(crate) exit: Exit,
}

impl ScoredRun {
    /// The run's folder, with its journal and its numbers; none where nobody judged, and people are compared with each
    /// other.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Its numbers.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The exit code of the command that scores this judge alone.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

/// The runs of the judges of one file.
pub(super) struct Runs<'a> {
    judgments: &'a Judgments,
    by_judge: BTreeMap<String, OneRun>,
}

/// One judge's run.
struct OneRun {
    journal: Journal,
    folder: PathBuf,
    tally: Tally,
}

impl<'a> Runs<'a> {
    pub(super) fn start(
        judgments: &'a Judgments,
        imported: &JudgmentFormat,
        config: &Config,
        options: &ScoreOptions,
        found: Scored,
    ) -> Result<Self> {
        let replies = runs::hash(&judgments.replies)?;
        let dataset = match &judgments.file.dataset {
            Some(dataset) => runs::hash(&config.path(dataset))?,
            None => replies.clone(),
        };
        // How records are ranked is not how they were judged.
        let how = format!("{:?}", ScoreFile { ranking: None, ..judgments.file.clone() });
        // Settings that came later are left out where they are not used: fingerprints from before them stay.
        let how = how.replace(", ranking: None", "").replace(", unscored: None", "");
        let ranking = judgments.file.ranking.as_ref().map(RankingTable::ranking);
        let people = PeopleAgreement::of(&found.people, judgments.tally_head(None, "").near_ties);
        let mut by_judge = BTreeMap::new();
        for (judge, counts) in found.counts {
            let folder = runs::new_folder(config, &judgments.name)?;
            let head = RunHead {
                strategy: None,
                routes: BTreeMap::new(),
                format: RunHead::FORMAT,
                suite: judgments.name.clone(),
                model: judge.clone(),
                judges: BTreeMap::new(),
                judge: blake3::hash(how.as_bytes()).to_hex().to_string(),
                dataset: dataset.clone(),
                outputs: Some(replies.clone()),
                selection: format!("{:?}", (&judgments.file.filter, &options.filters)),
                repeats: 1,
            };
            let journal = Journal::start(&folder, &head)?;
            let tally = Tally::of(judgments.tally_head(Some(imported), &judge))
                .ranking(ranking.clone())
                .showing(judgments.file.show.iter().cloned())
                .read_from(counts)
                .among(people.clone());
            by_judge.insert(judge, OneRun { journal, folder, tally });
        }
        Ok(Self { judgments, by_judge })
    }

    pub(super) fn settled(&mut self, outcomes: Vec<Outcome>, listener: &mut Listener<'_>) -> Result<()> {
        for outcome in outcomes {
            let Some(run) = self.by_judge.get_mut(&outcome.model) else { continue };
            run.journal.write(&outcome)?;
            run.tally.add(&outcome);
            listener(ScoreEvent::Settled(&outcome))?;
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        scored: Scored,
        skipped: u64,
        wall_s: f64,
        listener: &mut Listener<'_>,
    ) -> Result<Vec<ScoredRun>> {
        self.settled(scored.rest, listener)?;
        let mut ended = Vec::new();
        for mut run in self.by_judge.into_values() {
            (0..skipped).for_each(|_| run.tally.skip());
            let summary = run.tally.summary(wall_s);
            let most = self.judgments.file.max_unscored.unwrap_or(MAX_UNSCORED);
            let exit = turns::exit(&Ended::Complete, &summary, most);
            SummaryFile::new("complete", Some(exit), None, summary.clone()).write(&run.folder)?;
            let run = ScoredRun { folder: Some(run.folder), summary, exit };
            listener(ScoreEvent::Ended(&run))?;
            ended.push(run);
        }
        Ok(ended)
    }
}
