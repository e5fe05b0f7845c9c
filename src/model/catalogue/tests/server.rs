//! A server on the loopback address that misbehaves as told.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::model::catalogue::ModelSource;

/// How the server answers one request.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// The file, or the range asked for.
    Well,
    /// The file from its start, whatever was asked for.
    FromTheStart,
    /// Announces everything, then hangs up after so many bytes of the answer.
    CutAfter(usize),
    /// Announces everything, then says nothing after so many bytes of the answer.
    StallAfter(usize),
    /// Hangs up after so many bytes, without having announced a length.
    EndAfter(usize),
    /// A range that begins one byte later than asked for.
    NextRange,
    /// Other bytes, as a whole file.
    Other(Vec<u8>),
    /// Only a status line.
    Status(u16),
    /// A page for a person.
    Page,
}

pub(super) struct Server {
    base_url: String,
    asked: Arc<Mutex<Vec<Option<usize>>>>,
}

impl Server {
    /// Serves `content` under any path; the last answer repeats.
    pub(super) async fn start(content: &[u8], answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/models", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (content, log) = (content.to_vec(), Arc::clone(&asked));
        tokio::spawn(async move {
            for number in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let answer = answers[number.min(answers.len() - 1)].clone();
                // The client may hang up first: that is its right.
                let _ = serve(stream, &content, answer, &log).await;
            }
        });
        Self { base_url, asked }
    }

    pub(super) fn source(&self) -> ModelSource {
        ModelSource::Server { base_url: self.base_url.clone() }
    }

    pub(super) fn url(&self) -> String {
        format!("{}/small.gguf", self.base_url)
    }

    /// The first byte of the range of each request; `None` for the whole file.
    pub(super) fn asked(&self) -> Vec<Option<usize>> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    content: &[u8],
    answer: Answer,
    log: &Mutex<Vec<Option<usize>>>,
) -> std::io::Result<()> {
    let from = range_asked(&read_head(&mut stream).await?);
    log.lock().unwrap().push(from);
    let (mut body, mut first) = (content, None);
    if let (Some(from), Answer::Well | Answer::CutAfter(_) | Answer::StallAfter(_) | Answer::NextRange) =
        (from, &answer)
    {
        let from = from + usize::from(matches!(answer, Answer::NextRange));
        (body, first) = (&content[from..], Some(from));
    }
    if let Answer::Other(other) = &answer {
        body = other;
    }
    stream.write_all(head(&answer, body.len(), first, content.len()).as_bytes()).await?;
    match answer {
        Answer::CutAfter(bytes) | Answer::EndAfter(bytes) => {
            stream.write_all(&body[..bytes]).await?;
        }
        Answer::StallAfter(bytes) => {
            stream.write_all(&body[..bytes]).await?;
            stream.read_to_end(&mut Vec::new()).await?;
        }
        Answer::Status(_) => {}
        Answer::Page => stream.write_all(b"<html>Please log in</html>").await?,
        _ => stream.write_all(body).await?,
    }
    stream.shutdown().await
}

fn head(answer: &Answer, length: usize, first: Option<usize>, total: usize) -> String {
    let closing = "connection: close\r\n\r\n";
    match (answer, first) {
        (Answer::Status(code), _) => {
            format!("HTTP/1.1 {code} No\r\ncontent-length: 0\r\n{closing}")
        }
        (Answer::Page, _) => format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n{closing}"),
        (Answer::EndAfter(_), _) => format!("HTTP/1.1 200 OK\r\n{closing}"),
        (_, None) => format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{closing}"),
        (_, Some(first)) => format!(
            "HTTP/1.1 206 Part\r\ncontent-length: {length}\r\ncontent-range: bytes {first}-{}/{total}\r\n{closing}",
            total - 1
        ),
    }
}

async fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).to_lowercase())
}

fn range_asked(head: &str) -> Option<usize> {
    let range = head.split("range: bytes=").nth(1)?;
    range.split('-').next()?.parse().ok()
}
