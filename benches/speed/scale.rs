//! Many records at flat memory.

use crate::Options;
use crate::command::{Project, mib};
use crate::mock::Mock;
use crate::table::{Table, at_most};

/// Short records: it is their number that matters here.
const BYTES: usize = 200;

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
pub fn measure(options: &Options) {
    let records = options.records.unwrap_or(40_000);
    let mock = Mock::start();
    let mut table = Table::new(
        "Many records",
        ["records", "took", "records/s", "memory at most", "bar", "journal", "resumed: memory", "bar"],
    );
    for records in [records / 10, records] {
        let project = Project::new(&mock.url("d0"), records, BYTES, "concurrency = 64");
        let ran = project.evenhand(&["run", "--no-cache"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.contains(&all_scored(records)), "{}", ran.stdout);
        // A run that has nothing left to do reads its journal, and reports the same.
        let resumed = project.evenhand(&["run", "--no-cache", "--resume"]);
        assert!(resumed.stdout.contains(&all_scored(records)), "{}", resumed.stdout);
        table.row([
            records.to_string(),
            format!("{:.1} s", ran.wall.as_secs_f64()),
            format!("{:.0}", records as f64 / ran.wall.as_secs_f64()),
            format!("{:.0} MiB", ran.peak_mib),
            at_most(ran.peak_mib, 200.0, "MiB"),
            format!("{:.0} MiB", mib(&project.last_run().join("journal.jsonl"))),
            format!("{:.0} MiB", resumed.peak_mib),
            at_most(resumed.peak_mib, 200.0, "MiB"),
        ]);
    }
    table.print();
}

/// What a report says of a run in which every record has a score.
fn all_scored(records: u64) -> String {
    format!(
        "{} of {}",
        evenhand::internal::report::count(records),
        evenhand::internal::report::count(records)
    )
}
