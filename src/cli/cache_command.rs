//! `evenhand cache`.

use std::path::Path;

use super::args::{CacheCommand, Global, PruneArgs};
use super::{cache_why, print};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{RecordedTimes, Recorder, recorded};
use crate::report::count;
use crate::store::{Holdings, Kind, Pruned, Store};
use crate::suite::Exit;
use crate::suite::cache;
use crate::suite::config::{Config, load_or_default};

pub(super) async fn cache(global: &Global, command: &CacheCommand) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    match command {
        CacheCommand::Stats { json } => stats(&config, *json)?,
        CacheCommand::Why { record, suite, model, reading } => {
            let asked = cache_why::Asked { record, suite: suite.as_deref(), model: model.as_deref() };
            cache_why::why(&config, &asked, *reading).await?;
        }
        CacheCommand::Prune(args) => prune(&config, args)?,
        CacheCommand::Export { path } => export(&config, path)?,
    }
    Ok(Exit::Success)
}

/// The store, if there is one: looking into it makes none.
pub(super) fn existing(config: &Config) -> Result<Store> {
    let path = cache::path(config);
    if !path.exists() {
        return Err(Error::new(ErrorKind::Usage, format!("there is no cache yet at {}", path.display()))
            .help("`evenhand run` makes it"));
    }
    cache::store(config)
}

fn stats(config: &Config, as_json: bool) -> Result<()> {
    let store = existing(config)?;
    let holdings = store.holdings()?;
    if as_json {
        let text = serde_json::to_string(&holdings).unwrap_or_default();
        return print(&format!("{text}\n"));
    }
    print(&text(&holdings, store.path()))
}

fn text(holdings: &Holdings, path: &Path) -> String {
    let mut text =
        format!("{}: {} entries, {}\n", path.display(), count(holdings.entries), megabytes(holdings.bytes));
    if let (Some(oldest), Some(newest)) = (holdings.oldest_use_s, holdings.newest_s) {
        text += &format!("longest unused since {}, newest made {}\n", when(oldest), when(newest));
    }
    for (source, entries) in &holdings.by_source {
        text += &format!("  {source}: {}\n", count(*entries));
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "megabytes for people")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / f64::from(1 << 20))
}

/// A moment as people write it, in UTC.
pub(super) fn when(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "at an unknown time".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}

fn prune(config: &Config, args: &PruneArgs) -> Result<()> {
    if args.all {
        Store::delete(&cache::path(config))?;
        return print("the cache is gone\n");
    }
    let store = existing(config)?;
    let pruned = match (&args.older_than, args.max_mb) {
        (Some(age), _) => store.prune_older_than(seconds(age)?)?,
        (None, Some(max_mb)) => store.prune_to(max_mb.saturating_mul(1 << 20))?,
        (None, None) => Pruned::default(),
    };
    print(&format!(
        "{} entries removed; the cache takes {} now, {} before\n",
        count(pruned.entries),
        megabytes(pruned.bytes_after),
        megabytes(pruned.bytes_before)
    ))
}

/// Reads `30d`, `12h`, `90m`.
fn seconds(age: &str) -> Result<u64> {
    let unit = |ending: char| match ending {
        'd' => Some(86_400),
        'h' => Some(3600),
        'm' => Some(60),
        _ => None,
    };
    let read = || {
        let unit = unit(age.chars().last()?)?;
        let number: u64 = age.get(..age.len() - 1)?.parse().ok()?;
        number.checked_mul(unit)
    };
    read().ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("`{age}` is not an age")).help("write it like 30d, 12h, or 90m")
    })
}

fn export(config: &Config, path: &Path) -> Result<()> {
    let store = existing(config)?;
    let recorder = Recorder::create(path, RecordedTimes::Drop)?;
    let mut written = 0;
    store.each(Kind::Reply, |found| {
        let Some(line) = recorded(&found) else {
            return Ok(());
        };
        written += 1;
        recorder.copy_one(&line)
    })?;
    print(&format!("{} replies in {}\n", count(written), path.display()))
}
