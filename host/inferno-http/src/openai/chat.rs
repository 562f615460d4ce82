//! `POST /v1/chat/completions`.

use std::{sync::Arc, time::Instant};

use axum::{Extension, extract::State, response::Response};
use inferno_engine::{Request, TokenEvent};
use inferno_models::{ChatMessage, Model, TemplateError, Tokenizer};
use inferno_types::{FinishReason, Operation, TokenId};

use super::{
    answer::{self, Envelope, Shape},
    logprobs, prepare,
    report::Report,
};
use crate::{
    Server,
    api::{
        chat::{
            AssistantMessage, ChatChoice, ChatChunk, ChatChunkChoice, ChatRequest, ChatResponse, Content,
            Delta, Message, Part, Role,
        },
        error::ErrorBody,
        options::Usage,
    },
    error::{ApiError, chain},
    extract::Body,
    observe::Arrived,
};

/// Continues a conversation.
///
/// With `stream: true` the answer comes as server-sent events, each a `ChatChunk`, ended by `data: [DONE]`. Closing
/// the connection stops the work.
#[utoipa::path(
    post,
    path = "/v1/chat/completions",
    tag = "inference",
    operation_id = "create_chat_completion",
    request_body = ChatRequest,
    responses(
        (status = 200, body = ChatResponse),
        (status = 400, body = ErrorBody),
        (status = 404, body = ErrorBody),
        (status = 413, body = ErrorBody),
        (status = 429, body = ErrorBody, description = "The queue is full; `Retry-After` says for how long to wait"),
        (status = 408, body = ErrorBody, description = "The request body came in too slowly"),
        (status = 503, body = ErrorBody),
        (status = 504, body = ErrorBody, description = "The time in `timeout_ms` passed before the first token")
    )
)]
pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    Extension(Arrived(arrived)): Extension<Arrived>,
    Body(request): Body<ChatRequest>,
) -> Result<Response, ApiError> {
    let model = server.model(&request.options.model)?;
    // The options are checked first: they are cheap, a long prompt is not.
    let mut ask = ask(&request, arrived)?;
    let (text, messages) = (Arc::clone(&model.model), turns(&request.messages)?);
    ask.prompt = server.pools.text(move || prompt(&text, &messages)).await?;
    let shape = ChatShape {
        envelope: Envelope::new("chatcmpl", model.id.as_str()),
        tokenizer: model.model.tokenizer(),
        logprobs: ask.logprobs.is_some(),
    };
    let report = Report::new(&server, model, Operation::Chat, arrived);
    answer::respond(shape, report.follow(model.engine.submit(ask)).await?, &request.options).await
}

/// What is asked of the engine, but for the prompt.
pub(crate) fn ask(request: &ChatRequest, arrived: Instant) -> Result<Request, ApiError> {
    let logprobs = match (request.logprobs.unwrap_or(false), request.top_logprobs) {
        (true, top) => Some(top.unwrap_or(0)),
        (false, None) => None,
        (false, Some(_)) => {
            return Err(ApiError::invalid_field("top_logprobs", "`top_logprobs` needs `logprobs: true`."));
        }
    };
    let max_tokens = request.max_completion_tokens.or(request.max_tokens);
    prepare::request(&request.options, Vec::new(), max_tokens, logprobs, arrived)
}

/// The tokens of a conversation under the model's own template, up to where its answer begins.
fn prompt(model: &Model, messages: &[ChatMessage]) -> Result<Vec<TokenId>, ApiError> {
    let refuse = |e: &dyn std::error::Error| ApiError::invalid_field("messages", format!("{}.", chain(e)));
    let template = model.chat_template().map_err(|e| refuse(&e))?;
    let prompt = template.render(messages, true).map_err(|e| match e {
        TemplateError::Start(_) => ApiError::internal(&e),
        e => refuse(&e),
    })?;
    model.tokenizer().encode_prompt(&prompt).map_err(|e| refuse(&e))
}

/// The turns of a conversation, as templates know them.
pub(crate) fn turns(messages: &[Message]) -> Result<Vec<ChatMessage>, ApiError> {
    if messages.is_empty() {
        return Err(ApiError::invalid_field("messages", "`messages` is empty; send at least one."));
    }
    let message = |m: &Message| ChatMessage { role: role(m.role).to_owned(), content: text(&m.content) };
    Ok(messages.iter().map(message).collect())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::System | Role::Developer => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
    }
}

fn text(content: &Content) -> String {
    match content {
        Content::Text(text) => text.clone(),
        Content::Parts(parts) => parts.iter().map(|Part::Text { text }| text.as_str()).collect(),
    }
}

struct ChatShape {
    envelope: Envelope,
    tokenizer: Arc<Tokenizer>,
    logprobs: bool,
}

impl ChatShape {
    fn chunk(&self, choices: Vec<ChatChunkChoice>, usage: Option<Usage>) -> ChatChunk {
        let Envelope { id, created, model } = self.envelope.clone();
        ChatChunk { id, object: "chat.completion.chunk", created, model, choices, usage }
    }

    fn delta(&self, delta: Delta, tokens: &[TokenEvent], finish_reason: Option<FinishReason>) -> ChatChunk {
        let logprobs = logprobs::chat(&self.tokenizer, self.logprobs && !tokens.is_empty(), tokens);
        self.chunk(vec![ChatChunkChoice { index: 0, delta, logprobs, finish_reason }], None)
    }
}

impl Shape for ChatShape {
    type Piece = ChatChunk;
    type Whole = ChatResponse;

    fn opening(&mut self) -> Option<ChatChunk> {
        let delta = Delta { role: Some(Role::Assistant), content: Some(String::new()) };
        Some(self.delta(delta, &[], None))
    }

    fn piece(&mut self, text: String, tokens: Vec<TokenEvent>) -> ChatChunk {
        self.delta(Delta { role: None, content: Some(text) }, &tokens, None)
    }

    fn closing(&mut self, reason: FinishReason) -> ChatChunk {
        self.delta(Delta::default(), &[], Some(reason))
    }

    fn usage(&mut self, usage: Usage) -> ChatChunk {
        self.chunk(Vec::new(), Some(usage))
    }

    fn whole(
        self,
        text: String,
        tokens: Vec<TokenEvent>,
        reason: FinishReason,
        usage: Usage,
    ) -> ChatResponse {
        let logprobs = logprobs::chat(&self.tokenizer, self.logprobs, &tokens);
        let message = AssistantMessage { role: Role::Assistant, content: text };
        let choices = vec![ChatChoice { index: 0, message, logprobs, finish_reason: reason }];
        let Envelope { id, created, model } = self.envelope;
        ChatResponse { id, object: "chat.completion", created, model, choices, usage }
    }
}
