//! An executor and a vocabulary without a model, for tests of everything above a backend.
//!
//! [`FakeExecutor`] implements the production trait and stores tokens where a real one stores keys and values, each
//! with a hash of all tokens before it, and of the phase of each if these are apart: what a real one stores depends on
//! them too. Its logits are that hash, and
//! it reads every row back through the block table first. So a block that was written while others read it, shared
//! by those whose beginnings differ, freed too early or read beyond what was written fails the batch.

use std::time::Duration;

use inferno_backend::{
    BackendError, Batch, BlockId, Executor, KvLayout, KvType, Phases, Progress, SequenceSpan,
};
use inferno_types::TokenId;

use crate::Vocabulary;

/// What may happen in a step instead of, or after, honest logits: gets the number of the step, from 0, and the
/// logits; may change them, block, fail or panic.
pub type Hook = Box<dyn FnMut(u64, &mut Vec<f32>) -> Result<(), BackendError> + Send>;

/// What stands for the keys and values of one position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    position: u32,
    token: TokenId,
    /// Whether it was computed otherwise than a generated one.
    prefill: bool,
    /// A hash of all tokens up to this one.
    history: u64,
}

impl Row {
    fn after(history: u64, position: u32, token: TokenId, prefill: bool) -> Self {
        let this = u64::from(token.0) << 32 ^ u64::from(position) ^ u64::from(prefill) << 63;
        Self { position, token, prefill, history: mix(history ^ this) }
    }
}

/// A batch that is computed bit by bit.
struct Begun {
    batch: Batch,
    /// Parts that are done.
    done: u32,
    /// Of each span, whether it is still wanted.
    wanted: Vec<bool>,
    /// Blocks of its that were written by another meanwhile.
    spoiled: Vec<BlockId>,
}

impl Begun {
    /// Its spans that are still wanted.
    fn spans(&self) -> impl Iterator<Item = &SequenceSpan> {
        self.batch.spans().iter().zip(&self.wanted).filter(|(_, wanted)| **wanted).map(|(span, _)| span)
    }
}

/// A deterministic executor over a paged cache of tokens.
pub struct FakeExecutor {
    layout: KvLayout,
    context_length: u32,
    /// What each row of the cache was last written with.
    cache: Vec<Option<Row>>,
    phases: Phases,
    /// In how many calls a batch is computed that was begun.
    parts: u32,
    begun: Option<Begun>,
    steps: u64,
    hook: Hook,
}

impl FakeExecutor {
    /// An executor that never fails, for [`FakeVocabulary`].
    pub fn new(layout: KvLayout, context_length: u32) -> Self {
        let rows = layout.block_len as usize * layout.blocks as usize;
        let (cache, hook) = (vec![None; rows], Box::new(|_, _: &mut Vec<f32>| Ok(())));
        Self { layout, context_length, cache, phases: Phases::Alike, parts: 1, begun: None, steps: 0, hook }
    }

    /// An executor with room for a few short sequences.
    pub fn small() -> Self {
        Self::new(KvLayout { block_len: 16, blocks: 8, kind: KvType::F16 }, 128)
    }

    /// The same executor with phases of its own.
    #[must_use]
    pub fn with_phases(self, phases: Phases) -> Self {
        Self { phases, ..self }
    }

    /// The same executor that computes what is begun in so many calls, whatever time it is given.
    #[must_use]
    pub fn with_parts(self, parts: u32) -> Self {
        Self { parts, ..self }
    }

    /// The same executor with `hook` called after each batch.
    #[must_use]
    pub fn with_hook(
        mut self,
        hook: impl FnMut(u64, &mut Vec<f32>) -> Result<(), BackendError> + Send + 'static,
    ) -> Self {
        self.hook = Box::new(hook);
        self
    }

    fn row(&self, span: &SequenceSpan, position: u32) -> usize {
        let block = span.blocks[(position / self.layout.block_len) as usize];
        (block.0 * self.layout.block_len + position % self.layout.block_len) as usize
    }

    /// A hash of all tokens before `end`, as the cache has them.
    fn read(&self, span: &SequenceSpan, end: u32) -> Result<u64, BackendError> {
        (0..end).try_fold(0, |history, position| match self.cache[self.row(span, position)] {
            Some(row) if row == Row::after(history, position, row.token, row.prefill) => Ok(row.history),
            other => Err(BackendError::Device {
                detail: format!(
                    "position {position} holds {other:?}, which does not follow what is before it"
                ),
            }),
        })
    }

