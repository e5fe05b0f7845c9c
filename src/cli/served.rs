//! `evenhand models ps`, `stop` and `keep`: models in the memory of their servers.

use std::time::Duration;

use serde_json::json;

use super::print;
use super::terminal::{listen_for_interrupts, note};
use crate::error::Result;
use crate::report::duration;
use crate::suite::Stop;
use crate::suite::config::Config;
use crate::suite::served_models::{
    ServedModel, ServedRole, keep as keep_loaded, served_roles, stop as let_go,
};

pub(super) async fn ps(config: &Config, as_json: bool) -> Result<()> {
    let roles = served_roles(config).await?;
    if as_json {
        return print(&format!("{}\n", json!({"roles": roles})));
    }
    if roles.is_empty() {
        return print("no role of evenhand.toml is of a server that loads models\n");
    }
    let lines: Vec<String> = roles.iter().map(line).collect();
    print(&(lines.join("\n") + "\n"))
}

fn line(ServedRole { role, model, loaded }: &ServedRole) -> String {
    let Some(loaded) = loaded else {
        return format!("{role:<12} {model}: not loaded");
    };
    let parts = [
        loaded.bytes.map(|bytes| format!("{} in memory", gigabytes(bytes))),
        on_gpu(loaded),
        loaded.quantization.clone(),
        loaded.context_tokens.map(|tokens| format!("{tokens} tokens of context")),
        loaded.until.as_ref().map(|until| format!("until {until}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("{role:<12} {model}: loaded, {}", parts.join(", "))
}

fn gigabytes(bytes: u64) -> String {
    format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10)
}

/// How much of it a graphics processor has.
fn on_gpu(loaded: &ServedModel) -> Option<String> {
    let (all, there) = loaded.bytes.zip(loaded.gpu_bytes)?;
    let percent = (there * 100).checked_div(all)?;
    Some(format!("{percent} % of it on a graphics processor"))
}

pub(super) async fn stop(config: &Config, name: &str) -> Result<()> {
    let_go(name, config).await?;
    print(&format!("{name} is out of its server's memory\n"))
}

pub(super) async fn keep(config: &Config, name: &str, every: Duration, times: Option<u64>) -> Result<()> {
    let stop = Stop::default();
    listen_for_interrupts(&stop);
    note(&format!("keeping {name} loaded, every {}; Ctrl-C ends it", duration(every.as_secs_f64())));
    let mut done = 0_u64;
    keep_loaded(name, config, every, times, &stop, || done += 1).await?;
    print(&format!("{name} was kept loaded, by {done} calls\n"))
}
