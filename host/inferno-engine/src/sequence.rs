//! One request on its way through the engine: waiting, reading its prompt, writing its answer.
//!
//! [`Sequence`] is what a request is at any time; [`Running`] adds what it has only while it runs. So a waiting
//! request has no blocks and a decoding one always has a last token, by type.

use std::time::{Duration, Instant};

use inferno_backend::SequenceSpan;
use inferno_types::{RequestId, TokenId};

use crate::{Request, Timings, TopLogprobs, Usage, blocks::Lease, sampler::Sampler, text::TextStream};

/// An accepted request.
#[derive(Debug)]
pub(crate) struct Sequence {
    pub(crate) id: RequestId,
    pub(crate) prompt: Vec<TokenId>,
    /// The most tokens it generates, at least one.
    pub(crate) limit: u32,
    /// KV blocks that are enough until `limit`.
    pub(crate) blocks: u32,
    pub(crate) sampler: Sampler,
    pub(crate) text: TextStream,
    pub(crate) logprobs: Option<TopLogprobs>,
    pub(crate) ignore_end: bool,
    pub(crate) submitted: Instant,
}

impl Sequence {
    pub(crate) fn new(id: RequestId, request: Request, limit: u32, blocks: u32, submitted: Instant) -> Self {
        let Request { prompt, max_tokens: _, sampling, stop, logprobs, ignore_end, .. } = request;
        let sampler = Sampler::new(sampling, &prompt);
        Self {
            id,
            sampler,
            prompt,
            limit,
            blocks,
            text: TextStream::new(stop),
            logprobs,
            ignore_end,
            submitted,
        }
    }

    pub(crate) fn prompt_len(&self) -> u32 {
        self.prompt.len() as u32
    }
}

/// An accepted request that has its memory.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) sequence: Sequence,
    pub(crate) lease: Lease,
    pub(crate) queued: Duration,
    pub(crate) phase: Phase,
}

/// How far a running request has come.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    /// `done` tokens of the prompt are in the cache, fewer than all.
    Prefill { done: u32 },
    /// The whole prompt is in the cache, and all generated tokens but the last.
    Decode { generated: u32, last: TokenId, first_at: Instant, last_at: Instant },
}

impl Running {
    pub(crate) fn start(sequence: Sequence, lease: Lease, now: Instant) -> Self {
        let queued = now.saturating_duration_since(sequence.submitted);
        Self { sequence, lease, queued, phase: Phase::Prefill { done: 0 } }
    }

    /// Its next `tokens` tokens as a part of a batch: of the prompt in prefill; in decode there is only one.
    pub(crate) fn span(&self, tokens: u32) -> SequenceSpan {
        let (tokens, past, logits_for) = match self.phase {
            Phase::Prefill { done } => {
                let end = done + tokens;
                let chunk = self.sequence.prompt[done as usize..end as usize].to_vec();
                let complete = end == self.sequence.prompt_len();
                (chunk, done, if complete { vec![tokens - 1] } else { Vec::new() })
            }
            Phase::Decode { generated, last, .. } => {
                (vec![last], self.sequence.prompt_len() + generated - 1, vec![0])
            }
        };
        SequenceSpan { tokens, past, blocks: self.lease.blocks().to_vec(), logits_for }
    }

    /// Notes that `tokens` more tokens are in the cache; whether logits came out, so that a token must be chosen.
    pub(crate) fn advance(&mut self, tokens: u32) -> bool {
        match &mut self.phase {
            Phase::Prefill { done } => {
                *done += tokens;
                *done == self.sequence.prompt_len()
            }
            Phase::Decode { .. } => true,
        }
    }

    /// Notes a chosen token, and says when the one before it came, if there was one.
    pub(crate) fn generate(&mut self, token: TokenId, now: Instant) -> Option<Instant> {
        match &mut self.phase {
            Phase::Prefill { .. } => {
                self.phase = Phase::Decode { generated: 1, last: token, first_at: now, last_at: now };
                None
            }
            Phase::Decode { generated, last, last_at, .. } => {
                *generated += 1;
                *last = token;
                Some(std::mem::replace(last_at, now))
            }
        }
    }

    pub(crate) fn generated(&self) -> u32 {
        match self.phase {
            Phase::Prefill { .. } => 0,
            Phase::Decode { generated, .. } => generated,
        }
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage { prompt_tokens: self.sequence.prompt_len(), completion_tokens: self.generated() }
    }

    /// Its times if it ends `now`.
    pub(crate) fn timings(&self, now: Instant) -> Timings {
        let since = |then: Instant| then.saturating_duration_since(self.sequence.submitted);
        let first_at = match self.phase {
            Phase::Prefill { .. } => now,
            Phase::Decode { first_at, .. } => first_at,
        };
        Timings { queued: self.queued, first_token: since(first_at), total: since(now) }
    }
}
