//! This machine, and the memory of this process.

use std::fs;
use std::thread::available_parallelism;

use crate::bench::MachineFacts;

pub(in crate::suite) fn facts() -> MachineFacts {
    MachineFacts {
        system: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        processors: available_parallelism().map_or(1, |number| number.get() as u64),
        memory_bytes: kilobytes("/proc/meminfo", "MemTotal:"),
    }
}

/// The memory that a new process could have now, where the system tells it.
pub(in crate::suite) fn free_bytes() -> Option<u64> {
    kilobytes("/proc/meminfo", "MemAvailable:")
}

/// The memory that this process has, where the system tells it.
pub(super) fn own_bytes() -> Option<u64> {
    kilobytes("/proc/self/status", "VmRSS:")
}

fn kilobytes(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
