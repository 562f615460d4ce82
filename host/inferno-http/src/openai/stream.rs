//! An answer as server-sent events, written as it grows.
//!
//! Owns the frames on the wire and the sign of life while nothing happens. What came out of the engine since the last
//! look leaves in one piece, so that a busy machine writes less often and not later. Easily confused with axum's
//! `Sse`, which makes one frame, one write and one turn of a timer for every event.

use std::{
    convert::Infallible,
    io::Write as _,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, header},
    response::Response,
};
use futures_util::stream;
use inferno_engine::{EventKind, TokenEvent};
use serde::Serialize;
use tokio::time::{Instant, Sleep};

use super::{
    answer::{Shape, counted, ended_early},
    report::Events,
};
use crate::{api::options::Usage, error::ApiError};

/// How long a stream may say nothing, for the sake of those between us and the client who take silence for an end.
const SILENCE: Duration = Duration::from_secs(15);
/// A sign of life, which clients ignore.
const COMMENT: &[u8] = b":\n\n";
/// The most bytes of one piece, so that an answer that nobody reads stays with the engine, who ends it.
const PIECE: usize = 4 << 10;

/// The answer to `events`, of which `first` was taken already.
pub(super) fn response<S: Shape>(
    shape: S,
    events: Events,
    first: Option<EventKind>,
    include_usage: bool,
) -> Response {
    let mut streamed = Streamed {
        shape,
        events,
        first,
        include_usage,
        stage: Stage::Opening,
        held: Vec::new(),
        spoke: Instant::now(),
        alarm: None,
    };
    let body = Body::from_stream(stream::poll_fn(move |context| streamed.poll(context)));
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// Where a stream stands.
enum Stage {
    Opening,
    Running,
    Usage(Usage),
    Done,
    Over,
}

struct Streamed<S> {
    shape: S,
    events: Events,
    first: Option<EventKind>,
    include_usage: bool,
    stage: Stage,
    /// Tokens whose text is not yet certain; they wait for the piece it comes with.
    held: Vec<TokenEvent>,
    spoke: Instant,
    /// Turned on when there is first nothing to say, and put forward when it rings too early.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl<S: Shape> Streamed<S> {
    /// Everything that can be said now.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let mut out = Vec::new();
        while out.len() < PIECE {
            match self.stage {
                Stage::Opening => {
                    self.stage = Stage::Running;
                    if let Some(piece) = self.shape.opening() {
                        frame(&mut out, &piece);
                    }
                }
                Stage::Running => match self.poll_event(context) {
                    Poll::Ready(event) => self.say(&mut out, event),
                    Poll::Pending => break,
                },
                Stage::Usage(usage) => {
                    self.stage = Stage::Done;
                    frame(&mut out, &self.shape.usage(usage));
                }
                Stage::Done => {
                    self.stage = Stage::Over;
                    out.extend_from_slice(b"data: [DONE]\n\n");
                }
                Stage::Over => break,
            }
        }
        if out.is_empty() {
            if let Stage::Over = self.stage {
                return Poll::Ready(None);
            }
            match self.poll_alarm(context) {
                Poll::Ready(()) => out.extend_from_slice(COMMENT),
                Poll::Pending => return Poll::Pending,
            }
        }
        self.spoke = Instant::now();
        Poll::Ready(Some(Ok(out.into())))
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<EventKind>> {
        match self.first.take() {
            Some(event) => Poll::Ready(Some(event)),
            None => self.events.poll_next(context),
        }
    }

    fn say(&mut self, out: &mut Vec<u8>, event: Option<EventKind>) {
        let error: ApiError = match event {
            Some(EventKind::Token(mut token)) => {
                let text = std::mem::take(&mut token.text);
                self.held.push(token);
                if !text.is_empty() {
                    let tokens = std::mem::take(&mut self.held);
                    frame(out, &self.shape.piece(text, tokens));
                }
                return;
            }
            Some(EventKind::Finished { reason, usage, .. }) => {
                self.stage = if self.include_usage { Stage::Usage(counted(usage)) } else { Stage::Done };
                return frame(out, &self.shape.closing(reason));
            }
            Some(EventKind::Failed(fault)) => fault.into(),
            None => ended_early(),
        };
        self.stage = Stage::Over;
        frame(out, &error.body());
    }

    /// Whether nothing was said for so long that it is time for a sign of life.
    fn poll_alarm(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let due = self.spoke + SILENCE;
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        while alarm.as_mut().poll(context).is_ready() {
            if due <= Instant::now() {
                alarm.as_mut().reset(Instant::now() + SILENCE);
                return Poll::Ready(());
            }
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }
}

fn frame(out: &mut Vec<u8>, piece: &impl Serialize) {
    out.extend_from_slice(b"data: ");
    serde_json::to_writer(out.by_ref(), piece)
        .expect("the API's own shapes are JSON: string keys, finite numbers");
    out.extend_from_slice(b"\n\n");
}
