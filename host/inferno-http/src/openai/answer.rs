//! From an engine's events to an answer, whole or as server-sent events.
//!
//! Owns the whole form and what both have in common; `stream` writes the other. What a piece looks like is its route's
//! [`Shape`]. Dropping either form drops the engine's stream, which cancels the request.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use inferno_engine::{EventKind, RequestFault, TokenEvent};
use inferno_types::FinishReason;
use serde::Serialize;

use super::{report::Events, stream};
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

/// Answers as the options ask: streamed or whole. A request with a deadline is answered once its first token is there,
/// so that a deadline that passes before it is a status and not a line in a stream.
pub(super) async fn respond<S: Shape>(
    shape: S,
    mut events: Events,
    options: &Options,
) -> Result<Response, ApiError> {
    if options.stream != Some(true) {
        return whole(shape, events).await;
    }
    let first = match options.timeout_ms {
        Some(_) => match events.next().await {
            Some(EventKind::Failed(fault)) => return Err(fault.into()),
            None => return Err(ended_early()),
            event => event,
        },
        None => None,
    };
    let include_usage = options.stream_options.as_ref().is_some_and(|o| o.include_usage);
    Ok(stream::response(shape, events, first, include_usage))
}

async fn whole<S: Shape>(shape: S, mut events: Events) -> Result<Response, ApiError> {
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

pub(super) fn counted(usage: inferno_engine::Usage) -> Usage {
    Usage {
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        total_tokens: usage.prompt_tokens + usage.completion_tokens,
    }
}

pub(super) fn ended_early() -> ApiError {
    ApiError::unavailable("The engine stopped before the answer was complete. Send the request again.")
}

impl From<RequestFault> for ApiError {
    fn from(fault: RequestFault) -> Self {
        match fault {
            RequestFault::ShuttingDown => Self::unavailable(format!("{fault}.")),
            RequestFault::DeadlinePassed => Self::deadline(),
            RequestFault::NotRead => Self::not_read(format!("{fault}.")),
            other => Self::internal(&other),
        }
    }
}
