//! What a tuning is asked for.

use std::path::PathBuf;

use crate::data::Filter;
use crate::error::Result;
use crate::eval::Stop;
use crate::judge::Reading;
use crate::optimizer::Shares;
use crate::suite::run::{CacheUse, Spending};

/// What a tuning is asked for. The defaults are those of `evenhand tune`; what is `None` or empty stays as
/// evenhand.toml says.
#[derive(Clone, Debug)]
pub struct TuneRequest {
    /// How candidates are found.
    pub optimizer: OptimizerName,
    /// How many demo sets by chance are tried (random search), or combinations (TPE). With `None` a random search
    /// tries as many as the calls of twelve that judge every record reach for, about 16.
    pub candidates: Option<usize>,
    /// Instead of `candidates`: about how many calls are spent, those of the test part included.
    pub calls: Option<u64>,
    /// What candidates are ranked by.
    pub objective: ObjectiveName,
    /// For [`ObjectiveName::Cost`]: what a bad record passed costs.
    pub false_pass: f64,
    /// For [`ObjectiveName::Cost`]: what a good record failed costs.
    pub false_fail: f64,
    /// For [`ObjectiveName::Cost`], instead of the two: `LABEL:VERDICT=COST`; `*` is any.
    pub cost: Vec<String>,
    /// How much of the objective a thousand tokens of prompt weigh.
    pub token_penalty: f64,
    /// The most demos in a prompt.
    pub demos: usize,
    /// The most demos with the judge's own reasons.
    pub harvested: usize,
    /// For TPE: a file with instructions to try, set apart by lines of `---`.
    pub instructions: Option<PathBuf>,
    /// For TPE: a model that writes instructions to try. For LEAP: the model that writes principles; the judge's own
    /// by default.
    pub proposer: Option<String>,
    /// For TPE: how many instructions it writes.
    pub proposals: usize,
    /// A model whose right answers become demos, instead of the judge's own.
    pub teacher: Option<String>,
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// The chance at most that a race drops the best candidate; 0 judges every record by every candidate.
    pub race_error: f64,
    /// The record's field with the label.
    pub labels: Option<String>,
    /// A field that records of one origin share: they are not parted.
    pub group: Option<String>,
    /// A field of which each part gets its share, besides the label.
    pub stratum: Option<String>,
    /// Shares of the records for training, validation and test.
    pub split: Shares,
    /// A file that the winner is written to as a signature, besides the tuning's folder.
    pub write: Option<PathBuf>,
    /// Whether the threshold that the validation part places is stored.
    pub store_threshold: StoreThreshold,
    /// The judge, where the suite has several.
    pub judge: Option<String>,
    /// The model that judges: a role of evenhand.toml, or PROVIDER/NAME.
    pub model: Option<String>,
    /// Models that it is tuned for as well: each judges every record, and the mean over them decides.
    pub also_for: Vec<String>,
    /// How verdicts are read.
    pub reading: Option<Reading>,
    /// At most so many records at the same time.
    pub concurrency: Option<usize>,
    /// A file of outputs, joined by id, that are judged instead of what the suite says.
    pub outputs: Option<PathBuf>,
    /// At most so many records.
    pub limit: Option<u64>,
    /// Only records that fit all of these: `tag=hard`, `id=rel-0*`, `label!=pass`.
    pub filters: Vec<String>,
    /// What may be spent.
    pub budget: Spending,
    /// How the cache of replies is used.
    pub cache: CacheUse,
    /// Whether the suite's last tuning is gone on with.
    pub resume: bool,
    /// Ends the tuning when it is wished: what is in flight is finished first.
    pub stop: Stop,
}

impl Default for TuneRequest {
    fn default() -> Self {
        Self {
            optimizer: OptimizerName::default(),
            candidates: None,
            calls: None,
            objective: ObjectiveName::default(),
            false_pass: 1.0,
            false_fail: 1.0,
            cost: Vec::new(),
            token_penalty: 0.0,
            demos: 8,
            harvested: 4,
            instructions: None,
            proposer: None,
            proposals: 4,
            teacher: None,
            seed: 0,
            race_error: 0.1,
            labels: None,
            group: None,
            stratum: None,
            split: Shares::default(),
            write: None,
            store_threshold: StoreThreshold::default(),
            judge: None,
            model: None,
            also_for: Vec::new(),
            reading: None,
            concurrency: None,
            outputs: None,
            limit: None,
            filters: Vec::new(),
            budget: Spending::default(),
            cache: CacheUse::default(),
            resume: false,
            stop: Stop::default(),
        }
    }
}

impl TuneRequest {
    /// What records must fit.
    pub(super) fn filters(&self) -> Result<Vec<Filter>> {
        self.filters.iter().map(|text| Filter::parse(text)).collect()
    }
}

/// How candidates are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum OptimizerName {
    /// Demo sets by chance, in orders by chance.
    #[default]
    RandomSearch,
    /// One set of demos with the judge's own reasons.
    Bootstrap,
    /// One set of labelled demos.
    Labelled,
    /// For each record the labelled records that are most like it.
    Knn,
    /// Instructions and demo sets, chosen by how earlier choices went.
    Tpe,
    /// Principles learned from the judge's own mistakes (Zhang et al. 2024).
    Leap,
}

/// What candidates are ranked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ObjectiveName {
    /// Cohen's κ; with quadratic weights on a scale.
    #[default]
    Kappa,
    /// Gwet's AC1.
    Ac1,
    /// Spearman's rank correlation: whatever the threshold is.
    Rank,
    /// Minus the mean squared error over the labels' variance.
    Nmse,
    /// 1 − the mean cost of wrong verdicts.
    Cost,
}

/// Whether the threshold that a tuning places is stored as a calibration, where its gain holds on unseen
/// labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum StoreThreshold {
    /// It is not.
    #[default]
    No,
    /// In `calibration/SUITE.json` beside evenhand.toml.
    Beside,
    /// In this file.
    File(PathBuf),
}
