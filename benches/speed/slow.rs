//! Servers that take their time, as models do: how much of a plain loop's calls a second evenhand makes while
//! it finds out how many calls at a time the server takes.

use crate::Options;
use crate::clock::{Took, median};
use crate::delay::Delay;
use crate::http::{Runtimes, pair};
use crate::mock::Mock;
use crate::table::{Table, at_least};

/// The servers, and what they are called.
const SERVERS: [(Delay, &str); 6] = [
    (Delay::Fixed(200), "200 ms"),
    (Delay::Fixed(500), "500 ms"),
    (Delay::Fixed(1000), "1,000 ms"),
    (Delay::Jittery(500), "250 to 750 ms"),
    (Delay::HeavyTailed(500), "heavy tail, median 500 ms"),
    (Delay::Bursty(250), "bursts, every 250 ms"),
];

/// The calls of a run, and the share of the plain loop's calls a second that evenhand must make.
const RUNS: [(u64, f64); 2] = [(2560, 0.80), (10_240, 0.92)];

/// The calls at a time.
const AT_A_TIME: usize = 256;

pub fn measure(options: &Options) {
    let mock = Mock::start();
    let runtimes = Runtimes::new();
    let mut table = Table::new(
        &format!("Servers that take their time, {AT_A_TIME} at a time"),
        [
            "a reply takes",
            "calls",
            "loop took",
            "evenhand took",
            "loop calls/s",
            "evenhand calls/s",
            "ratio",
            "bar",
        ],
    );
    let wanted = |delay: Delay| options.delay_ms.is_none_or(|only| only == delay.ms());
    for (delay, name) in SERVERS.into_iter().filter(|(delay, _)| wanted(*delay)) {
        for (calls, bar) in RUNS {
            let url = mock.url(&delay.way());
            let pairs: Vec<(Took, Took)> =
                (0..options.repeats).map(|turn| pair(&runtimes, &url, AT_A_TIME, calls, turn)).collect();
            table.row(row([name, &calls.to_string()], calls, bar, &pairs));
        }
    }
    table.print();
}

#[expect(clippy::cast_precision_loss, reason = "few calls")]
fn row([name, count]: [&str; 2], calls: u64, bar: f64, pairs: &[(Took, Took)]) -> [String; 8] {
    let of = |read: fn(&(Took, Took)) -> f64| median(pairs.iter().map(read).collect());
    let floor = of(|(floor, _)| floor.wall.as_secs_f64());
    let ours = of(|(_, ours)| ours.wall.as_secs_f64());
    let speed = of(|(floor, ours)| floor.wall.as_secs_f64() / ours.wall.as_secs_f64());
    [
        name.to_owned(),
        count.to_owned(),
        format!("{floor:.2} s"),
        format!("{ours:.2} s"),
        format!("{:.0}", calls as f64 / floor),
        format!("{:.0}", calls as f64 / ours),
        format!("{speed:.3}"),
        at_least(speed, bar, "×"),
    ]
}
