//! A model from a server, over HTTP with TLS.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use crate::model::http::install_cryptography;
use futures_util::StreamExt;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, RANGE};
use reqwest::{Client, Response, StatusCode};

use super::entry::Limits;
use super::fault::{Progress, SourceFault, Stop};
use super::part_file::PartFile;

const USER_AGENT: &str = concat!("evenhand/", env!("CARGO_PKG_VERSION"));

/// Downloads what `part` still lacks from `url`; from the start if the server cannot continue.
pub(super) async fn download(
    url: &str,
    part: &mut PartFile,
    limits: &Limits,
    progress: &mut Progress<'_, '_>,
) -> Result<(), Stop> {
    if part.is_complete() {
        return Ok(());
    }
    let response = ask(url, part.written(), limits).await?;
    let begins_at = check(&response, part.written(), part.total())?;
    if begins_at != part.written() {
        part.delete().await?;
    }
    let received = receive(response, part, limits.stall, progress).await;
    part.flush().await?;
    received
}

async fn ask(url: &str, from: u64, limits: &Limits) -> Result<Response, SourceFault> {
    install_cryptography();
    let client = Client::builder().user_agent(USER_AGENT).connect_timeout(limits.connect).build();
    // A file compressed on the way would have other byte ranges.
    let mut request = client.map_err(unreachable)?.get(url).header(ACCEPT_ENCODING, "identity");
    if from > 0 {
        request = request.header(RANGE, format!("bytes={from}-"));
    }
    let patience = limits.connect.saturating_add(limits.stall);
    within(patience, request.send()).await?.map_err(unreachable)
}

/// Whether the answer is the file or the rest of it; returns the byte at which it begins.
fn check(response: &Response, from: u64, total: u64) -> Result<u64, SourceFault> {
    let status = response.status();
    if status != StatusCode::OK && status != StatusCode::PARTIAL_CONTENT {
        return Err(SourceFault::Status { code: status.as_u16() });
    }
    if header(response.headers(), CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html")) {
        return Err(SourceFault::WebPage);
    }
    let begins_at = if status == StatusCode::OK { 0 } else { from };
    if status == StatusCode::PARTIAL_CONTENT && range_start(response.headers()) != Some(from) {
        return Err(SourceFault::WrongRange);
    }
    match response.content_length().map(|rest| rest.saturating_add(begins_at)) {
        Some(found) if found != total => Err(SourceFault::WrongSize { found, expected: total }),
        _ => Ok(begins_at),
    }
}

/// The first byte of a `Content-Range` (RFC 9110, section 14.4).
fn range_start(headers: &HeaderMap) -> Option<u64> {
    let range = header(headers, CONTENT_RANGE)?.strip_prefix("bytes")?.trim_start();
    range.split('-').next()?.parse().ok()
}

fn header(headers: &HeaderMap, name: reqwest::header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

async fn receive(
    response: Response,
    part: &mut PartFile,
    stall: Duration,
    progress: &mut Progress<'_, '_>,
) -> Result<(), Stop> {
    let mut pieces = response.bytes_stream();
    while let Some(piece) = within(stall, pieces.next()).await? {
        let received = part.written();
        let piece = piece.map_err(|error| SourceFault::Cut { received, why: root_cause(error) })?;
        part.write(&piece).await?;
        progress.reached(part.written());
    }
    if part.is_complete() {
        return Ok(());
    }
    let why = "the answer ended too early".to_owned();
    Err(SourceFault::Cut { received: part.written(), why }.into())
}

async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Result<T, SourceFault> {
    let stalled = |_| SourceFault::Stalled { after: limit };
    tokio::time::timeout(limit, work).await.map_err(stalled)
}

fn unreachable(error: reqwest::Error) -> SourceFault {
    SourceFault::Unreachable { why: root_cause(error) }
}

/// The innermost cause: the outer ones only repeat the address and that sending failed.
fn root_cause(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(content_range: &'static str) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_RANGE, content_range.parse().unwrap());
        range_start(&headers)
    }

    #[test]
    fn a_content_range_begins_with_its_first_byte() {
        assert_eq!(start("bytes 21010-47021/47022"), Some(21_010));
        assert_eq!(start("bytes 0-1/*"), Some(0));
        assert_eq!(start("bytes */47022"), None);
        assert_eq!(start("pages 1-2/3"), None);
    }
}
