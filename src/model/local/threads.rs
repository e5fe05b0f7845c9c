//! How many threads a model gets.
//!
//! llama.cpp's threads spin while they wait for each other. On a busy machine one more thread than there
//! are free cores makes decoding several times slower, so the default follows the load.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::thread;
use std::time::Duration;

/// Threads for this many physical cores under this load (busy cores), at least 1, at most `cores`.
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

/// How long the processors are watched.
const WATCHED: Duration = Duration::from_millis(200);

/// Cores that are busy with something else right now; 0 where the system does not say.
///
/// The system's load average tells of the minute before: right after a build it would leave an idle
/// machine's cores unused.
fn load() -> f64 {
    let times = || std::fs::read_to_string("/proc/stat").ok().as_deref().and_then(times_in);
    let Some(before) = times() else { return 0.0 };
    thread::sleep(WATCHED);
    let Some(after) = times() else { return 0.0 };
    busy_cores(before, after)
}

/// The time that all processors together were busy, and that they had, in the kernel's ticks.
#[derive(Clone, Copy)]
struct Times {
    busy: f64,
    whole: f64,
    processors: f64,
}

/// The times in the text of `/proc/stat`: after `cpu`, the fourth number is idle and the fifth waiting.
fn times_in(stat: &str) -> Option<Times> {
    let numbers: Vec<f64> = stat
        .lines()
        .next()?
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|number| number.parse().ok())
        .collect();
    let whole: f64 = numbers.iter().sum();
    let idle: f64 = numbers.iter().skip(3).take(2).sum();
    let processors = stat.lines().skip(1).take_while(|line| line.starts_with("cpu")).count();
    let processors = f64::from(u32::try_from(processors).ok()?);
    (whole > 0.0).then_some(Times { busy: whole - idle, whole, processors })
}

fn busy_cores(before: Times, after: Times) -> f64 {
    let whole = after.whole - before.whole;
    if whole <= 0.0 { 0.0 } else { (after.busy - before.busy) / whole * after.processors }
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
    fn busy_cores_are_read_between_two_moments() {
        let before = times_in("cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1\ncpu1 1\nintr 5\n").unwrap();
        let after = times_in("cpu  130 0 110 860 0 0 0 0 0 0\ncpu0 1\ncpu1 1\nintr 5\n").unwrap();
        assert!((busy_cores(before, after) - 0.8).abs() < 1e-9, "40 of 100 ticks, on two processors");
        assert!(busy_cores(after, after).abs() < 1e-9);
        assert!(times_in("nonsense").is_none());
    }

    #[test]
    fn two_threads_of_one_core_count_once() {
        let text = "processor : 0\nphysical id : 0\ncore id : 0\n\nprocessor : 1\nphysical id : 0\ncore id : 0\n\nprocessor : 2\nphysical id : 1\ncore id : 0\n";
        assert_eq!(cores_in(text), NonZero::new(2));
        assert_eq!(cores_in("processor : 0\n"), None);
    }
}
