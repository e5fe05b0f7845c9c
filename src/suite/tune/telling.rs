//! How a tuning goes, told while it goes.

use super::account::{Account, Shown};
use super::estimate::TuneEstimate;
use super::folder::TuneFolder;
use super::forecast::Forecaster;
use super::rates::Rates;
use super::tuned::{Listener, TuneEvent};
use crate::error::Result;
use crate::optimizer::{Event, Part, Reply, Spending};

/// Tells how a search goes, and writes it down.
pub(super) struct Telling<'a> {
    folder: &'a mut TuneFolder,
    listener: &'a mut Listener<'a>,
    forecaster: &'a Forecaster<'a>,
    earlier: &'a Rates,
    account: Account,
    shown: Shown,
    /// What was expected once the baseline had been judged.
    sharper: Option<Spending>,
}

impl<'a> Telling<'a> {
    pub(super) fn start(
        folder: &'a mut TuneFolder,
        listener: &'a mut Listener<'a>,
        forecaster: &'a Forecaster<'a>,
        earlier: &'a Rates,
        estimate: &TuneEstimate,
    ) -> Result<Self> {
        let (expected, most) = (estimate.expected.all, estimate.most.all);
        listener(TuneEvent::Started { suite: &forecaster.setup.suite, expected, most })?;
        Ok(Self {
            folder,
            listener,
            forecaster,
            earlier,
            account: Account::new(forecaster.prices.clone()),
            shown: Shown::new(!forecaster.request.resume),
            sharper: None,
        })
    }

    pub(super) fn hear(&mut self, event: Event<'_>) -> Result<()> {
        self.folder.note(event)?;
        if let Event::Judged { place, model, part, id, reply } = event {
            self.account.add(part, model, reply);
            if (place, part) == (0, Part::Validation) {
                self.show(id, reply);
            }
        }
        (self.listener)(TuneEvent::Search(event))?;
        if let Event::Finished { place: 0, .. } = event { self.sharpen() } else { Ok(()) }
    }

    fn show(&mut self, id: &str, reply: &Reply) {
        let validation = &self.forecaster.setup.learning.validation;
        if let Some(example) = validation.iter().find(|example| example.id == id) {
            let bytes = self.forecaster.sizes.of(self.forecaster.context.spec, example);
            self.shown.add(example, reply, bytes);
        }
    }

    /// Expects anew, now that the baseline has been judged.
    fn sharpen(&mut self) -> Result<()> {
        let at_once = self.forecaster.at_once.min(self.forecaster.options.block);
        let rates = self.shown.rates(self.earlier, at_once);
        let expected = self.forecaster.expected(&self.shown.errors(), &rates, self.shown.reasons())?;
        self.sharper = Some(expected.all);
        let done = self.account.calls();
        (self.listener)(TuneEvent::BaselineJudged { expected: expected.all, range: expected.range, done })
    }

    /// What was spent, and what was expected once the baseline had been judged.
    pub(super) fn ended(self) -> Result<(Spending, Option<Spending>)> {
        let spent = self.account.spent();
        (self.listener)(TuneEvent::Asked(spent))?;
        Ok((spent, self.sharper))
    }
}
