//! Time of the processor, time of the clock, memory.

use std::fs;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The processor's time that this process has taken, all threads together.
pub fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).expect("not negative");
    Duration::new(seconds, u32::try_from(time.tv_nsec).expect("below a second"))
}

/// The processor's time that the work takes, in microseconds for each of `times`.
pub fn cpu_us(times: u64, mut work: impl FnMut()) -> f64 {
    let before = cpu();
    (0..times).for_each(|_| work());
    per(cpu().saturating_sub(before), times)
}

/// Microseconds for each of `times`.
#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn per(time: Duration, times: u64) -> f64 {
    time.as_secs_f64() * 1e6 / times as f64
}

/// What a stretch of work took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    pub cpu: Duration,
    pub wall: Duration,
}

/// Measures work that waits too.
pub async fn took(work: impl Future<Output = ()>) -> Took {
    let (before, started) = (cpu(), Instant::now());
    work.await;
    Took { wall: started.elapsed(), cpu: cpu().saturating_sub(before) }
}

/// The most memory that a process has had so far, in MiB; `None` where the system does not tell.
pub fn peak_mib(process: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib / 1024.0)
}

/// The one in the middle, or the mean of the two there.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2])
}

/// The processor and how many of it, for the tables' heading.
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name))?;
        line.split_once(": ").map(|(_, value)| value.to_owned())
    };
    let name = field("model name").unwrap_or_else(|| "an unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{name}, {cores} cores")
}
