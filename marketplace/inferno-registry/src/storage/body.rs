//! A body as it comes in, under limits of size, silence and time.
//!
//! Owns the patience of the registry. Refuses a body that says it is too long before reading it, and one that does not
//! say so as soon as it is.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody as _};
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout_at};

use crate::limits::Limits;

/// A body that is read piece by piece.
#[derive(Debug)]
pub(crate) struct Incoming {
    stream: BodyDataStream,
    left: u64,
    limit: u64,
    idle: Duration,
    end: Instant,
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("this is larger than {limit} bytes, which is the most that is taken here")]
    TooLarge { limit: u64 },
    #[error("the body did not arrive in time; send it without long pauses")]
    TooSlow,
    #[error("the body ended before it was whole; send it again")]
    Cut,
}

impl Incoming {
    /// A body of at most `limit` bytes.
    pub(crate) fn new(body: Body, limit: u64, limits: &Limits) -> Result<Self, BodyError> {
        Self::after(0, body, limit, limits)
    }

    /// A body that makes at most `limit` bytes together with those that came `before`.
    pub(crate) fn after(before: u64, body: Body, limit: u64, limits: &Limits) -> Result<Self, BodyError> {
        let left = limit.saturating_sub(before);
        if body.size_hint().lower() > left {
            return Err(BodyError::TooLarge { limit });
        }
        let (idle, end) = (limits.body_idle, Instant::now() + limits.body_total);
        Ok(Self { stream: body.into_data_stream(), left, limit, idle, end })
    }

    /// The next piece, or `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let by = self.end.min(Instant::now() + self.idle);
        // Asked for first, since a piece that is there already would otherwise win against a deadline that is over.
        if Instant::now() >= self.end {
            return Err(BodyError::TooSlow);
        }
        let piece = timeout_at(by, self.stream.next()).await.map_err(|_| BodyError::TooSlow)?;
        let Some(piece) = piece.transpose().map_err(|_| BodyError::Cut)? else {
            return Ok(None);
        };
        self.left =
            self.left.checked_sub(piece.len() as u64).ok_or(BodyError::TooLarge { limit: self.limit })?;
        Ok(Some(piece))
    }

    /// All of it, for bodies whose limit is small.
    pub(crate) async fn collect(mut self) -> Result<Vec<u8>, BodyError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}
