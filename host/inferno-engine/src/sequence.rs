//! One request on its way through the engine.
//!
//! [`Sequence`] is what a request is at any time: its tokens, and all that choosing and writing the next one depends
//! on. [`Running`] adds what it has only while it runs. So a waiting request has no blocks, by type, and one that is
//! preempted keeps everything but its blocks, so that nobody can tell from its answer.

use std::time::{Duration, Instant};

use inferno_backend::{Phases, SequenceSpan};
use inferno_types::{RequestId, TokenId};

use crate::{
    Priority, Request, Timings, TopLogprobs, Usage, blocks::Table, sampler::Sampler, text::TextStream,
};

/// An accepted request.
#[derive(Debug)]
pub(crate) struct Sequence {
    pub(crate) id: RequestId,
    pub(crate) priority: Priority,
    pub(crate) deadline: Option<Instant>,
    /// Prompt and answer.
    tokens: Vec<TokenId>,
    prompt_len: u32,
    /// The most tokens it generates, at least one.
    pub(crate) limit: u32,
    pub(crate) sampler: Sampler,
    pub(crate) text: TextStream,
    pub(crate) logprobs: Option<TopLogprobs>,
    pub(crate) ignore_end: bool,
    submitted: Instant,
    /// How long it waited before it first ran.
    queued: Option<Duration>,
    /// When its first token came, and its last so far.
    spoken: Option<(Instant, Instant)>,
}

impl Sequence {
    pub(crate) fn new(id: RequestId, request: Request, limit: u32, submitted: Instant) -> Self {
        let Request { prompt, max_tokens: _, sampling, stop, logprobs, ignore_end, priority, deadline } =
            request;
        Self {
            id,
            priority,
            deadline,
            prompt_len: prompt.len() as u32,
            sampler: Sampler::new(sampling, &prompt),
            tokens: prompt,
            limit,
            text: TextStream::new(stop),
            logprobs,
            ignore_end,
            submitted,
            queued: None,
            spoken: None,
        }
    }

    /// Prompt and answer so far.
    pub(crate) fn tokens(&self) -> &[TokenId] {
        &self.tokens
    }

    pub(crate) fn len(&self) -> u32 {
        self.tokens.len() as u32
    }

    pub(crate) fn prompt_len(&self) -> u32 {
        self.prompt_len
    }

    /// How many of its tokens, from the first, others may read what is computed of, and it what others computed.
    pub(crate) fn shareable(&self, phases: Phases) -> u32 {
        match phases {
            Phases::Alike => self.len(),
            // A token that this request generated is of a prompt to another.
            Phases::Apart => self.prompt_len,
        }
    }

    pub(crate) fn generated(&self) -> u32 {
        self.len() - self.prompt_len
    }

    /// Notes that it runs; how long it waited, if this is the first time.
    pub(crate) fn start(&mut self, now: Instant) -> Option<Duration> {
        if self.queued.is_some() {
            return None;
        }
        self.queued = Some(now.saturating_duration_since(self.submitted));
        self.queued
    }

    /// Notes a chosen token, and says when the one before it came, if there was one.
    pub(crate) fn generate(&mut self, token: TokenId, now: Instant) -> Option<Instant> {
        self.tokens.push(token);
        let before = self.spoken;
        self.spoken = Some((before.map_or(now, |(first, _)| first), now));
        before.map(|(_, last)| last)
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage { prompt_tokens: self.prompt_len, completion_tokens: self.generated() }
    }

    /// Its times if it ends `now`.
    pub(crate) fn timings(&self, now: Instant) -> Timings {
        let since = |then: Instant| then.saturating_duration_since(self.submitted);
        let total = since(now);
        let first_token = self.spoken.map_or(total, |(first, _)| since(first));
        Timings { queued: self.queued.unwrap_or(total), first_token, total }
    }
}

/// An accepted request that has memory for all its tokens.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) sequence: Box<Sequence>,
    pub(crate) table: Table,
    /// How many of its tokens are in the cache; always fewer than all.
    pub(crate) computed: u32,
    /// How many more are being read.
    pub(crate) reading: u32,
    /// How many were there when it started.
    pub(crate) reused: u32,
    /// Its place among those that run: the lower one keeps its memory.
    pub(crate) place: Place,
}

/// Who keeps memory, and reads its prompt, before others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) rank: Rank,
    /// The how-manieth to start for the first time.
    pub(crate) started: u64,
}

/// Who goes first, the lower one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// Waited while as many others went first as may.
    Aged,
    /// By its priority.
    Class(Priority),
}

/// What a running request wants of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Its next token.
    Decode,
    /// To have this many tokens read before the next can be chosen: its prompt, and what a preemption cost.
    Prefill { left: u32 },
}

impl Running {
    pub(crate) fn demand(&self) -> Demand {
        match self.sequence.len() - self.computed {
            1 if self.sequence.generated() > 0 => Demand::Decode,
            left => Demand::Prefill { left },
        }
    }

    /// Whether a token is to be chosen after its next `tokens` tokens.
    pub(crate) fn speaks_after(&self, tokens: u32) -> bool {
        self.computed + tokens == self.sequence.len()
    }

    /// Its next `tokens` tokens as a part of a batch.
    pub(crate) fn span(&self, tokens: u32) -> SequenceSpan {
        let end = self.computed + tokens;
        SequenceSpan {
            tokens: self.sequence.tokens[self.computed as usize..end as usize].to_vec(),
            prompt: self.sequence.prompt_len.clamp(self.computed, end) - self.computed,
            past: self.computed,
            blocks: self.table.ids().to_vec(),
            logits_for: if self.speaks_after(tokens) { vec![tokens - 1] } else { Vec::new() },
        }
    }
}
