//! The body of a request, which must keep coming in.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{BoxError, body::Bytes};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};

use super::ConnectionLimits;

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the body came in too slowly")]
pub(crate) struct TooSlow;

/// A body with a clock.
pub(super) struct Timed {
    body: Incoming,
    limits: ConnectionLimits,
    began: Instant,
    received: usize,
    /// Set while the client is waited for.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    pub(super) fn new(body: Incoming, limits: ConnectionLimits) -> Self {
        Self { body, limits, began: Instant::now(), received: 0, alarm: None }
    }

    fn left(&self) -> Duration {
        self.limits.patience(self.received).saturating_sub(self.began.elapsed())
    }
}

impl Body for Timed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.alarm = None;
            let data = frame.as_ref().and_then(|f| f.as_ref().ok()).and_then(Frame::data_ref);
            self.received += data.map_or(0, Bytes::len);
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let left = self.left();
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep(left)));
        alarm.as_mut().poll(context).map(|()| Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
