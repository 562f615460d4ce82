//! What a body of inference becomes, without a server and a model: for those who try any body.
//!
//! The functions are those that the routes call. Easily confused with the routes themselves, which add the prompt's tokens.

use std::time::Instant;

use axum::response::IntoResponse as _;
use inferno_engine::Request;
use inferno_models::ChatMessage;

use crate::{api, error::ApiError, extract, openai};

/// A refusal: its status, and the message in its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// From 400 to 499, if the body alone is to blame.
    pub status: u16,
    /// What the client reads.
    pub message: String,
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        let message = error.body().error.message;
        Self { status: error.into_response().status().as_u16(), message }
    }
}

/// A body of `POST /v1/chat/completions` that came in at `arrived`: what is asked of the engine, and the conversation.
///
/// # Errors
/// What the client would be told.
pub fn chat(body: &[u8], arrived: Instant) -> Result<(Request, Vec<ChatMessage>), Refused> {
    let request: api::chat::ChatRequest = extract::parse(body)?;
    let ask = openai::chat::ask(&request, arrived)?;
    Ok((ask, openai::chat::turns(&request.messages)?))
}

/// A body of `POST /v1/completions` that came in at `arrived`: what is asked of the engine.
///
/// # Errors
/// What the client would be told.
pub fn completion(body: &[u8], arrived: Instant) -> Result<Request, Refused> {
    let request: api::completion::CompletionRequest = extract::parse(body)?;
    Ok(openai::completions::ask(&request, arrived)?)
}
