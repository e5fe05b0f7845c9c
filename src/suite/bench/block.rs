//! One block: a cell, once through all records, with what is measured beside them.

use std::sync::Arc;
use std::time::Instant;

use super::cells::Cell;
use super::folder::Calls;
use super::machine;
use super::request::{BenchEvent, BenchListener};
use crate::bench::{Call, Line, Loaded, Phase, Place};
use crate::data::Record;
use crate::error::Result;
use crate::eval::{Ended, Event, Outcome, Settled, Stop, run as run_plan};
use crate::judge::Reason;
use crate::model::{
    Budget, ConcurrencyLimiter, ConcurrencyOptions, FailureKind, Message, Model, ModelOptions, Parameters,
    Request, Role, RunParts,
};
use crate::suite::judges::{Overrides, model_options};
use crate::suite::loaded_models::{LoadedModel, SuiteModels};

/// A block that is measured.
pub(super) struct Block<'b> {
    pub(super) cell: &'b Cell,
    pub(super) loaded: &'b SuiteModels,
    pub(super) budgets: &'b [Arc<Budget>],
    pub(super) calls: &'b mut Calls,
    pub(super) listener: &'b mut BenchListener<'b>,
    pub(super) stop: &'b Stop,
    /// Its place in the order.
    pub(super) number: u32,
    pub(super) round: u32,
    pub(super) since: Instant,
}

/// How a part of a block ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PartEnd {
    Done,
    Interrupted,
    /// A budget was reached.
    Budget,
    /// Every call fails the same way.
    Hopeless(String),
}

