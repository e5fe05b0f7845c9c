//! `evenhand cache`.

use std::path::Path;

use super::args::{CacheCommand, Global, PruneArgs};
use super::print;
use crate::error::{Error, ErrorKind, Result};
use crate::number::real;
use crate::report::{count, count_of};
use crate::suite::cache::{Asked, InCache, existing, why};
use crate::suite::config::{Config, load_or_default};
use crate::suite::{Exit, Holdings, cache};

pub(super) async fn cache(global: &Global, command: &CacheCommand) -> Result<Exit> {
    let config = load_or_default(&global.folders())?;
    match command {
        CacheCommand::Stats { json } => stats(&config, *json)?,
        CacheCommand::Why { record, suite, model, reading } => {
            let (suite, model) = (suite.as_deref(), model.as_deref());
            let asked = Asked { record, suite, model, reading: *reading };
            let mut tell =
                |question: &str, found: &InCache| print(&format!("{question}: {}\n", verdict(found)));
            why(&config, &asked, &mut tell).await?;
        }
        CacheCommand::Prune(args) => prune(&config, args)?,
        CacheCommand::Export { path } => {
            let written = cache::export(&config, path)?;
            print(&format!("{} in {}\n", count_of(written, "reply"), path.display()))?;
        }
    }
    Ok(Exit::Success)
}

/// What the cache has of a question, in words.
fn verdict(found: &InCache) -> String {
    match found {
        InCache::NoModel => "no model is asked".to_owned(),
        InCache::NoFile(model) => {
            format!("replies of {model} cannot be told apart: its file is not on this machine")
        }
        InCache::NeverCached(model) => format!("replies of {model} are not cached"),
        InCache::Here { made_s, used_s } => {
            format!("in the cache since {}, used last {}", when(*made_s), when(*used_s))
        }
        InCache::SameQuestion => "in the cache, from a record that asks the same".to_owned(),
        InCache::Nothing => "not in the cache: nothing was ever kept about this record".to_owned(),
        InCache::Changed { made_s, source, parts } => format!(
            "not in the cache; since the reply of {} ({source}), changed: {}",
            when(*made_s),
            parts.join(", ")
        ),
    }
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
    let mut text = format!(
        "{}: {}, {}\n",
        path.display(),
        count_of(holdings.entries, "entry"),
        megabytes(holdings.bytes)
    );
    if let (Some(oldest), Some(newest)) = (holdings.oldest_use_s, holdings.newest_s) {
        text += &format!("longest unused since {}, newest made {}\n", when(oldest), when(newest));
    }
    for (source, entries) in &holdings.by_source {
        text += &format!("  {source}: {}\n", count(*entries));
    }
    text
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", real(bytes) / f64::from(1 << 20))
}

/// A moment as people write it, in UTC.
fn when(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "at an unknown time".to_owned(), |time| time.strftime("%Y-%m-%d %H:%M").to_string())
}

fn prune(config: &Config, args: &PruneArgs) -> Result<()> {
    if args.all {
        cache::delete(config)?;
        return print("the cache is gone\n");
    }
    let store = existing(config)?;
    let unused_s = args.older_than.as_deref().map(seconds).transpose()?;
    let pruned = cache::prune(&store, unused_s, args.max_mb)?;
    print(&format!(
        "{} removed; the cache takes {} now, {} before\n",
        count_of(pruned.entries, "entry"),
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
