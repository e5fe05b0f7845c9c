//! The models of a tuning, made ready: who judges, who teaches, who writes.

use super::args::TuneArgs;
use super::setup::Setup;
use super::targets::Targets;
use crate::cli::config::Config;
use crate::cli::fetch::fetch_missing;
use crate::cli::loaded::{Loaded, There};
use crate::cli::models::Chosen;
use crate::cli::shared::Models as Shelf;
use crate::error::{Error, ErrorKind, Result};
use crate::judge::JudgeOptions;
use crate::optimizer::Models;

/// The models of a tuning.
pub(super) struct Cast {
    pub(super) judge: There,
    others: Vec<There>,
    teacher: Option<There>,
    writer: Option<There>,
}

impl Cast {
    pub(super) async fn new(targets: Targets, args: &TuneArgs, config: &Config) -> Result<Self> {
        let named =
            |name: &Option<String>| name.as_deref().map(|name| Chosen::new(Some(name), config)).transpose();
        let (teacher, writer) = (named(&args.teacher)?, named(&args.proposer)?);
        fetch_missing(targets.all().chain(&teacher).chain(&writer), config).await?;
        let mut loaded = Loaded::default();
        let judge = there(&mut loaded, targets.judge, config).await?;
        let mut others = Vec::new();
        for other in targets.others {
            others.push(there(&mut loaded, other, config).await?);
        }
        let teacher = loaded.take(teacher, config).await?;
        let writer = loaded.take(writer, config).await?;
        Ok(Self { judge, others, teacher, writer })
    }

    /// Who judges: the judge's model first, which the teacher and the writer stand beside.
    pub(super) fn examiners(&self, setup: &Setup, kept: &Shelf<'_>, at_once: usize) -> Vec<Models> {
        let model = |there: &There| kept.model(there, at_once);
        let options = setup.judge.options();
        let judged = |there: &There, options: JudgeOptions| {
            let mut models = Models::new(model(there), options);
            models.questions = setup.calls_each;
            models
        };
        let mut first = judged(&self.judge, options.clone());
        first.teacher = self.teacher.as_ref().map(|there| (model(there), teaching(there, options)));
        first.writer = self.writer.as_ref().map(model);
        // All are read the same way: it is one prompt, and demos fit a reading.
        let of_model = |there: &There| {
            let parameters = there.chosen.parameters(options.reading);
            judged(there, JudgeOptions { parameters, ..options.clone() })
        };
        std::iter::once(first).chain(self.others.iter().map(of_model)).collect()
    }
}

fn teaching(teacher: &There, options: &JudgeOptions) -> JudgeOptions {
    let reading = teacher.ready.reading;
    let parameters = teacher.chosen.parameters(reading);
    JudgeOptions { reading, parameters, ..options.clone() }
}

async fn there(loaded: &mut Loaded, chosen: Chosen, config: &Config) -> Result<There> {
    let there = loaded.take(Some(chosen), config).await?;
    there.ok_or_else(|| Error::new(ErrorKind::Internal, "a model that was named is not there"))
}
