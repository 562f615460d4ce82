//! The unit of work: tokens of several sequences, prefill and decode mixed.

use inferno_types::TokenId;

use crate::{BackendError, BlockId, KvLayout};

/// The part of a batch that belongs to one sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceSpan {
    /// Its tokens, at least one: a prompt's chunk in prefill, one in decode.
    pub tokens: Vec<TokenId>,
    /// How many of them, from the first, belong to a prompt. The others were generated, and are computed as in decode
    /// however many there are; see [`Phases`].
    pub prompt: u32,
    /// Positions already in the cache; the first token gets this position.
    pub past: u32,
    /// The sequence's blocks in order, enough for `past + tokens.len()` positions. Position `p` is row
    /// `p % block_len` of block `blocks[p / block_len]`.
    pub blocks: Vec<BlockId>,
    /// Which of `tokens` logits are wanted for, ascending; often the last one, or none in mid-prompt.
    pub logits_for: Vec<u32>,
}

/// Whether tokens of a prompt are computed as generated ones are.
///
/// Prompts are read many tokens at a time, and devices have instructions for that which one token at a time would not pay
/// for. In either phase, what is computed for a token depends, to the bit, on nothing but the tokens before it and the phase of
/// each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phases {
    /// Prefill and decode are one arithmetic: a token has the same keys and values in either.
    #[default]
    Alike,
    /// They differ by rounding: what was computed in one phase does not stand for the other.
    Apart,
}

/// A checked batch: non-empty, and every span has the blocks its positions need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    spans: Vec<SequenceSpan>,
    rows: Vec<u32>,
    tokens: usize,
}

impl Batch {
    /// Checks spans against a cache layout, a context length and a vocabulary.
    ///
    /// # Errors
    /// [`BackendError::Batch`] with the first thing that does not fit.
    pub fn new(
        spans: Vec<SequenceSpan>,
        layout: KvLayout,
        context_length: u32,
        vocabulary: usize,
    ) -> Result<Self, BackendError> {
        let refuse = |reason| Err(BackendError::Batch { reason });
        let (mut rows, mut tokens) = (Vec::new(), 0_usize);
        for span in &spans {
            let len = span.tokens.len();
            if len == 0 {
                return refuse("a sequence has no tokens".to_owned());
            }
            if let Some(token) = span.tokens.iter().find(|t| t.index() >= vocabulary) {
                return refuse(format!("token {token} lies beyond the vocabulary of {vocabulary}"));
            }
            if span.prompt as usize > len {
                return refuse(format!("{} tokens of {len} cannot belong to a prompt", span.prompt));
            }
            let end = u64::from(span.past) + len as u64;
            if end > u64::from(context_length) {
                return refuse(format!("{end} positions exceed the context of {context_length}"));
            }
            if (span.blocks.len() as u64) < end.div_ceil(u64::from(layout.block_len)) {
                return refuse(format!("{} blocks cannot hold {end} positions", span.blocks.len()));
            }
            if let Some(block) = span.blocks.iter().find(|b| b.0 >= layout.blocks) {
                return refuse(format!("block {} lies beyond the cache of {}", block.0, layout.blocks));
            }
            let ascending = span.logits_for.windows(2).all(|w| w[0] < w[1]);
            if !ascending || span.logits_for.last().is_some_and(|r| *r as usize >= len) {
                return refuse("logits are wanted for tokens that are not there".to_owned());
            }
            rows.extend(span.logits_for.iter().map(|r| tokens as u32 + r));
            tokens += len;
        }
        if tokens == 0 {
            return refuse("it has no sequence".to_owned());
        }
        Ok(Self { spans, rows, tokens })
    }

    /// The sequences in order.
    pub fn spans(&self) -> &[SequenceSpan] {
        &self.spans
    }

    /// Rows of the concatenated tokens that logits are wanted for, in the order of the spans.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// `T`: all tokens of all spans.
    pub fn token_count(&self) -> usize {
        self.tokens
    }
}
