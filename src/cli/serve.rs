//! `evenhand serve`.

use std::time::Duration;

use super::args::Global;
use super::judging_args::spending;
use super::models::fetch_permitted;
use super::serve_args::ServeArgs;
use super::terminal::{listen_for_interrupts, note, print};
use crate::error::{Error, ErrorKind, Result};
use crate::serve::{Limits, Listening, Service, Shutdown, listen};
use crate::suite::config::{Config, load};
use crate::suite::prospect::suites;
use crate::suite::served_judges::{ServedJudge, ServedSuite, named, not_here, open};
use crate::suite::shared::Shared;
use crate::suite::{CacheUse, Exit, RunOptions, Stop};

pub(super) async fn serve(global: &Global, args: &ServeArgs) -> Result<Exit> {
    let config = load(&global.folders())?;
    let key = key(&config, args)?;
    let options = RunOptions {
        model: args.model.clone(),
        reading: args.reading,
        uncalibrated: args.no_calibration,
        cache: if args.no_cache { CacheUse::Ignore } else { CacheUse::Use },
        budget: spending(args.budget),
        ..RunOptions::default()
    };
    let suites = suites(&config, &args.suites, &options)?;
    let shared = Shared::new(&config, &options)?;
    let named = named(&suites, &config, &options, &shared)?;
    fetch_permitted(&not_here(&named, &config).await?, &config).await?;
    let served = open(&suites, named, &config, &options, &shared).await?;
    for suite in suites.iter().filter(|suite| !suite.checks().is_empty()) {
        note(&format!("suite {}: its judges answer; its checks are left out", suite.name));
    }
    let listening = listen(&args.host, args.port).await?;
    if key.is_none() && !listening.is_loopback() {
        let detail = format!("{} can be reached from other machines, and no key is asked for", args.host);
        return Err(Error::new(ErrorKind::Usage, detail)
            .help("set a key: --key-env NAME, with the key in that variable; or leave out --host"));
    }
    tell(&listening, &served)?;
    let limits = Limits {
        body: usize::try_from(args.max_body).unwrap_or(usize::MAX).saturating_mul(1024),
        time: Duration::from_secs(args.timeout),
        at_once: usize::from(args.at_once),
    };
    listening.serve(Service::new(served, limits, key).router(), ended_by_signals()).await?;
    Ok(Exit::Success)
}

fn key(config: &Config, args: &ServeArgs) -> Result<Option<String>> {
    let Some(name) = &args.key_env else { return Ok(None) };
    let missing = || {
        Error::new(ErrorKind::Usage, format!("the environment variable {name} holds no key"))
            .help(format!("export {name}=... before `evenhand serve`"))
    };
    config.environment.text(name).map(Some).ok_or_else(missing)
}

fn tell(listening: &Listening, served: &[ServedSuite]) -> Result<()> {
    let mut text = String::new();
    for suite in served {
        let judges: Vec<String> = suite.judges.iter().map(judge).collect();
        text += &format!("model {}: {}; judges: {}\n", suite.name, suite.description, judges.join(", "));
    }
    text += &format!("listening on http://{}; Ctrl-C ends it\n", listening.address);
    print(&text)
}

/// A judge's name, with the criteria that it is asked by.
fn judge(judge: &ServedJudge) -> String {
    let criteria = judge.criteria();
    if criteria.is_empty() { judge.name.clone() } else { format!("{} ({})", judge.name, criteria.join(", ")) }
}

/// Ctrl-C, and where there is such a thing SIGTERM: what is in flight is answered first.
pub(super) fn ended_by_signals() -> Shutdown {
    let stop = Stop::default();
    listen_for_interrupts(&stop);
    Box::pin(async move {
        #[cfg(unix)]
        if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            tokio::select! {
                () = stop.wished() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        stop.wished().await;
    })
}
