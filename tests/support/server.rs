//! A small HTTP/1.1 server that plays a script and remembers what it was asked.
//!
//! ```ignore
//! let server = Server::script([Reply::status(429).header("retry-after", "0"), Reply::json(json!({}))]).await;
//! // ... call `server.url("/v1")` ...
//! assert_eq!(server.requests().len(), 2);
//!
//! let judge = Server::responder(|request| openai_answer(&verdict_on(&request.body))).await;
//! ```

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRequest {
    /// Which connection it came on, counted from 0.
    pub connection: usize,
    /// `POST`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, if it was JSON; else `null`.
    pub body: Value,
}

impl RecordedRequest {
    /// A header's value; its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str())
    }

    /// The text of the last message: what a judge is to judge.
    pub fn last_message(&self) -> &str {
        let messages = self.body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        messages.last().and_then(text_of).unwrap_or_default()
    }
}

/// A message's text: as it is, or its last block's.
pub fn text_of(message: &Value) -> Option<&str> {
    let content = &message["content"];
    content.as_str().or_else(|| content.as_array()?.last()?["text"].as_str())
}

/// What the server does about one request.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    piece: Option<usize>,
    before: Duration,
    gate: Option<Gate>,
    between: Duration,
    end: End,
}

/// Holds replies back until it is opened, so that a test decides their order.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// A gate that is shut.
    pub fn shut() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets everything through, from now on.
    pub fn open(&self) {
        self.0.close();
    }

    async fn passed(&self) {
        // A semaphore without permits ends the wait only when it is closed.
        let _ = self.0.acquire().await;
    }
}

/// How a reply ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// As it should.
    Whole,
    /// The connection closes after so many bytes of the body.
    Closed(usize),
    /// The connection is reset after so many bytes of the body.
    Reset(usize),
    /// Nothing comes after so many bytes of the body, and the connection stays.
    Silent(usize),
    /// Nothing comes at all, and the connection stays.
    Never,
}

impl Reply {
    /// A body of bytes with status 200 and its type.
    pub fn body(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".into(), kind.into())],
            body: body.into(),
            piece: None,
            before: Duration::ZERO,
            gate: None,
            between: Duration::ZERO,
            end: End::Whole,
        }
    }

    /// A JSON document.
    pub fn json(body: Value) -> Self {
        Self::body("application/json", body.to_string())
    }

    /// An empty body with a status.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::body("text/plain", "") }
    }

    /// A JSON document with a status: an error's body.
    pub fn error(status: u16, body: Value) -> Self {
        Self { status, ..Self::json(body) }
    }

    /// Server-sent events, each with its data, in chunks.
    pub fn sse<T: ToString>(events: impl IntoIterator<Item = T>) -> Self {
        let body =
            events.into_iter().fold(String::new(), |body, data| body + "data: " + &data.to_string() + "\n\n");
        Self::body("text/event-stream", body).cut_every(usize::MAX)
    }

    /// A JSON document a line, in chunks.
    pub fn ndjson(lines: impl IntoIterator<Item = Value>) -> Self {
        let body = lines.into_iter().fold(String::new(), |body, line| body + &line.to_string() + "\n");
        Self::body("application/x-ndjson", body).cut_every(usize::MAX)
    }

    /// Never answers; the connection stays open.
    pub fn never() -> Self {
        Self { end: End::Never, ..Self::status(200) }
    }

    /// Changes a body that is JSON.
    pub fn edited(self, edit: impl FnOnce(&mut Value)) -> Self {
        let mut body = serde_json::from_slice(&self.body).unwrap();
        edit(&mut body);
        Self { body: body.to_string().into_bytes(), ..self }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.into(), value.to_string()));
        self
    }

    /// Sends the body in chunks of so many bytes, wherever that cuts.
    pub fn cut_every(self, bytes: usize) -> Self {
        Self { piece: Some(bytes), ..self }
    }

    /// Waits before the reply.
    pub fn after(self, wait: Duration) -> Self {
        Self { before: wait, ..self }
    }

    /// Waits before the reply until the gate is open.
    pub fn behind(self, gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..self }
    }

    /// Waits between two chunks.
    pub fn pausing(self, wait: Duration) -> Self {
        Self { between: wait, ..self }
    }

    /// Closes the connection after so many bytes of the body.
    pub fn closed_after(self, bytes: usize) -> Self {
        Self { end: End::Closed(bytes), ..self }
    }

    /// Resets the connection after so many bytes of the body.
    pub fn reset_after(self, bytes: usize) -> Self {
        Self { end: End::Reset(bytes), ..self }
    }

    /// Falls silent after so many bytes of the body.
    pub fn silent_after(self, bytes: usize) -> Self {
        Self { end: End::Silent(bytes), ..self }
    }
}

