//! Running `pip download` for one wheel.

use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::fs;
use tokio::process::Command;
use tokio::time::Instant;

use super::entry::Pip;
use super::fault::{FetchFault, SourceFault, Stop};

/// How often the bytes that have arrived are counted.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Longest message of `pip` that is passed on, in characters.
const MESSAGE_CHARS: usize = 300;

/// Where a wheel arrives: a folder of its own, removed with all that is in it when dropped.
pub(super) struct Staging {
    dir: PathBuf,
    /// Bytes that must be free on this disk, for the message of a full one.
    needed_bytes: u64,
}

impl Staging {
    /// Makes the folder anew.
    pub(super) async fn create(dir: &Path, needed_bytes: u64) -> Result<Self, FetchFault> {
        let fault = |error| FetchFault::storage("create", dir, needed_bytes, error);
        // The child runs elsewhere, so that a relative path would mislead it.
        let staging = Self { dir: std::path::absolute(dir).map_err(fault)?, needed_bytes };
        staging.remove();
        fs::create_dir_all(staging.arriving()).await.map_err(fault)?;
        fs::create_dir_all(staging.arrived()).await.map_err(fault)?;
        Ok(staging)
    }

    /// Where `pip` collects bytes.
    fn arriving(&self) -> PathBuf {
        self.dir.join("arriving")
    }

    /// Where `pip` puts the whole wheel.
    fn arrived(&self) -> PathBuf {
        self.dir.join("arrived")
    }

    /// The fault of a full disk, with room for the wheel counted in.
    pub(super) fn disk_full(&self) -> FetchFault {
        let dir = self.dir.parent().unwrap_or(&self.dir).to_owned();
        FetchFault::DiskFull { dir, needed_bytes: self.needed_bytes }
    }

    fn remove(&self) {
        // What cannot be removed now is removed by the next fetch.
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Has `pip` download the wheel of `requirement` into `staging`; returns the wheel's path.
///
/// `on_bytes` hears the number of bytes that have arrived.
pub(super) async fn download(
    pip: &Pip,
    requirement: &str,
    staging: &Staging,
    stall: Duration,
    on_bytes: &mut (dyn FnMut(u64) + Send),
) -> Result<PathBuf, Stop> {
    for command in &pip.commands {
        let Some(output) = run(command, requirement, staging, stall, on_bytes).await? else {
            continue;
        };
        let told = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            return Ok(wheel_in(&staging.arrived(), requirement).await?);
        }
        if told.contains("No module named pip") {
            continue;
        }
        if told.contains("No space left on device") || told.contains("[Errno 28]") {
            return Err(staging.disk_full().into());
        }
        return Err(refused(requirement, last_word(&told)).into());
    }
    let tried: Vec<String> = pip.commands.iter().map(|words| words.join(" ")).collect();
    Err(SourceFault::NoPip { tried: tried.join(", ") }.into())
}

/// Runs one command to its end; `None` if there is no such program.
async fn run(
    command: &[String],
    requirement: &str,
    staging: &Staging,
    stall: Duration,
    on_bytes: &mut (dyn FnMut(u64) + Send),
) -> Result<Option<Output>, SourceFault> {
    let Some((program, first_arguments)) = command.split_first() else { return Ok(None) };
    let child = prepare(program, first_arguments, requirement, staging).spawn();
    let mut ended = match child {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(requirement, error.to_string())),
        // Dropping the future ends the child.
        Ok(child) => pin!(child.wait_with_output()),
    };
    let (mut most, mut grown_at) = (0, Instant::now());
    loop {
        tokio::select! {
            output = &mut ended => {
                return output.map(Some).map_err(|error| refused(requirement, error.to_string()));
            }
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
        let bytes = bytes_under(&staging.dir);
        if bytes > most {
            (most, grown_at) = (bytes, Instant::now());
            on_bytes(bytes);
        } else if grown_at.elapsed() > stall {
            return Err(SourceFault::Stalled { after: stall });
        }
    }
}

fn prepare(program: &str, first_arguments: &[String], requirement: &str, staging: &Staging) -> Command {
    let mut command = Command::new(program);
    command.args(first_arguments).args(["download", "--no-deps", "--quiet", "--no-input"]);
    // A source archive would be built, that is, run; a wheel is only stored.
    command.args(["--only-binary=:all:", "--ignore-requires-python"]);
    command.args(["--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"]);
    command.arg("--dest").arg(staging.arrived()).arg(requirement);
    // `python3 -m pip` looks for `pip` in the current folder first: an empty one is safe.
    command.current_dir(staging.arriving());
    for name in ["TMPDIR", "TMP", "TEMP"] {
        command.env(name, staging.arriving());
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn wheel_in(dir: &Path, requirement: &str) -> Result<PathBuf, SourceFault> {
    let unreadable = |error: io::Error| refused(requirement, error.to_string());
    let mut items = fs::read_dir(dir).await.map_err(unreadable)?;
    while let Some(item) = items.next_entry().await.map_err(unreadable)? {
        let path = item.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            return Ok(path);
        }
    }
    Err(refused(requirement, "it ended well, but left no wheel".to_owned()))
}

fn refused(requirement: &str, why: String) -> SourceFault {
    SourceFault::Pip { requirement: requirement.to_owned(), why }
}

/// The last error in what `pip` told, or else its last line.
fn last_word(told: &str) -> String {
    let lines = || told.lines().map(str::trim).filter(|line| !line.is_empty()).rev();
    let error = lines().find_map(|line| line.strip_prefix("ERROR: "));
    let line = error.or_else(|| lines().next()).unwrap_or("it failed without a word");
    line.chars().take(MESSAGE_CHARS).collect()
}

/// Bytes of all files under `dir`: a few files, so that looking does not hold up the runtime.
fn bytes_under(dir: &Path) -> u64 {
    let Ok(items) = std::fs::read_dir(dir) else { return 0 };
    let size = |item: std::fs::DirEntry| match item.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_under(&item.path()),
        Ok(metadata) => metadata.len(),
        // Files come and go while `pip` works.
        Err(_) => 0,
    };
    items.flatten().map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_is_the_one_passed_on() {
        let told = "WARNING: slow\nERROR: Could not find a version\nERROR: No matching distribution\n\n";
        assert_eq!(last_word(told), "No matching distribution");
        assert_eq!(last_word("Traceback:\n  ValueError: odd\n"), "ValueError: odd");
        assert_eq!(last_word(" \n"), "it failed without a word");
        assert_eq!(last_word(&"x".repeat(1000)).len(), MESSAGE_CHARS);
    }
}
