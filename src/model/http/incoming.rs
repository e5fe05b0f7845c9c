//! Receiving.

use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::timeout;

use super::error_body::ErrorBody;
use super::fault::{late, receiving, seconds};
use super::json::{is_page, web_page};
use super::peer::{Address, Peer, Timeouts};
use super::rejection::{Rejection, broken_off, rejection};
use super::sse::{EventLines, Events, NotText, Opening};
use crate::model::{Failure, FailureKind};

/// The largest reply that is read, in bytes.
const LARGEST: usize = 32 << 20;

/// How long the end of a stream may stay away after its last event.
const MOMENT: Duration = Duration::from_millis(50);

/// A reply that has begun.
pub(in crate::model) struct Incoming<'a> {
    peer: &'a Peer,
    timeouts: &'a Timeouts,
    address: Address,
    response: Response,
    started: Instant,
    received: usize,
    lines: EventLines,
    ended: bool,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(
        peer: &'a Peer,
        timeouts: &'a Timeouts,
        address: Address,
        response: Response,
        started: Instant,
    ) -> Self {
        Self {
            peer,
            timeouts,
            address,
            response,
            started,
            received: 0,
            lines: EventLines::default(),
            ended: false,
        }
    }

    pub(in crate::model) fn peer(&self) -> &'a Peer {
        self.peer
    }

    pub(in crate::model) fn address(&self) -> &Address {
        &self.address
    }

    pub(in crate::model) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Since the request was sent, in milliseconds.
    pub(in crate::model) fn elapsed_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1e3
    }

    /// How the body begins, whatever was asked for and whatever type it says it has.
    pub(in crate::model) async fn opening(&mut self) -> Result<Opening, Failure> {
        loop {
            if let Some(opening) = self.lines.opening(self.ended) {
                return Ok(opening);
            }
            self.ended = !self.has_more().await?;
        }
    }

    /// An error within a reply whose status was a success: what it says of its true status counts.
    pub(in crate::model) fn disguised(&self, error: &Value) -> Rejection {
        let error_body = ErrorBody::of(error);
        match error_body.status() {
            Some(status) => rejection(self.peer(), &self.address, status, self.headers(), error_body),
            None => broken_off(self.peer(), &self.address, error_body),
        }
    }

    /// The reply, if its status is a success.
    pub(in crate::model) async fn accepted(mut self) -> Result<Self, Rejection> {
        let status = self.response.status();
        if status.is_success() {
            return Ok(self);
        }
        // A body that does not come whole changes nothing about the refusal.
        let body = self.text().await.unwrap_or_default();
        Err(rejection(self.peer(), &self.address, status.as_u16(), self.headers(), ErrorBody::read(&body)))
    }

    /// The whole body.
    pub(in crate::model) async fn text(&mut self) -> Result<String, Failure> {
        while !self.ended {
            self.ended = !self.has_more().await?;
        }
        String::from_utf8(self.lines.take()).map_err(|_| self.not_text())
    }

    /// The next line, without its end; `None` after the last.
    pub(in crate::model) async fn line(&mut self) -> Result<Option<String>, Failure> {
        loop {
            if let Some(line) = self.lines.next() {
                return line.map(Some).map_err(|NotText| self.not_text());
            }
            if self.ended {
                return self.lines.rest().transpose().map_err(|NotText| self.not_text());
            }
            self.ended = !self.has_more().await?;
        }
    }

    /// The data of the next server-sent event; `None` after the last. A page has
    /// lines too, and none of them begins like an event's.
    pub(in crate::model) async fn event(&mut self, events: &mut Events) -> Result<Option<String>, Failure> {
        while let Some(line) = self.line().await? {
            if is_page(&line) {
                return Err(web_page(self.peer(), &self.address));
            }
            if let Some(data) = events.line(&line) {
                return Ok(Some(data));
            }
        }
        Ok(events.rest())
    }

    /// Reads what may follow the last line that means something: without it the
    /// connection could not be used again. Waits only a moment for it.
    pub(in crate::model) async fn drain(&mut self) {
        let rest = async { while let Ok(true) = self.has_more().await {} };
        let _ = timeout(MOMENT, rest).await;
    }

    /// A failure of this reply's.
    pub(in crate::model) fn unusable(&self, detail: impl Into<String>) -> Failure {
        self.address.failure(FailureKind::BadReply, detail)
    }

    /// Takes in the next piece; `false` when there is none.
    async fn has_more(&mut self) -> Result<bool, Failure> {
        let left = self.timeouts.total.saturating_sub(self.started.elapsed());
        let wait = left.min(self.timeouts.idle);
        let piece = match timeout(wait, self.response.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => return Ok(false),
            Ok(Err(_)) => return Err(receiving(&self.address, self.received)),
            Err(_) if wait == left => return Err(late(&self.address, self.timeouts)),
            Err(_) => return Err(self.silent(wait)),
        };
        self.received += piece.len();
        if self.received > LARGEST {
            return Err(self.unusable(format!("the reply is larger than {} MiB", LARGEST >> 20)));
        }
        self.lines.push(&piece);
        Ok(true)
    }

    fn silent(&self, wait: Duration) -> Failure {
        let detail = format!("nothing came for {} in the middle of a reply", seconds(wait));
        self.address.failure(FailureKind::Timeout, detail)
    }

    fn not_text(&self) -> Failure {
        self.address.failure(FailureKind::NotJson, "the reply is not UTF-8")
    }
}
