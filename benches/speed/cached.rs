//! A run whose replies are all in the cache.

use crate::command::Project;
use crate::mock::Mock;
use crate::table::{Table, at_least};
use crate::{Options, case};

#[expect(clippy::cast_precision_loss, reason = "few records")]
pub fn measure(options: &Options) {
    let records = options.records.unwrap_or(40_000).min(200_000);
    let mock = Mock::start();
    let project = Project::new(&mock.url("d0"), records, case::RECORD_BYTES, "concurrency = 64");
    let first = project.evenhand(&["run"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let reruns: Vec<_> = (0..3).map(|_| project.evenhand(&["run"])).collect();
    let best = reruns.iter().min_by(|a, b| a.wall.cmp(&b.wall)).expect("there were three");
    assert!(best.stdout.contains("from the cache"), "{}", best.stdout);
    let rate = records as f64 / best.wall.as_secs_f64();
    let mut table = Table::new(
        "A run from the cache, start and report included",
        ["records", "took", "records/s", "bar", "memory at most"],
    );
    table.row([
        records.to_string(),
        format!("{:.2} s", best.wall.as_secs_f64()),
        format!("{rate:.0}"),
        at_least(rate, 20_000.0, "a second"),
        format!("{:.0} MiB", best.peak_mib),
    ]);
    table.print();
}