impl Block<'_> {
    fn place(&self, phase: Phase, at_once: usize) -> Place {
        Place { cell: self.cell.meta.name.clone(), block: self.number, round: self.round, phase, at_once }
    }

    fn now_ms(&self) -> f64 {
        self.since.elapsed().as_secs_f64() * 1e3
    }

    /// Notes how long loading took.
    pub(super) fn note_load(&mut self, took_ms: f64) -> Result<()> {
        let line = Line::new(&self.place(Phase::Load, 1), self.now_ms(), took_ms);
        self.calls.write(line)
    }

    /// Notes what is known of the model once it is loaded; `before` is this process's memory without it.
    pub(super) async fn note_state(&mut self, before: Option<u64>) -> Result<()> {
        let Some(first) = self.loaded.judges.first() else {
            return Ok(());
        };
        let provider = &first.opened.provider;
        let (mut known, served) = (Loaded::default(), provider.resident().await);
        known.server = provider.base_url().map(str::to_owned);
        known.digest = provider.identity().await.and_then(|identity| identity.digest);
        known.quantization = quantization(first);
        if let Some(served) = served {
            known.digest = served.digest.or(known.digest);
            known.quantization = served.quantization.or(known.quantization);
            (known.bytes, known.gpu_bytes) = (served.bytes, served.gpu_bytes);
            let all = provider.all_loaded().await.unwrap_or_default();
            let others = all.into_iter().map(|other| other.name).filter(|name| *name != served.name);
            known.beside = Some(others.collect());
            known.name = Some(served.name);
        } else if first.model_config.provider.is_embedded() {
            known.bytes = before.zip(machine::own_bytes()).map(|(before, now)| now.saturating_sub(before));
        }
        let mut line = Line::new(&self.place(Phase::State, 1), self.now_ms(), 0.0);
        line.loaded = Some(known);
        self.calls.write(line)
    }

    /// Judges records, so many at the same time.
    pub(super) async fn judge(
        &mut self,
        phase: Phase,
        records: Vec<Record>,
        at_once: usize,
    ) -> Result<PartEnd> {
        let Cell { config, suite, options, .. } = self.cell;
        let mut plan = suite.plan(config, self.loaded.judge_configs(), &Overrides::of(options)?)?;
        (plan.concurrency, plan.judged_at_once) = (at_once, at_once);
        let model = |loaded: &LoadedModel| self.model(loaded, at_once);
        let panel = suite.panel(&self.loaded.asked(suite, options, None, model))?;
        let place = self.place(phase, at_once);
        let (since, mut budget, mut failed) = (self.since, false, None);
        let (calls, listener, stop) = (&mut *self.calls, &mut *self.listener, self.stop.clone());
        let events = |event: Event<'_>| {
            let Event::Settled(outcome) = event else {
                return Ok(());
            };
            // What was not asked is measured when the bench goes on.
            if is_unasked(outcome) {
                budget |= is_over_budget(outcome);
                return Ok(());
            }
            let now_ms = since.elapsed().as_secs_f64() * 1e3;
            calls.write(Line::judged(&place, now_ms, outcome))?;
            if phase == Phase::Measured {
                failed = unscored(outcome);
                listener(BenchEvent::Judged)?;
            }
            Ok(())
        };
        let records = records.into_iter().map(Ok);
        let (ended, _) = run_plan(&panel, plan, records, None, &stop, events).await?;
        Ok(match ended {
            _ if budget => PartEnd::Budget,
            Ended::Complete => PartEnd::Done,
            Ended::Interrupted => PartEnd::Interrupted,
            Ended::StoppedEarly(why) => PartEnd::Hopeless(failed.unwrap_or(why)),
        })
    }

    /// Asks for answers of 20 tokens.
    pub(super) async fn answer_20_tokens(&mut self, times: u32) -> Result<PartEnd> {
        let Some(first) = self.loaded.judges.first() else {
            return Ok(PartEnd::Done);
        };
        let model = self.model(first, 1);
        for repeat in 0..times {
            if self.stop.is_wished() {
                return Ok(PartEnd::Interrupted);
            }
            let started = Instant::now();
            let replied = model.complete(&Request { repeat, ..fixed_request() }).await;
            let took_ms = started.elapsed().as_secs_f64() * 1e3;
            let mut line = Line::new(&self.place(Phase::Fixed, 1), self.now_ms(), took_ms);
            match replied {
                Ok(response) => line.calls.push(Call::replied(&response)),
                Err(failure) if failure.kind == FailureKind::Budget => return Ok(PartEnd::Budget),
                Err(failure) => line.calls.push(Call::failed(&failure.to_string())),
            }
            self.calls.write(line)?;
        }
        Ok(PartEnd::Done)
    }

    /// A model that keeps nothing: everything is asked anew.
    fn model(&self, loaded: &LoadedModel, at_once: usize) -> Model {
        let model_config = &loaded.model_config;
        let limiter = ConcurrencyLimiter::new(ConcurrencyOptions {
            concurrency: at_once,
            requests_per_minute: model_config.file.requests_per_minute,
            tokens_per_minute: model_config.file.tokens_per_minute,
        });
        let options = ModelOptions {
            budgets: self.budgets.to_vec(),
            concurrency: at_once,
            ..model_options(model_config)
        };
        let parts = RunParts { limiter: Some(Arc::new(limiter)), ..RunParts::default() };
        Model::of_run(loaded.opened.provider.clone(), options, parts)
    }
}

/// An answer that any model goes on with for longer than 20 tokens.
fn fixed_request() -> Request {
    let text = "Write the numbers from one to fifty as words, separated by commas. Write nothing else.";
    let parameters = Parameters { max_tokens: 20, ..Parameters::default() };
    Request::new(vec![Message::new(Role::User, text)], 0, None, parameters)
}

fn quantization(loaded: &LoadedModel) -> Option<String> {
    let name = loaded.model_config.in_catalogue()?;
    Some(crate::model::catalogue::find(name)?.quantization.to_owned())
}

fn unscored(outcome: &Outcome) -> Option<String> {
    outcome.result.as_ref().err().map(ToString::to_string)
}

fn is_unasked(outcome: &Outcome) -> bool {
    matches!(&outcome.result, Settled::Unscored(unscored) if matches!(unscored.reason, Reason::Budget | Reason::Cancelled))
}

fn is_over_budget(outcome: &Outcome) -> bool {
    matches!(&outcome.result, Settled::Unscored(unscored) if unscored.reason == Reason::Budget)
}
