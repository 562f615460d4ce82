//! From an engine's events to an answer, whole or as server-sent events.
//!
//! Owns the order of what is sent; what a piece looks like is its route's [`Shape`]. Dropping either form drops
//! the engine's stream, which cancels the request.

use std::{
    convert::Infallible,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use inferno_engine::{EventKind, EventStream, RequestFault, TokenEvent};
use inferno_types::FinishReason;
use serde::Serialize;

use crate::{
    api::options::{Options, Usage},
    error::ApiError,
};

/// What every answer and every piece of one carries.
#[derive(Debug, Clone)]
pub(super) struct Envelope {
    pub(super) id: String,
    pub(super) created: u64,
    pub(super) model: String,
}

impl Envelope {
    /// An envelope for a request that arrived now. `prefix` says of which route.
    pub(super) fn new(prefix: &str, model: &str) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Unique within a process by the clock's resolution and, beyond it, by a counter.
        let serial = {
            use std::sync::atomic::{AtomicU64, Ordering};
            static NEXT: AtomicU64 = AtomicU64::new(0);
            NEXT.fetch_add(1, Ordering::Relaxed)
        };
        Self {
            id: format!("{prefix}-{:x}{serial:04x}", since.as_nanos()),
            created: since.as_secs(),
            model: model.to_owned(),
        }
    }
}

/// How a route writes its answers.
pub(super) trait Shape: Send + 'static {
    /// A piece of a streamed answer.
    type Piece: Serialize + Send;
    /// A whole answer.
    type Whole: Serialize;

    /// The piece that opens a stream, if the route has one.
    fn opening(&mut self) -> Option<Self::Piece>;
    /// A piece with more text and, when asked for, the tokens behind it.
    fn piece(&mut self, text: String, tokens: Vec<TokenEvent>) -> Self::Piece;
    /// The piece that says why the answer ended.
    fn closing(&mut self, reason: FinishReason) -> Self::Piece;
    /// The piece that carries nothing but the usage.
    fn usage(&mut self, usage: Usage) -> Self::Piece;
    /// The whole answer at once.
    fn whole(self, text: String, tokens: Vec<TokenEvent>, reason: FinishReason, usage: Usage) -> Self::Whole;
}

/// Answers as the options ask: streamed or whole.
pub(super) async fn respond<S: Shape>(
    shape: S,
    events: EventStream,
    options: &Options,
) -> Result<Response, ApiError> {
    if options.stream != Some(true) {
        return whole(shape, events).await;
    }
    let include_usage = options.stream_options.as_ref().is_some_and(|o| o.include_usage);
    let streamed = Streamed { shape, events, include_usage, stage: Stage::Opening };
    let frames = stream::unfold(streamed, |mut streamed| async {
        let frame = streamed.next().await?;
        Some((Ok::<_, Infallible>(frame), streamed))
    });
    Ok(Sse::new(frames).keep_alive(KeepAlive::default()).into_response())
}

async fn whole<S: Shape>(shape: S, mut events: EventStream) -> Result<Response, ApiError> {
    let (mut text, mut tokens) = (String::new(), Vec::new());
    loop {
        match events.next().await {
            Some(EventKind::Token(token)) => {
                text.push_str(&token.text);
                tokens.push(token);
            }
            Some(EventKind::Finished { reason, usage, .. }) => {
                return Ok(Json(shape.whole(text, tokens, reason, counted(usage))).into_response());
            }
            Some(EventKind::Failed(fault)) => return Err(fault.into()),
            None => return Err(ended_early()),
        }
    }
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
    events: EventStream,
    include_usage: bool,
    stage: Stage,
}

impl<S: Shape> Streamed<S> {
    async fn next(&mut self) -> Option<Event> {
        loop {
            match self.stage {
                Stage::Opening => {
                    self.stage = Stage::Running;
                    if let Some(piece) = self.shape.opening() {
                        return Some(frame(&piece));
                    }
                }
                Stage::Running => return Some(self.running().await),
                Stage::Usage(usage) => {
                    self.stage = Stage::Done;
                    return Some(frame(&self.shape.usage(usage)));
                }
                Stage::Done => {
                    self.stage = Stage::Over;
                    return Some(Event::default().data("[DONE]"));
                }
                Stage::Over => return None,
            }
        }
    }

    /// The next piece of the answer itself. Tokens whose text is not yet certain wait for the piece it comes with.
    async fn running(&mut self) -> Event {
        let mut tokens = Vec::new();
        loop {
            let error: ApiError = match self.events.next().await {
                Some(EventKind::Token(token)) => {
                    let text = token.text.clone();
                    tokens.push(token);
                    if text.is_empty() {
                        continue;
                    }
                    return frame(&self.shape.piece(text, tokens));
                }
                Some(EventKind::Finished { reason, usage, .. }) => {
                    self.stage = if self.include_usage { Stage::Usage(counted(usage)) } else { Stage::Done };
                    return frame(&self.shape.closing(reason));
                }
                Some(EventKind::Failed(fault)) => fault.into(),
                None => ended_early(),
            };
            self.stage = Stage::Over;
            return frame(&error.body());
        }
    }
}

fn frame(piece: &impl Serialize) -> Event {
    let json =
        serde_json::to_string(piece).expect("the API's own shapes are JSON: string keys, finite numbers");
    Event::default().data(json)
}

fn counted(usage: inferno_engine::Usage) -> Usage {
    Usage {
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        total_tokens: usage.prompt_tokens + usage.completion_tokens,
    }
}

fn ended_early() -> ApiError {
    ApiError::unavailable("The engine stopped before the answer was complete. Send the request again.")
}

impl From<RequestFault> for ApiError {
    fn from(fault: RequestFault) -> Self {
        match fault {
            RequestFault::ShuttingDown => Self::unavailable(format!("{fault}.")),
            other => Self::internal(&other),
        }
    }
}