    /// The blocks that a span is written to.
    fn written<'a>(&self, span: &'a SequenceSpan) -> &'a [BlockId] {
        let needed = self.layout.blocks_for(span.past + span.tokens.len() as u32) as usize;
        &span.blocks[(span.past / self.layout.block_len) as usize..needed]
    }

    /// Whether every block that one sequence writes is named by no other.
    fn check_writes(&self, batch: &Batch) -> Result<(), BackendError> {
        let mut named = vec![0; self.layout.blocks as usize];
        batch.spans().iter().flat_map(|span| &span.blocks).for_each(|block| named[block.0 as usize] += 1);
        let mut written = batch.spans().iter().flat_map(|span| self.written(span));
        match written.find(|block| named[block.0 as usize] != 1) {
            Some(block) => {
                Err(BackendError::Batch { reason: format!("{block:?} is written, and named twice") })
            }
            None => Ok(()),
        }
    }

    /// Takes note that a block is written by another batch than the one that was begun.
    fn spoil(&mut self, block: BlockId) {
        if let Some(begun) = &mut self.begun {
            begun.spoiled.push(block);
        }
    }

    /// Writes all tokens of some spans and replaces `logits`.
    fn compute<'a>(
        &mut self,
        spans: impl Iterator<Item = &'a SequenceSpan>,
        logits: &mut Vec<f32>,
    ) -> Result<(), BackendError> {
        logits.clear();
        for span in spans {
            let mut history = self.read(span, span.past)?;
            for (index, token) in (0..).zip(&span.tokens) {
                let prefill = self.phases == Phases::Apart && index < span.prompt;
                let written = Row::after(history, span.past + index, *token, prefill);
                let row = self.row(span, written.position);
                self.cache[row] = Some(written);
                history = written.history;
                if span.logits_for.contains(&index) {
                    let logit =
                        |token: u64| (mix(history ^ token) >> 40) as f32 / (1_u64 << 24) as f32 * 8.0 - 4.0;
                    logits.extend((0..self.vocabulary() as u64).map(logit));
                }
            }
        }
        Ok(())
    }

    fn told(&mut self, logits: &mut Vec<f32>) -> Result<(), BackendError> {
        let step = self.steps;
        self.steps += 1;
        (self.hook)(step, logits)
    }
}

impl Executor for FakeExecutor {
    fn kv_layout(&self) -> KvLayout {
        self.layout
    }

    fn context_length(&self) -> u32 {
        self.context_length
    }

    fn vocabulary(&self) -> usize {
        FakeVocabulary::PIECES.len()
    }

    fn phases(&self) -> Phases {
        self.phases
    }

    fn execute(&mut self, batch: &Batch, logits: &mut Vec<f32>) -> Result<(), BackendError> {
        self.check_writes(batch)?;
        let written: Vec<_> = batch.spans().iter().flat_map(|span| self.written(span)).copied().collect();
        written.into_iter().for_each(|block| self.spoil(block));
        self.compute(batch.spans().iter(), logits)?;
        self.told(logits)
    }

    fn begin(&mut self, batch: &Batch) -> Result<(), BackendError> {
        self.begun = None;
        self.check_writes(batch)?;
        let wanted = vec![true; batch.spans().len()];
        self.begun = Some(Begun { batch: batch.clone(), done: 0, wanted, spoiled: Vec::new() });
        Ok(())
    }

    fn advance(&mut self, _: Duration, logits: &mut Vec<f32>) -> Result<Progress, BackendError> {
        let nothing = || BackendError::Batch { reason: "none was begun".to_owned() };
        let mut begun = self.begun.take().ok_or_else(nothing)?;
        let blocks = begun.spans().flat_map(|span| &span.blocks).copied();
        if let Some(block) = { blocks }.find(|block| begun.spoiled.contains(block)) {
            let reason = format!("{block:?} was written by another batch meanwhile");
            return Err(BackendError::Batch { reason });
        }
        // Every part writes, as each layer of a model does.
        self.compute(begun.spans(), logits)?;
        begun.done += 1;
        if begun.done < self.parts {
            let done = Progress::Begun(f64::from(begun.done) / f64::from(self.parts));
            self.begun = Some(begun);
            return Ok(done);
        }
        self.told(logits)?;
        Ok(Progress::Done)
    }

    fn forget(&mut self, span: usize) {
        if let Some(wanted) = self.begun.as_mut().and_then(|begun| begun.wanted.get_mut(span)) {
            *wanted = false;
        }
    }

    fn copy_block(&mut self, from: BlockId, to: BlockId) -> Result<(), BackendError> {
        if let Some(block) = [from, to].into_iter().find(|b| b.0 >= self.layout.blocks) {
            return Err(BackendError::Batch { reason: format!("{block:?} is not in the cache") });
        }
        self.spoil(to);
        let len = self.layout.block_len as usize;
        let first = from.0 as usize * len;
        self.cache.copy_within(first..first + len, to.0 as usize * len);
        Ok(())
    }
}

/// The finalizer of SplitMix64 (Steele et al. 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// A few letters, words and parts of characters.
pub struct FakeVocabulary;

impl FakeVocabulary {
    /// The token that ends an answer.
    pub const END: TokenId = TokenId(0);
    /// The bytes of each token.
    pub const PIECES: [&'static [u8]; 20] = [
        b"<end>",
        b"a",
        b"b",
        b"c",
        b"ab",
        b"bc",
        b" ",
        b"\n",
        b"word",
        b" the",
        b"\xc3",
        b"\xa9",
        b"\xf0\x9f",
        b"\xa6",
        b"\x80",
        b"\xff",
        b"",
        b"abc",
        b".",
        b"E",
    ];
}

impl Vocabulary for FakeVocabulary {
    fn token_bytes(&self, token: TokenId) -> &[u8] {
        Self::PIECES.get(token.index()).copied().unwrap_or_default()
    }

    fn is_end(&self, token: TokenId) -> bool {
        token == Self::END
    }
}
