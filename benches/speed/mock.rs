//! The server that is asked: a process of its own, so that its time is not counted.
//!
//! The first part of a path says how it answers: `/d50/v1` after 50 ms, `/m50/v1` the same with marks
//! instead of JSON, `/j500/v1` and others as `delay.rs` says, `/faulty/v1` with faults.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::alarm::Alarms;
use crate::case;
use crate::delay::Delay;

/// The server's process. It ends with this.
pub struct Mock {
    child: Child,
    origin: String,
}

impl Mock {
    /// Starts it.
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("this program has a file");
        let child = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn();
        let mut child = child.expect("this program starts again");
        let output = child.stdout.take().expect("it is piped");
        let mut origin = String::new();
        BufReader::new(output).read_line(&mut origin).expect("the server says where it is");
        Self { child, origin: origin.trim().to_owned() }
    }

    /// The address at which it answers in a way: `d0`, `d50`, `j500`, `faulty`.
    pub fn url(&self, way: &str) -> String {
        format!("{}/{way}/v1", self.origin)
    }

    /// What it counted since it was last asked.
    pub fn counts(&self) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let asked = async {
            let address = self.origin.trim_start_matches("http://");
            let mut stream = TcpStream::connect(address).await.expect("the server is there");
            stream.write_all(b"GET /counts HTTP/1.1\r\ncontent-length: 0\r\n\r\n").await.expect("it listens");
            let mut text = String::new();
            stream.read_to_string(&mut text).await.expect("it answers, and closes");
            text
        };
        let text = runtime.block_on(asked);
        let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        serde_json::from_str(body).expect("its own JSON")
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves until it is ended.
pub fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("http://{}", listener.local_addr().expect("it is bound"));
        let served = Arc::new(Served {
            counts: Counts::default(),
            alarms: Alarms::default(),
            started: Instant::now(),
            whole: completion(&case::answer(case::REASONING_BYTES), 288, 48),
            marked: completion(&case::marked_answer(case::REASONING_BYTES), 288, 48),
        });
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let served = Arc::clone(&served);
            tokio::spawn(async move { connection(stream, &served).await });
        }
    });
}

/// What all connections share.
struct Served {
    counts: Counts,
    alarms: Alarms,
    started: Instant,
    /// The reply where there is no fault.
    whole: Vec<u8>,
    /// The same answer in the marks that dspy-rs asks for.
    marked: Vec<u8>,
}

/// A chat completion as it goes over the wire, head and body.
fn completion(answer: &str, prompt_tokens: u64, completion_tokens: u64) -> Vec<u8> {
    let body = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_741_569_952, "model": "mock-1",
        "choices": [{
            "index": 0, "finish_reason": "stop", "logprobs": null,
            "message": {"role": "assistant", "content": answer, "refusal": null},
        }],
        "usage": {
            "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    });
    response(200, "", &body.to_string())
}

fn response(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Mock\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// A request: where it goes, and its bytes.
struct Asked {
    way: String,
    bytes: Vec<u8>,
}

async fn connection(mut stream: TcpStream, served: &Served) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut held = Vec::with_capacity(16 << 10);
    loop {
        let asked = next(&mut stream, &mut held).await?;
        if asked.way == "counts" {
            stream.write_all(&response(200, "", &served.counts.take().to_string())).await.ok()?;
            return None;
        }
        if asked.way == "faulty" {
            faulty(&mut stream, &served.counts, &asked.bytes).await?;
            continue;
        }
        Delay::of(&asked.way).wait(|| record(&asked.bytes), served.started, &served.alarms).await;
        let reply = if asked.way.starts_with('m') { &served.marked } else { &served.whole };
        stream.write_all(reply).await.ok()?;
    }
}

async fn next(stream: &mut TcpStream, held: &mut Vec<u8>) -> Option<Asked> {
    loop {
        if let Some((way, length)) = head(held).filter(|(_, length)| held.len() >= *length) {
            let bytes = held.drain(..length).collect();
            return Some(Asked { way, bytes });
        }
        if stream.read_buf(held).await.ok()? == 0 {
            return None;
        }
    }
}

/// The first part of the path, and how long the whole request is.
fn head(held: &[u8]) -> Option<(String, usize)> {
    let end = held.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&held[..end]).ok()?;
    let way = text.split(['/', ' ']).find(|part| !["GET", "POST", ""].contains(part))?;
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if !name.eq_ignore_ascii_case("content-length") {
            return None;
        }
        value.trim().parse::<usize>().ok()
    });
    Some((way.to_owned(), end + length.unwrap_or(0)))
}

