//! Models that are there.

use super::args::RunArgs;
use super::config::Config;
use super::judges::{Suite, nobody_named, wrappers};
use super::models::{Chosen, Ready};
use crate::error::Result;
use crate::model::Model;

/// Models that are there, so that suites which share one load it once.
#[derive(Default)]
pub(super) struct Loaded {
    models: Vec<There>,
}

/// A model that is there, and how it was named.
#[derive(Clone)]
pub(super) struct There {
    pub(super) chosen: Chosen,
    pub(super) ready: Ready,
}

impl Loaded {
    /// The models of the suite before go first: two large ones need not be in memory together.
    pub(super) fn keep_only(&mut self, needed: &[Option<&Chosen>]) {
        self.models.retain(|model| needed.contains(&Some(&model.chosen)));
    }

    pub(super) async fn take(&mut self, chosen: Option<Chosen>, config: &Config) -> Result<Option<There>> {
        let Some(chosen) = chosen else {
            return Ok(None);
        };
        if let Some(there) = self.models.iter().find(|model| model.chosen == chosen) {
            return Ok(Some(there.clone()));
        }
        let ready = chosen.ready(config).await?;
        tell_address(&chosen, &ready)?;
        let there = There { chosen, ready };
        self.models.push(there.clone());
        Ok(Some(there))
    }
}

/// Which server is asked, and who says so: records must not go where nobody expects them.
fn tell_address(chosen: &Chosen, ready: &Ready) -> Result<()> {
    if let Some(address) = ready.provider.base_url() {
        eprintln!("{} is asked at {address} ({})", chosen.full_name(), chosen.origin()?.words());
    }
    Ok(())
}

/// A model that keeps nothing: for looking at what would be asked.
pub(super) fn plain(there: &There) -> Model {
    Model::new(there.ready.provider.clone(), wrappers(&there.chosen))
}

/// A model that is not there: what would be asked can be seen without it.
pub(super) fn silent(suite: &Suite, config: &Config, args: &RunArgs, chosen: Chosen) -> Result<There> {
    let reading = match args.judging.reading.or(suite.file.reading) {
        Some(reading) => reading,
        None => chosen.usual_reading(config)?,
    };
    let provider = nobody_named(&chosen.full_name());
    Ok(There { chosen, ready: Ready { provider, reading } })
}
