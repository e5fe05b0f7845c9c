//! From the command's start to its first request, and its memory.

use std::io::Read;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::clock::median;
use crate::command::Project;
use crate::mock::Mock;
use crate::table::{Table, at_most};
use crate::{Options, case};

pub fn measure(options: &Options) {
    let mut table = Table::new("The command", ["what", "took", "bar"]);
    let starts: Vec<f64> = (0..options.repeats * 4).map(|_| first_request_ms()).collect();
    let first = median(starts);
    table.row(["start to first request".into(), format!("{first:.1} ms"), at_most(first, 20.0, "ms")]);
    let mock = Mock::start();
    for (records, concurrency) in [(1000, 16), (1000, 256)] {
        let settings = format!("concurrency = {concurrency}");
        let project = Project::new(&mock.url("d20"), records, case::RECORD_BYTES, &settings);
        let ran = project.evenhand(&["run", "--no-cache"]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let what = format!("memory at most, {records} records, {concurrency} at a time");
        table.row([what, format!("{:.1} MiB", ran.peak_mib), at_most(ran.peak_mib, 25.0, "MiB")]);
    }
    table.print();
}

/// A listener takes the time until the first byte of the first request.
fn first_request_ms() -> f64 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/v1", listener.local_addr().expect("it is bound"));
    let project = Project::new(&url, 20, case::RECORD_BYTES, "transport_retries = 0");
    let waits = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a call comes");
        stream.read_exact(&mut [0; 1]).expect("a request comes");
        let came = Instant::now();
        // Everything after that is refused, so that the command ends.
        drop((stream, listener));
        came
    });
    let started = Instant::now();
    let _ = project.evenhand(&["run", "--concurrency", "1", "--no-cache"]);
    let came = waits.join().expect("the listener ends");
    came.checked_duration_since(started).unwrap_or(Duration::ZERO).as_secs_f64() * 1e3
}
