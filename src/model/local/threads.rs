//! How many threads a model gets.
//!
//! llama.cpp's threads spin while they wait for each other. On a busy machine one more thread than there
//! are free cores makes decoding several times slower, so the default follows the load.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::thread;

/// Threads for this many physical cores under this load (runnable tasks), at least 1, at most `cores`.
#[must_use]
pub fn threads_for(cores: u32, load: f64) -> u32 {
    let busy = if load.is_finite() { load.max(0.0) } else { 0.0 };
    let mut free = cores.max(1);
    while free > 1 && f64::from(cores - free) + 0.5 < busy {
        free -= 1;
    }
    free
}

/// The threads to use: as asked, or by the present load.
pub(super) fn choose(asked: Option<u32>) -> i32 {
    const MOST: u32 = 512;
    let threads = asked.unwrap_or_else(|| threads_for(physical_cores(), load()));
    i32::try_from(threads.clamp(1, MOST)).unwrap_or(1)
}

/// Runnable tasks, averaged over the last minute; 0 where the system does not say.
fn load() -> f64 {
    std::fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0)
}

fn physical_cores() -> u32 {
    let usable =
        thread::available_parallelism().ok().and_then(|count| u32::try_from(count.get()).ok()).unwrap_or(1);
    std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| cores_in(&text))
        .map_or(usable, |physical| physical.get().min(usable))
}

/// Distinct pairs of socket and core in the text of `/proc/cpuinfo`; `None` where it lists none.
fn cores_in(cpuinfo: &str) -> Option<NonZero<u32>> {
    let mut socket = "";
    let mut cores = BTreeSet::new();
    for line in cpuinfo.lines() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        match key.trim() {
            "physical id" => socket = value.trim(),
            "core id" => _ = cores.insert((socket, value.trim())),
            _ => {}
        }
    }
    NonZero::new(u32::try_from(cores.len()).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_machine_gives_all_its_cores() {
        assert_eq!(threads_for(8, 0.0), 8);
        assert_eq!(threads_for(2, 0.4), 2);
    }

    #[test]
    fn load_takes_cores_away_but_never_the_last() {
        assert_eq!(threads_for(2, 0.9), 1);
        assert_eq!(threads_for(4, 1.5), 3);
        assert_eq!(threads_for(4, 1.6), 2);
        assert_eq!(threads_for(8, 2.6), 5);
        assert_eq!(threads_for(2, 40.0), 1);
        assert_eq!(threads_for(0, 0.0), 1);
    }

    #[test]
    fn a_strange_load_counts_as_none() {
        assert_eq!(threads_for(4, f64::NAN), 4);
        assert_eq!(threads_for(4, -3.0), 4);
    }

    #[test]
    fn two_threads_of_one_core_count_once() {
        let text = "processor : 0\nphysical id : 0\ncore id : 0\n\nprocessor : 1\nphysical id : 0\ncore id : 0\n\nprocessor : 2\nphysical id : 1\ncore id : 0\n";
        assert_eq!(cores_in(text), NonZero::new(2));
        assert_eq!(cores_in("processor : 0\n"), None);
    }
}
