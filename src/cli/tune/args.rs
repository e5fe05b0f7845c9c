//! The command line of `evenhand tune`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::judging_args::{BudgetArgs, JudgingArgs, SelectionArgs, spending};
use crate::error::Result;
use crate::suite::CacheUse;
use crate::suite::tune::{ObjectiveName, OptimizerName, Stop, StoreThreshold, TuneRequest, shares};

#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(in crate::cli) struct TuneArgs {
    /// The suite.
    pub(super) suite: String,
    /// How candidates are found.
    #[arg(long, value_enum, default_value_t = OptimizerName::RandomSearch)]
    pub(super) optimizer: OptimizerName,
    /// How many demo sets by chance are tried (random-search), or combinations (tpe). By default a random
    /// search tries as many as the calls of twelve that judge every record reach for, about 16.
    #[arg(long, value_name = "N")]
    pub(super) candidates: Option<usize>,
    /// Instead of --candidates: spend about N calls, those of the test part included. What the races save
    /// goes to further candidates.
    #[arg(long, value_name = "N", conflicts_with = "candidates")]
    pub(super) calls: Option<u64>,
    /// What candidates are ranked by.
    #[arg(long, value_enum, default_value_t = ObjectiveName::Kappa)]
    pub(super) objective: ObjectiveName,
    /// For --objective cost: what a bad record passed costs.
    #[arg(long, value_name = "COST", default_value_t = 1.0)]
    pub(super) false_pass: f64,
    /// For --objective cost: what a good record failed costs.
    #[arg(long, value_name = "COST", default_value_t = 1.0)]
    pub(super) false_fail: f64,
    /// For --objective cost: what a wrong verdict costs, for any label and verdict of the signature; `*` is
    /// any. What is not listed costs 1. May be given several times.
    #[arg(long, value_name = "LABEL:VERDICT=COST", conflicts_with_all = ["false_pass", "false_fail"])]
    pub(super) cost: Vec<String>,
    /// How much of the objective a thousand tokens of prompt weigh.
    #[arg(long, value_name = "WEIGHT", default_value_t = 0.0)]
    pub(super) token_penalty: f64,
    /// The judge that is tuned, where the suite has several.
    #[arg(long, value_name = "NAME")]
    pub(super) judge: Option<String>,
    /// The most demos in a prompt.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(super) demos: usize,
    /// The most demos with the judge's own reasons.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(super) harvested: usize,
    /// For tpe: a file with instructions to try, separated by lines of `---`.
    #[arg(long, value_name = "FILE")]
    pub(super) instructions: Option<PathBuf>,
    /// For tpe: a model that writes instructions to try. For leap: the model that writes principles; the judge's own by
    /// default.
    #[arg(long, value_name = "MODEL")]
    pub(super) proposer: Option<String>,
    /// For tpe: how many instructions it writes.
    #[arg(long, value_name = "N", default_value_t = 4, requires = "proposer")]
    pub(super) proposals: usize,
    /// A model whose right answers become demos, instead of the judge's own.
    #[arg(long, value_name = "MODEL")]
    pub(super) teacher: Option<String>,
    /// The seed of everything that is drawn.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(super) seed: u64,
    /// The highest chance that a race drops the best candidate. With 0 every candidate judges every record.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub(super) race_error: f64,
    /// The record's field with the label; the suite's `label` by default.
    #[arg(long, value_name = "FIELD")]
    pub(super) labels: Option<String>,
    /// A field that records of one origin share (a conversation, an author). They stay together.
    #[arg(long, value_name = "FIELD")]
    pub(super) group: Option<String>,
    /// A field of which each part gets its share, besides the label.
    #[arg(long, value_name = "FIELD")]
    pub(super) stratum: Option<String>,
    /// Shares of the records for training, validation and test.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', default_values_t = [0.25, 0.4, 0.35])]
    pub(super) split: Vec<f64>,
    /// Write the winner as a signature file. With --report, the winner of a finished tuning: no model is asked.
    #[arg(long, value_name = "FILE")]
    pub(super) write: Option<PathBuf>,
    /// Store the threshold that the validation part places, for the winner or for the signature that stays,
    /// where its gain holds on unseen labels; in calibration/SUITE.json beside evenhand.toml by default. With --report,
    /// that of a finished tuning.
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not wished, wished, and wished with a file")]
    pub(super) write_calibration: Option<Option<PathBuf>>,
    /// Ask nothing: say how many calls, tokens, dollars and minutes it would take at most.
    #[arg(long, conflicts_with_all = ["resume", "report", "write", "write_calibration", "html"])]
    pub(super) dry_run: bool,
    /// Print the report of a finished tuning: its folder, or last. No model is asked, even with --write.
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = "last", conflicts_with = "resume")]
    pub(super) report: Option<String>,
    /// Write the report as one HTML page; `-` is the standard output. With --report, of the earlier tuning.
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// Tune for this model as well: each judges every record, and the mean over them decides. May be
    /// given several times.
    #[arg(long, value_name = "MODEL")]
    pub(super) also_for: Vec<String>,
    #[command(flatten)]
    pub(super) selection: SelectionArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    /// Neither use nor keep cached replies.
    #[arg(long)]
    pub(super) no_cache: bool,
    /// Continue the suite's last tuning.
    #[arg(long)]
    pub(super) resume: bool,
    /// Print JSON instead of text.
    #[arg(long)]
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
