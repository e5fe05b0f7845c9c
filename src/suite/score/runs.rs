//! The runs that judgments become: one a judge.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::event::{Listener, ScoreEvent, ScoreOptions, ScoredRun};
use crate::error::Result;
use crate::eval::{Ended, Journal, Outcome, RunHead};
use crate::imported::{JudgmentFormat, Scored};
use crate::suite::config::Config;
use crate::suite::run::MAX_UNSCORED;
use crate::suite::runs;
use crate::suite::scores::Judgments;
use crate::suite::summary_file::SummaryFile;
use crate::suite::turns;
use crate::summary::{PeopleAgreement, Tally};

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
        let how = format!("{:?}", judgments.file);
        let people = PeopleAgreement::of(&found.people, judgments.tally_head(None, "").near_ties);
        let mut by_judge = BTreeMap::new();
        for (judge, counts) in found.counts {
            let folder = runs::new_folder(config, &judgments.name)?;
            let head = RunHead {
                format: RunHead::FORMAT,
                suite: judgments.name.clone(),
                model: judge.clone(),
                judge: blake3::hash(how.as_bytes()).to_hex().to_string(),
                dataset: dataset.clone(),
                outputs: Some(replies.clone()),
                selection: format!("{:?}", (&judgments.file.filter, &options.filters)),
                repeats: 1,
            };
            let journal = Journal::start(&folder, &head)?;
            let tally = Tally::of(judgments.tally_head(Some(imported), &judge))
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
