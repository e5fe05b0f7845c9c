//! The command line of `evenhand tune`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::help_texts::{DRY_RUN, JSON, JUDGE, NO_CACHE, REPORTS, SEED, SUITE};
use crate::cli::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs, spending};
use crate::error::Result;
use crate::suite::CacheUse;
use crate::suite::tune::{ObjectiveName, OptimizerName, Stop, StoreThreshold, TuneRequest, shares};

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(in crate::cli) struct TuneArgs {
    #[arg(help = SUITE)]
    pub(super) suite: String,
    /// How candidates are found.
    #[arg(long, value_enum, default_value_t = OptimizerName::RandomSearch)]
    pub(super) optimizer: OptimizerName,
    /// Try N random sets of demos (random-search), or N combinations (tpe). By default as many as the calls of 12
    /// full candidates allow, about 16.
    #[arg(long, value_name = "N")]
    pub(super) candidates: Option<usize>,
    /// Spend about N calls, the test included, instead of a fixed number of candidates.
    #[arg(long, value_name = "N", conflicts_with = "candidates")]
    pub(super) calls: Option<u64>,
    /// What candidates are ranked by.
    #[arg(long, value_enum, default_value_t = ObjectiveName::Kappa)]
    pub(super) objective: ObjectiveName,
    /// With --objective cost: the cost of passing a bad record.
    #[arg(long, value_name = "COST", default_value_t = 1.0)]
    pub(super) false_pass: f64,
    /// With --objective cost: the cost of failing a good record.
    #[arg(long, value_name = "COST", default_value_t = 1.0)]
    pub(super) false_fail: f64,
    /// With --objective cost: the cost of this verdict where the label is this one. `*` is any label or verdict.
    /// Wrong verdicts that are not listed cost 1. May be given several times.
    #[arg(long, value_name = "LABEL:VERDICT=COST", conflicts_with_all = ["false_pass", "false_fail"])]
    pub(super) cost: Vec<String>,
    /// Subtract this much from the objective for each 1,000 tokens of the prompt.
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    pub(super) token_penalty: f64,
    #[arg(long, value_name = "NAME", help = JUDGE)]
    pub(super) judge: Option<String>,
    /// Put at most N demos in a prompt.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(super) demos: usize,
    /// Of these, at most N with the judge's own reasons.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(super) harvested: usize,
    /// With tpe: a file of instructions to try, separated by lines of `---`.
    #[arg(long, value_name = "FILE")]
    pub(super) instructions: Option<PathBuf>,
    /// With tpe: a model that writes instructions to try. With leap: the model that writes principles; by default the
    /// judge's own.
    #[arg(long, value_name = "MODEL")]
    pub(super) proposer: Option<String>,
    /// With tpe and --proposer: let the model write N instructions.
    #[arg(long, value_name = "N", default_value_t = 4, requires = "proposer")]
    pub(super) proposals: usize,
    /// A model whose correct answers become demos, instead of the judge's own.
    #[arg(long, value_name = "MODEL")]
    pub(super) teacher: Option<String>,
    #[arg(long, value_name = "SEED", default_value_t = 0, help = SEED)]
    pub(super) seed: u64,
    /// The highest probability that a race drops the best candidate. With 0 every candidate judges every record.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub(super) race_error: f64,
    /// The record's field with the label; the suite's `label` by default.
    #[arg(long, value_name = "FIELD")]
    pub(super) labels: Option<String>,
    /// A field whose value is the same for records of one origin (a conversation, an author). They stay together.
    #[arg(long, value_name = "FIELD")]
    pub(super) group: Option<String>,
    /// A field, besides the label, whose values each part gets its share of.
    #[arg(long, value_name = "FIELD")]
    pub(super) stratum: Option<String>,
    /// The shares of the records for training, validation and test.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', default_values_t = [0.25, 0.4, 0.35])]
    pub(super) split: Vec<f64>,
    /// Write the winner as a signature file. With --report, the winner of a finished tuning.
    #[arg(long, value_name = "FILE")]
    pub(super) write: Option<PathBuf>,
    /// Store the threshold fitted on the validation records, if its gain holds on unseen labels. By default in
    /// calibration/SUITE.json beside evenhand.toml. With --report, that of a finished tuning.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not wished, wished, and wished with a file")]
    pub(super) write_calibration: Option<Option<PathBuf>>,
    #[arg(long, conflicts_with_all = ["resume", "report", "write", "write_calibration", "html"], help = DRY_RUN)]
    pub(super) dry_run: bool,
    /// Ask no model: print the report of a finished tuning: its folder, or last.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "last", conflicts_with = "resume")]
    pub(super) report: Option<String>,
    /// Write the report as one HTML page; `-` is the standard output.
    #[arg(long, value_name = "FILE", help_heading = REPORTS)]
    pub(super) html: Option<PathBuf>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// Also tune for this model. Each model judges every record, and the mean decides. May be given several times.
    #[arg(long, value_name = "MODEL")]
    pub(super) also_for: Vec<String>,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    #[arg(long, help = NO_CACHE)]
    pub(super) no_cache: bool,
    /// Continue the suite's last tuning where it stopped.
    #[arg(long)]
    pub(super) resume: bool,
    #[arg(long, help = JSON)]
    pub(super) json: bool,
}

impl TuneArgs {
    /// What is asked for.
    pub(super) fn request(&self) -> Result<TuneRequest> {
        Ok(TuneRequest {
            optimizer: self.optimizer,
            candidates: self.candidates,
            calls: self.calls,
            objective: self.objective,
            false_pass: self.false_pass,
            false_fail: self.false_fail,
            cost: self.cost.clone(),
            token_penalty: self.token_penalty,
            demos: self.demos,
            harvested: self.harvested,
            instructions: self.instructions.clone(),
            proposer: self.proposer.clone(),
            proposals: self.proposals,
            teacher: self.teacher.clone(),
            seed: self.seed,
            race_error: self.race_error,
            labels: self.labels.clone(),
            group: self.group.clone(),
            stratum: self.stratum.clone(),
            split: shares(&self.split)?,
            write: self.write.clone(),
            store_threshold: match &self.write_calibration {
                None => StoreThreshold::No,
                Some(None) => StoreThreshold::Beside,
                Some(Some(file)) => StoreThreshold::File(file.clone()),
            },
            judge: self.judge.clone(),
            model: self.judging.model.clone(),
            also_for: self.also_for.clone(),
            reading: self.judging.reading,
            concurrency: self.judging.concurrency,
            outputs: self.judging.outputs.clone(),
            limit: self.selection.limit,
            filters: self.selection.filter.clone(),
            budget: spending(self.budget),
            cache: if self.no_cache { CacheUse::Ignore } else { CacheUse::Use },
            resume: self.resume,
            stop: Stop::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        tune: TuneArgs,
    }

    #[test]
    fn a_command_line_without_flags_asks_for_what_a_program_asks_for_by_default() {
        let line = Line::parse_from(["tune", "polite"]);
        let told = |mut request: TuneRequest| {
            // The variable of the model is the process's own.
            request.model = None;
            format!("{request:?}")
        };
        assert_eq!(told(line.tune.request().unwrap()), told(TuneRequest::default()));
    }
}
