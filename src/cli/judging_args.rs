//! What the commands that judge have in common: who judges, which records, and what may be spent.

use std::path::PathBuf;

use clap::Args;

use crate::suite::{Reading, RunOptions, Spending};

/// Who judges what, and how.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct JudgingArgs {
    /// The model that judges: a role of evenhand.toml, or PROVIDER/NAME.
    #[arg(long, short, value_name = "MODEL", env = "EVENHAND_MODEL")]
    pub(super) model: Option<String>,
    /// How verdicts are read.
    #[arg(long, value_enum)]
    pub(super) reading: Option<Reading>,
    /// At most so many records at the same time.
    #[arg(long, value_name = "N")]
    pub(super) concurrency: Option<usize>,
    /// Judge the outputs of this file, joined by id, instead of what the suite says.
    #[arg(long, value_name = "FILE")]
    pub(super) outputs: Option<PathBuf>,
}

/// Which records are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub(super) struct SelectionArgs {
    /// Take at most so many records of each suite.
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,
    /// Take only records that fit: tag=hard, id=rel-0*, label!=pass. May be given several times.
    #[arg(long, value_name = "FIELD=PATTERN")]
    pub(super) filter: Vec<String>,
}

/// What may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Args)]
#[expect(clippy::struct_field_names, reason = "the flags are called so")]
pub(super) struct BudgetArgs {
    /// Spend at most so many US dollars: the worst case of a call is reserved before it is sent.
    #[arg(long, value_name = "USD")]
    pub(super) max_cost: Option<f64>,
    /// Send at most so many calls, those sent again by the transport included.
    #[arg(long, value_name = "N")]
    pub(super) max_calls: Option<u64>,
    /// Use at most so many tokens, of prompts and answers together.
    #[arg(long, value_name = "N")]
    pub(super) max_tokens: Option<u64>,
    /// Send nothing after so many minutes.
    #[arg(long, value_name = "MINUTES")]
    pub(super) max_minutes: Option<f64>,
}

/// How suites are run by a command that says this much of it.
pub(super) fn options(judging: &JudgingArgs, selection: &SelectionArgs, budget: BudgetArgs) -> RunOptions {
    RunOptions {
        model: judging.model.clone(),
        reading: judging.reading,
        concurrency: judging.concurrency,
        outputs: judging.outputs.clone(),
        limit: selection.limit,
        filters: selection.filter.clone(),
        budget: spending(budget),
        ..RunOptions::default()
    }
}

/// What may be spent, as a command says it.
pub(super) fn spending(budget: BudgetArgs) -> Spending {
    Spending {
        cost_usd: budget.max_cost,
        calls: budget.max_calls,
        tokens: budget.max_tokens,
        minutes: budget.max_minutes,
    }
}
