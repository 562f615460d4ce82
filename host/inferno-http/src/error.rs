//! Errors as clients see them: OpenAI's shape, the right status, and a sentence that says what to do.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, Uri, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use inferno_engine::{Rejected, SubmitError};
use inferno_types::ModelId;

use crate::{
    api::error::{ErrorBody, ErrorDetail},
    seam::{Problem, ProblemKind},
};

/// An answer that is an error.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
    retry_after: Option<u64>,
    should_retry: Option<bool>,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            code: None,
            param: None,
            message: message.into(),
            retry_after: None,
            should_retry: None,
        }
    }

    /// The request cannot be carried out as it is.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    /// The request cannot be carried out because of one field.
    pub(crate) fn invalid_field(param: &str, message: impl Into<String>) -> Self {
        Self { param: Some(param.to_owned()), ..Self::invalid(message) }
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("The request body is larger than {limit} bytes; send less text.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request_error", message)
    }

    pub(crate) fn too_slow() -> Self {
        let message = "The request body came in too slowly; send it at once.";
        Self::new(StatusCode::REQUEST_TIMEOUT, "invalid_request_error", message)
    }

    pub(crate) fn media_type() -> Self {
        let message = "Send the request as JSON, with the header `Content-Type: application/json`.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid_request_error", message)
    }

    pub(crate) fn no_model<'a>(name: &str, served: impl Iterator<Item = &'a ModelId>) -> Self {
        let served: Vec<_> = served.map(ModelId::as_str).collect();
        // The name is the client's: shown, but not at any length.
        let shown: String = name.chars().take(80).collect();
        let message = format!(
            "The model `{shown}` is not served here. Served: {}. See GET /v1/models.",
            served.join(", ")
        );
        let mut error = Self::new(StatusCode::NOT_FOUND, "invalid_request_error", message);
        error.code = Some("model_not_found");
        error.param = Some("model".to_owned());
        error
    }

    /// Something of ours broke. The details go to the log, not to the client.
    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %chain(error), "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "The server failed; its log says why.")
    }

    /// The time that the client itself had set is up. OpenAI's clients try again by themselves after a 408, 429 or 5xx;
    /// an answer that nobody waits for any more is not worth a second try, and `x-should-retry` tells them so.
    pub(crate) fn deadline() -> Self {
        let message = "The time in `timeout_ms` passed before the answer was complete; give more time, or ask for fewer \
                       tokens.";
        let error = Self::new(StatusCode::GATEWAY_TIMEOUT, "timeout_error", message);
        Self {
            code: Some("deadline_exceeded"),
            param: Some("timeout_ms".to_owned()),
            should_retry: Some(false),
            ..error
        }
    }

    pub(crate) fn not_read(message: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::REQUEST_TIMEOUT, "invalid_request_error", message);
        Self { code: Some("not_read"), ..error }
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", message)
    }

    pub(crate) fn no_host() -> Self {
        Self::invalid("Name this server in the `Host` header.")
    }

    pub(crate) fn foreign_host(host: &str) -> Self {
        let shown: String = host.chars().take(80).collect();
        let message = format!(
            "This server is not called `{shown}`. Use its address or `localhost`, or add the name to `names` in the \
             table `[server]` of its configuration."
        );
        let error = Self::new(StatusCode::MISDIRECTED_REQUEST, "invalid_request_error", message);
        Self { code: Some("foreign_host"), ..error }
    }

    pub(crate) fn cross_site() -> Self {
        let message = "Another website may not use this server in your name. Open the server's own pages.";
        let error = Self::new(StatusCode::FORBIDDEN, "invalid_request_error", message);
        Self { code: Some("cross_site"), ..error }
    }

    /// As the payload of a stream that has already begun.
    pub(crate) fn body(&self) -> ErrorBody {
        ErrorBody {
            error: ErrorDetail {
                message: self.message.clone(),
                kind: self.kind.to_owned(),
                param: self.param.clone(),
                code: self.code.map(str::to_owned),
            },
        }
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Busy { retry_after } => {
                let seconds = retry_after.as_secs().max(1);
                let message = format!("The queue is full. Try again in {seconds} s.");
                let mut busy = Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", message);
                busy.code = Some("queue_full");
                busy.retry_after = Some(seconds);
                busy
            }
            SubmitError::Rejected(rejected) => rejected.into(),
            other => Self::unavailable(format!("The engine takes no requests: {}.", chain(&other))),
        }
    }
}

impl From<Rejected> for ApiError {
    fn from(rejected: Rejected) -> Self {
        let mut error = Self::invalid(format!("{}.", chain(&rejected)));
        if matches!(rejected, Rejected::PromptTooLong { .. }) {
            error.code = Some("context_length_exceeded");
        }
        error
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        let (status, kind) = match problem.kind() {
            ProblemKind::NotFound => (StatusCode::NOT_FOUND, "invalid_request_error"),
            ProblemKind::Invalid => (StatusCode::BAD_REQUEST, "invalid_request_error"),
            ProblemKind::Refused => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request_error"),
            ProblemKind::Conflict => (StatusCode::CONFLICT, "invalid_request_error"),
            ProblemKind::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, "server_error"),
            ProblemKind::Upstream => (StatusCode::BAD_GATEWAY, "server_error"),
            ProblemKind::Internal => return Self::internal(&problem),
        };
        let mut error = Self::new(status, kind, problem.to_string());
        error.code = Some(problem.code());
        if let ProblemKind::Unavailable { retry_after } = problem.kind() {
            error.retry_after = Some(retry_after.as_secs().max(1));
        }
        error
    }
}

/// An error and its sources in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(should) = self.should_retry {
            let should = HeaderValue::from_static(if should { "true" } else { "false" });
            response.headers_mut().insert("x-should-retry", should);
        }
        response
    }
}

pub(crate) fn no_route(uri: &Uri) -> ApiError {
    let path: String = uri.path().chars().take(80).collect();
    let message = format!("There is no route {path}. GET /openapi.json lists what there is.");
    ApiError::new(StatusCode::NOT_FOUND, "invalid_request_error", message)
}

pub(crate) async fn no_method(method: Method, uri: Uri) -> ApiError {
    let path: String = uri.path().chars().take(80).collect();
    let message = format!("{path} does not answer {method}. GET /openapi.json lists what there is.");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request_error", message)
}