/// A whole chat completion in OpenAI's form, with `text` as its answer.
pub fn openai_answer(text: &str) -> Reply {
    Reply::json(json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_741_569_952,
        "model": "mock-1",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text, "refusal": null, "annotations": []},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": 19,
            "completion_tokens": 10,
            "total_tokens": 29,
            "prompt_tokens_details": {"cached_tokens": 16, "audio_tokens": 0},
        },
    }))
}

/// A whole reply in Ollama's form, with `text` as its answer.
pub fn ollama_answer(text: &str) -> Reply {
    Reply::json(json!({
        "model": "mock:1b",
        "created_at": "2024-12-06T00:46:58.265747Z",
        "message": {"role": "assistant", "content": text},
        "done_reason": "stop",
        "done": true,
        "total_duration": 2_254_970_291_u64,
        "load_duration": 574_751_416,
        "prompt_eval_count": 34,
        "prompt_eval_duration": 1_502_000_000,
        "eval_count": 12,
        "eval_duration": 175_000_000,
    }))
}

/// A whole message in Anthropic's form, with blocks of content.
pub fn anthropic_message(content: Value, stop_reason: &str) -> Reply {
    Reply::json(json!({
        "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
        "type": "message",
        "role": "assistant",
        "model": "claude-mock-1-20260101",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": {
            "input_tokens": 20,
            "cache_creation_input_tokens": 300,
            "cache_read_input_tokens": 1000,
            "cache_creation": {"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 12,
            "service_tier": "standard",
        },
    }))
    .header("request-id", "req_018EeWyXxfu5pfWkrYcMdjWG")
}

/// A whole message in Anthropic's form, with `text` as its answer.
pub fn anthropic_answer(text: &str) -> Reply {
    anthropic_message(json!([{"type": "text", "text": text}]), "end_turn")
}

type Responder = dyn Fn(&RecordedRequest) -> Reply + Send + Sync;

/// A server on a port of this machine's. It stops when it is dropped.
pub struct Server {
    origin: String,
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

/// What the server saw so far.
#[derive(Default)]
struct Seen {
    requests: Mutex<Vec<RecordedRequest>>,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

impl Seen {
    fn arrived(&self, request: RecordedRequest) {
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_in_flight.fetch_max(now, Ordering::SeqCst);
        self.requests.lock().unwrap().push(request);
    }
}

impl Server {
    /// Plays the replies in their order; a request too many gets status 418.
    pub async fn script(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Mutex<VecDeque<Reply>> = Mutex::new(replies.into_iter().collect());
        Self::responder(move |_| replies.lock().unwrap().pop_front().unwrap_or_else(|| Reply::status(418)))
            .await
    }

    /// Answers each request as it is: a judge, for example.
    pub async fn responder(responder: impl Fn(&RecordedRequest) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        let seen = Arc::new(Seen::default());
        let task = tokio::spawn(accept(listener, Arc::new(responder), Arc::clone(&seen)));
        Self { origin, seen, task }
    }

