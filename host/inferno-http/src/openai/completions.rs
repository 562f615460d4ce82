//! `POST /v1/completions`.

use std::{sync::Arc, time::Instant};

use axum::{Extension, extract::State, response::Response};
use inferno_engine::{Request, TokenEvent};
use inferno_models::{Model, Special, Tokenizer};
use inferno_types::{FinishReason, Operation, TokenId};

use super::{
    answer::{self, Envelope, Shape},
    logprobs, prepare,
    report::Report,
};
use crate::{
    Server,
    api::{
        completion::{CompletionChoice, CompletionRequest, CompletionResponse, Prompt},
        error::ErrorBody,
        options::Usage,
    },
    error::{ApiError, chain},
    extract::Body,
    observe::Arrived,
};

/// Tokens produced when a request does not say how many, as in OpenAI's API.
const DEFAULT_MAX_TOKENS: u32 = 16;

/// Continues a text.
///
/// With `stream: true` the answer comes as server-sent events of the same shape, ended by `data: [DONE]`. Closing the
/// connection stops the work.
#[utoipa::path(
    post,
    path = "/v1/completions",
    tag = "inference",
    operation_id = "create_completion",
    request_body = CompletionRequest,
    responses(
        (status = 200, body = CompletionResponse),
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
    Body(request): Body<CompletionRequest>,
) -> Result<Response, ApiError> {
    let model = server.model(&request.options.model)?;
    let mut ask = ask(&request, arrived)?;
    let CompletionRequest { prompt, logprobs, options, .. } = request;
    let text = Arc::clone(&model.model);
    ask.prompt = server.pools.text(move || tokens(&text, prompt)).await?;
    let shape = CompletionShape {
        envelope: Envelope::new("cmpl", model.id.as_str()),
        tokenizer: model.model.tokenizer(),
        logprobs: logprobs.is_some(),
        offset: 0,
    };
    let report = Report::new(&server, model, Operation::TextCompletion, arrived);
    answer::respond(shape, report.follow(model.engine.submit(ask)).await?, &options).await
}

/// What is asked of the engine, but for the prompt.
pub(crate) fn ask(request: &CompletionRequest, arrived: Instant) -> Result<Request, ApiError> {
    let max_tokens = Some(request.max_tokens.unwrap_or(DEFAULT_MAX_TOKENS));
    prepare::request(&request.options, Vec::new(), max_tokens, request.logprobs, arrived)
}

fn tokens(model: &Model, prompt: Prompt) -> Result<Vec<TokenId>, ApiError> {
    let text = match prompt {
        Prompt::Tokens(tokens) => return Ok(tokens.into_iter().map(TokenId).collect()),
        Prompt::Text(text) => text,
        Prompt::Texts(texts) => {
            let [text] = <[String; 1]>::try_from(texts).map_err(|texts| {
                let message = format!("`prompt` lists {} texts; send one request for each.", texts.len());
                ApiError::invalid_field("prompt", message)
            })?;
            text
        }
    };
    let encoded = model.tokenizer().encode(&text, Special::Parse);
    encoded.map_err(|e| ApiError::invalid_field("prompt", format!("{}.", chain(&e))))
}

struct CompletionShape {
    envelope: Envelope,
    tokenizer: Arc<Tokenizer>,
    logprobs: bool,
    /// Where the next token's text begins, in characters.
    offset: u32,
}

impl CompletionShape {
    fn response(&self, choices: Vec<CompletionChoice>, usage: Option<Usage>) -> CompletionResponse {
        let Envelope { id, created, model } = self.envelope.clone();
        CompletionResponse { id, object: "text_completion", created, model, choices, usage }
    }

    fn choice(
        &mut self,
        text: String,
        tokens: &[TokenEvent],
        finish: Option<FinishReason>,
    ) -> CompletionChoice {
        let logprobs = logprobs::completion(&self.tokenizer, self.logprobs, tokens, &mut self.offset);
        CompletionChoice { index: 0, text, logprobs, finish_reason: finish }
    }
}

impl Shape for CompletionShape {
    type Piece = CompletionResponse;
    type Whole = CompletionResponse;

    fn opening(&mut self) -> Option<CompletionResponse> {
        None
    }

    fn piece(&mut self, text: String, tokens: Vec<TokenEvent>) -> CompletionResponse {
        let choice = self.choice(text, &tokens, None);
        self.response(vec![choice], None)
    }

    fn closing(&mut self, reason: FinishReason) -> CompletionResponse {
        let choice = self.choice(String::new(), &[], Some(reason));
        self.response(vec![choice], None)
    }

    fn usage(&mut self, usage: Usage) -> CompletionResponse {
        self.response(Vec::new(), Some(usage))
    }

    fn whole(
        mut self,
        text: String,
        tokens: Vec<TokenEvent>,
        reason: FinishReason,
        usage: Usage,
    ) -> CompletionResponse {
        let choice = self.choice(text, &tokens, Some(reason));
        self.response(vec![choice], Some(usage))
    }
}
