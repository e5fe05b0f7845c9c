//! Another framework in Rust on the same records, in a program of its own (`benches/peers/dspy-rs`).

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::clock::{Took, median, per};
use crate::http::{Runtimes, floor, ours};
use crate::mock::Mock;
use crate::table::Table;
use crate::{Options, case};

/// The delays of the server in milliseconds, the calls at a time, and the calls of a measurement.
const CASES: [(u64, usize, u64); 4] = [(0, 16, 4000), (0, 256, 4000), (50, 16, 1280), (50, 256, 20_480)];

pub fn measure(options: &Options) {
    let Some(program) = &options.peer else {
        println!("\npeer: left out; benches/README.md says how to build the other side");
        return;
    };
    let mock = Mock::start();
    let runtimes = Runtimes::new();
    let mut table = Table::new(
        "dspy-rs through HTTP, beside evenhand and a plain loop",
        ["delay", "at a time", "who", "CPU a call", "of evenhand's", "calls/s"],
    );
    for (delay_ms, concurrency, calls) in CASES {
        let folder = TempDir::new().expect("a new folder");
        let dataset = folder.path().join("cases.jsonl");
        case::write_dataset(&dataset, calls, case::RECORD_BYTES);
        let [json, marks] = ["d", "m"].map(|way| mock.url(&format!("{way}{delay_ms}")));
        let mut took: [Vec<Took>; 3] = Default::default();
        // They take turns in coming first: after a pause the processor is slower for a while.
        for turn in 0..3 * options.repeats {
            let who = (turn + turn / 3) % 3;
            took[who].push(match who {
                0 => ours(&runtimes, &json, &dataset, concurrency, calls),
                1 => floor(&runtimes, &json, &dataset, concurrency, calls),
                _ => {
                    let lines = folder.path().join("lines.jsonl");
                    peer(program, [&marks, &concurrency.to_string()], [&dataset, &lines], calls)
                }
            });
        }
        let middle = |took: &[Took], of: fn(&Took) -> Duration| {
            Duration::from_secs_f64(median(took.iter().map(|one| of(one).as_secs_f64()).collect()))
        };
        let evenhand = middle(&took[0], |one| one.cpu);
        for (who, took) in ["evenhand", "plain loop", "dspy-rs"].into_iter().zip(&took) {
            let (cpu, wall) = (middle(took, |one| one.cpu), middle(took, |one| one.wall));
            #[expect(clippy::cast_precision_loss, reason = "few calls")]
            let rate = calls as f64 / wall.as_secs_f64();
            table.row([
                format!("{delay_ms} ms"),
                concurrency.to_string(),
                who.to_owned(),
                format!("{:.0} µs", per(cpu, calls)),
                format!("{:.2}", cpu.as_secs_f64() / evenhand.as_secs_f64()),
                format!("{rate:.0}"),
            ]);
        }
    }
    table.print();
}

/// The other program's own account.
fn peer(program: &str, [url, at_a_time]: [&str; 2], [dataset, lines]: [&Path; 2], calls: u64) -> Took {
    let output = Command::new(program).arg(url).args([dataset, lines]).arg(at_a_time).output();
    let output = output.expect("the other side's program is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("its account is JSON");
    assert_eq!(told["judged"], calls);
    let seconds = |name: &str| Duration::from_secs_f64(told[name].as_f64().expect("a number"));
    Took { cpu: seconds("cpu_s"), wall: seconds("wall_s") }
}