/// What happened to the requests that were answered with faults.
#[derive(Default)]
struct Counts {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// By record: the requests that came, and the usable answers that went out whole.
    records: BTreeMap<u64, (u64, u64)>,
    injected: BTreeMap<&'static str, u64>,
    /// Records that had a fault of a kind.
    touched: BTreeMap<&'static str, Vec<u64>>,
}

impl Counts {
    fn take(&self) -> Value {
        let inner = std::mem::take(&mut *self.inner.lock().unwrap_or_else(PoisonError::into_inner));
        let again = |records: &Vec<u64>| -> u64 {
            let usable = records.iter().filter_map(|record| inner.records.get(record));
            usable.map(|(_, usable)| usable.saturating_sub(1)).sum()
        };
        let requests: u64 = inner.records.values().map(|(requests, _)| requests).sum();
        let duplicates: u64 = inner.records.values().map(|(_, usable)| usable.saturating_sub(1)).sum();
        let by_fault = |fault: &&str| (again(&inner.touched[*fault]), inner.injected[*fault]);
        let faults: Vec<Value> = inner
            .injected
            .keys()
            .map(|fault| {
                let (again, injected) = by_fault(fault);
                json!({"fault": fault, "injected": injected, "duplicates": again,
                    "records": inner.touched[fault].iter().map(|number| format!("r{number}")).collect::<Vec<_>>()})
            })
            .collect();
        json!({"requests": requests, "records": inner.records.len(), "duplicates": duplicates, "faults": faults})
    }

    /// Counts a request, and says which fault it gets.
    fn fault(&self, record: u64) -> Option<&'static str> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = inner.records.entry(record).or_default();
        let fault = fault_of(record, entry.0);
        entry.0 += 1;
        match fault {
            Some(fault) => {
                *inner.injected.entry(fault).or_default() += 1;
                inner.touched.entry(fault).or_default().push(record);
            }
            None => entry.1 += 1,
        }
        fault
    }
}

/// The faults that are played, one in twenty requests has one of them.
const FAULTS: [&str; 7] = ["429", "500", "503", "reset", "broken JSON", "answer without JSON", "stall"];

/// Which fault the attempt on a record gets, if any: the same every time.
fn fault_of(record: u64, attempt: u64) -> Option<&'static str> {
    let mut mixed = (record * 31 + attempt + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^= mixed >> 31;
    if !mixed.is_multiple_of(20) {
        return None;
    }
    let kind = usize::try_from((mixed / 20) % FAULTS.len() as u64).expect("below 7");
    Some(FAULTS[kind])
}

/// The record's number: the last `case-0000007` of a body, for demos have none.
fn record(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes);
    let digits = text.rfind("case-").and_then(|at| text.get(at + 5..at + 12));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

async fn faulty(stream: &mut TcpStream, counts: &Counts, bytes: &[u8]) -> Option<()> {
    let fault = counts.fault(record(bytes));
    // A request of 788 tokens, and an answer of 308 of them.
    let whole = || completion(&case::answer(1230), 788, 308);
    tokio::time::sleep(Duration::from_millis(20)).await;
    let reply = match fault {
        Some("429") => response(429, "retry-after-ms: 40\r\n", r#"{"error":{"message":"slow down"}}"#),
        Some("500") => response(500, "", r#"{"error":{"message":"oops"}}"#),
        Some("503") => response(503, "", r#"{"error":{"message":"overloaded"}}"#),
        Some("broken JSON") => response(200, "", r#"{"id": "chatcmpl-1", "choices": [{"index"#),
        Some("answer without JSON") => completion("I would rather not say.", 788, 308),
        Some("stall") => std::future::pending().await,
        Some("reset") => {
            let whole = whole();
            stream.write_all(&whole[..whole.len() / 2]).await.ok()?;
            stream.set_zero_linger().ok()?;
            return None;
        }
        _ => whole(),
    };
    stream.write_all(&reply).await.ok()
}
