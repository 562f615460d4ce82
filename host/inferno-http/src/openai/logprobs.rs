//! Log probabilities in the two shapes that clients know.

use inferno_engine::TokenEvent;
use inferno_models::Tokenizer;
use inferno_types::TokenId;

use crate::api::{
    chat::{Candidate, ChatLogprobs, ChatTokenLogprob},
    completion::CompletionLogprobs,
};

/// One entry per token that has log probabilities; `None` when they were not asked for.
pub(super) fn chat(tokenizer: &Tokenizer, wanted: bool, tokens: &[TokenEvent]) -> Option<ChatLogprobs> {
    let entry = |token: &TokenEvent| {
        let measured = token.logprob.as_ref()?;
        Some(ChatTokenLogprob {
            chosen: candidate(tokenizer, token.id, measured.logprob),
            top_logprobs: measured.top.iter().map(|t| candidate(tokenizer, t.id, t.logprob)).collect(),
        })
    };
    wanted.then(|| ChatLogprobs { content: tokens.iter().filter_map(entry).collect() })
}

/// Columns over the tokens that have log probabilities. `offset` is where the first token's text begins, in
/// characters, and is moved past the last.
pub(super) fn completion(
    tokenizer: &Tokenizer,
    wanted: bool,
    tokens: &[TokenEvent],
    offset: &mut u32,
) -> Option<CompletionLogprobs> {
    let mut columns = CompletionLogprobs::default();
    for token in tokens {
        if let Some(measured) = &token.logprob {
            let text = text(tokenizer, token.id);
            columns.text_offset.push(*offset);
            *offset += text.chars().count() as u32;
            columns.tokens.push(text);
            columns.token_logprobs.push(measured.logprob);
            let top = measured.top.iter().map(|t| (self::text(tokenizer, t.id), t.logprob));
            columns.top_logprobs.push(top.collect());
        }
    }
    wanted.then_some(columns)
}

fn candidate(tokenizer: &Tokenizer, token: TokenId, logprob: f32) -> Candidate {
    Candidate { token: text(tokenizer, token), logprob, bytes: tokenizer.token_bytes(token).to_vec() }
}

fn text(tokenizer: &Tokenizer, token: TokenId) -> String {
    String::from_utf8_lossy(tokenizer.token_bytes(token)).into_owned()
}
