//! What a strict policy asks of a suite whose judge may flip: enough repeats when its scores are locked, and enough
//! draws when a record fails.

use super::settings;
use super::standing::Standing;
use crate::error::{Error, ErrorKind, Result};
use crate::golden::{Confirm, Policy, store, strict_repeats, strict_share};
use crate::judge::Reading;
use crate::suite::config::{Config, GoldenFile};
use crate::suite::confirm::Wished;
use crate::suite::judges::Suite;
use crate::suite::run::RunOptions;
use crate::suite::shell::quoted;

/// Whether the suite is strict and its judge may say another thing the next time.
pub(super) fn may_flip(suite: &Suite, standing: &Standing) -> bool {
    suite.file.golden.policy == Policy::Strict
        && suite.has_judges()
        && standing.prospect.panel.reading() != Reading::Weighted
}

/// Refuses a lock of too few repeats: by chance it would fail too many unchanged suites.
pub(super) fn enough_repeats(suite: &Suite, standing: &Standing, repeats: u64) -> Result<()> {
    if !may_flip(suite, standing) {
        return Ok(());
    }
    let (flip_rate, records) = (flip_rate(suite)?, standing.records.len() as u64);
    let needed = strict_repeats(flip_rate, records).ok_or_else(|| flips_too_often(suite, flip_rate))?;
    if repeats >= u64::from(needed) {
        return Ok(());
    }
    let detail = format!(
        "suite {}: policy \"strict\" needs each record judged {needed} times when it is locked, and this is {repeats}. \
         With fewer, more than 5 % of unchanged suites of {records} records would fail, for a judge that flips {:.1} %",
        suite.name,
        100.0 * flip_rate
    );
    let help =
        format!("evenhand golden lock {} --repeats {needed}; or take policy = \"both\"", quoted(&suite.name));
    Err(Error::new(ErrorKind::Golden, detail).help(help))
}

/// How a suite's records are confirmed that got worse, if they are.
pub(super) fn confirm(suite: &Suite, standing: &Standing) -> Result<Option<Wished>> {
    let GoldenFile { policy, confirm, flip_rate, confirm_temperature, .. } = suite.file.golden;
    if policy == Policy::Strict {
        let most = draws(suite, standing)?;
        return Ok(most.map(|most| Wished::strict(most, flip_rate, confirm_temperature)));
    }
    Wished::of(&suite.name, confirm, flip_rate, confirm_temperature)
}

/// By how many draws a record is confirmed that fails; `None` where no draw would tell anything else.
fn draws(suite: &Suite, standing: &Standing) -> Result<Option<Confirm>> {
    if !may_flip(suite, standing) {
        return Ok(None);
    }
    let flip_rate = flip_rate(suite)?;
    let share = strict_share(standing.records.len() as u64);
    Confirm::for_flip_rate(flip_rate, share).map(Some).ok_or_else(|| flips_too_often(suite, flip_rate))
}

/// Recorded replies are those of the lock: a suite is judged from them as often as it was then.
pub(crate) fn repeats_as_locked(config: &Config, suites: &mut [Suite], options: &RunOptions) -> Result<()> {
    if options.replies.is_none() {
        return Ok(());
    }
    to_record(config, suites, options)
}

/// The same where replies are to be recorded.
pub(crate) fn to_record(config: &Config, suites: &mut [Suite], options: &RunOptions) -> Result<()> {
    if options.repeats.is_some() {
        return Ok(());
    }
    for suite in suites.iter_mut().filter(|suite| suite.file.golden.policy == Policy::Strict) {
        let Some(golden) = store::read(&store::path(&settings::folder(config), &suite.name))? else {
            continue;
        };
        let locked =
            golden.models.values().flat_map(|entry| &entry.records).filter_map(|record| record.repeats);
        if let Some(repeats) = locked.max().and_then(|repeats| u32::try_from(repeats).ok()) {
            suite.file.repeats = Some(repeats);
        }
    }
    Ok(())
}

fn flip_rate(suite: &Suite) -> Result<f64> {
    suite.file.golden.flip_rate.ok_or_else(|| {
        let detail = format!(
            "suite {}: policy \"strict\" needs to know how often the judge flips: `golden.flip_rate` is not set",
            suite.name
        );
        let help = format!(
            "measure it: evenhand run {} --repeats 5 says \"a single draw flips with probability\"; then set it",
            quoted(&suite.name)
        );
        Error::new(ErrorKind::Config, detail).help(help)
    })
}

fn flips_too_often(suite: &Suite, flip_rate: f64) -> Error {
    let detail = format!(
        "suite {}: policy \"strict\" cannot be kept by a judge that flips {:.1} %: 51 repeats are too few",
        suite.name,
        100.0 * flip_rate
    );
    Error::new(ErrorKind::Config, detail).help("take policy = \"both\", or a judge that flips less")
}
