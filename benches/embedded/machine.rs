//! Time of the processor and of the clock.

use std::fmt;
use std::io::Read;
use std::str::FromStr;
use std::time::Instant;

/// What some work took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// Tokens or records.
    pub(crate) units: f64,
    /// Seconds by the clock.
    pub(crate) wall_s: f64,
    /// Seconds of processors; those by the clock where the system does not say.
    pub(crate) cpu_s: f64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.units, self.wall_s, self.cpu_s)
    }
}

impl FromStr for Cost {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let numbers: Vec<f64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        let &[units, wall_s, cpu_s] = numbers.as_slice() else { return Err(()) };
        Ok(Self { units, wall_s, cpu_s })
    }
}

/// A moment from which cost is counted.
pub(crate) struct Start {
    wall: Instant,
    cpu_s: Option<f64>,
}

impl Start {
    /// Now.
    pub(crate) fn now() -> Self {
        Self { wall: Instant::now(), cpu_s: cpu_s() }
    }

    /// What has passed, for so many units.
    pub(crate) fn cost(&self, units: f64) -> Cost {
        let wall_s = self.wall.elapsed().as_secs_f64();
        let cpu_s = self.cpu_s.zip(cpu_s()).map_or(wall_s, |(before, after)| after - before);
        Cost { units, wall_s, cpu_s }
    }
}

/// This process's time on processors, by `/proc/self/stat`: hundredths of a second.
fn cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    Some(ticks.sum::<f64>() / 100.0)
}

/// Keeps one core busy until its input is closed.
pub(crate) fn burn() -> Cost {
    let start = Start::now();
    let waiting = std::thread::spawn(|| std::io::stdin().read(&mut [0]));
    while !waiting.is_finished() {
        std::hint::black_box((0..100_000_u64).fold(0, u64::wrapping_add));
    }
    start.cost(1.0)
}