    /// An address on this server: `url("/v1")`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// The most requests that waited for their reply at the same time.
    pub fn most_in_flight(&self) -> usize {
        self.seen.most_in_flight.load(Ordering::SeqCst)
    }

    /// The one request that was asked.
    pub fn only_request(&self) -> RecordedRequest {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "one request was expected: {requests:#?}");
        requests[0].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An address where nobody listens.
pub async fn nobody(path: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    format!("http://{}{path}", listener.local_addr().expect("it is bound"))
}

async fn accept(listener: TcpListener, responder: Arc<Responder>, seen: Arc<Seen>) {
    // The connections end with this task, and it with the server.
    let mut connections = tokio::task::JoinSet::new();
    for connection in 0.. {
        let Ok((stream, _)) = listener.accept().await else { return };
        let (responder, seen) = (Arc::clone(&responder), Arc::clone(&seen));
        connections.spawn(async move {
            // A client that hangs up early is part of some tests.
            let _ = serve(connection, stream, &*responder, &seen).await;
        });
    }
}

async fn serve(connection: usize, stream: TcpStream, responder: &Responder, seen: &Seen) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(connection, &mut stream).await? {
        let reply = responder(&request);
        seen.arrived(request);
        tokio::time::sleep(reply.before).await;
        if let Some(gate) = &reply.gate {
            gate.passed().await;
        }
        // Before the reply: once it is out, the client may send the next request at once.
        seen.in_flight.fetch_sub(1, Ordering::SeqCst);
        if !play(stream.get_mut(), &reply).await? {
            return Ok(());
        }
    }
    Ok(())
}

async fn read(connection: usize, stream: &mut BufReader<TcpStream>) -> io::Result<Option<RecordedRequest>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length =
        headers.iter().find(|header| header.0 == "content-length").and_then(|header| header.1.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Some(RecordedRequest { connection, method, path, headers, body }))
}

/// Sends a reply; `false` if the connection is of no more use.
async fn play(stream: &mut TcpStream, reply: &Reply) -> io::Result<bool> {
    if reply.end == End::Never {
        std::future::pending::<()>().await;
    }
    let mut head = format!("HTTP/1.1 {} Mock\r\n", reply.status);
    for (name, value) in &reply.headers {
        head = format!("{head}{name}: {value}\r\n");
    }
    head += &match reply.piece {
        Some(_) => "transfer-encoding: chunked\r\n\r\n".to_owned(),
        None => format!("content-length: {}\r\n\r\n", reply.body.len()),
    };
    stream.write_all(head.as_bytes()).await?;
    let sent = match reply.end {
        End::Closed(bytes) | End::Reset(bytes) | End::Silent(bytes) => {
            &reply.body[..bytes.min(reply.body.len())]
        }
        End::Whole | End::Never => &reply.body,
    };
    for piece in sent.chunks(reply.piece.unwrap_or(usize::MAX)) {
        send(stream, piece, reply.piece.is_some()).await?;
        if !reply.between.is_zero() {
            tokio::time::sleep(reply.between).await;
        }
    }
    finish(stream, reply).await
}

async fn send(stream: &mut TcpStream, piece: &[u8], is_chunk: bool) -> io::Result<()> {
    if !is_chunk {
        return stream.write_all(piece).await;
    }
    let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
    chunk.extend_from_slice(piece);
    chunk.extend_from_slice(b"\r\n");
    stream.write_all(&chunk).await
}

async fn finish(stream: &mut TcpStream, reply: &Reply) -> io::Result<bool> {
    match reply.end {
        End::Whole if reply.piece.is_some() => stream.write_all(b"0\r\n\r\n").await.map(|()| true),
        End::Whole => Ok(true),
        End::Closed(_) => Ok(false),
        End::Reset(_) => stream.set_zero_linger().map(|()| false),
        End::Silent(_) | End::Never => std::future::pending().await,
    }
}
