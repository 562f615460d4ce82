//! A batch as the steps read it: flat arrays, checked against what the plan was made for.

use inferno_backend::{BackendError, Batch, BlockId, KvLayout, Phases, SequenceSpan};

/// Refilled for every batch, so that a decode step allocates nothing.
#[derive(Default)]
pub(crate) struct FlatBatch {
    pub(crate) tokens: Vec<u32>,
    pub(crate) positions: Vec<u32>,
    /// Which rows of the tokens logits are wanted for.
    pub(crate) rows: Vec<u32>,
    /// How many rows, the first, are computed as in decode; those behind them as in prefill.
    pub(crate) decode: usize,
    /// The sequence of each token.
    sequence: Vec<u32>,
    /// The sequences that nobody asks for any more.
    forgotten: Vec<bool>,
    blocks: Vec<BlockId>,
    /// Where each sequence's blocks begin.
    first_block: Vec<usize>,
    /// The last batch that wrote to each block.
    written_in: Vec<u64>,
    number: u64,
}

/// What a batch is checked against.
pub(crate) struct Bounds {
    pub(crate) kv: KvLayout,
    pub(crate) context_length: u32,
    /// Rows of the smallest embedding table.
    pub(crate) tokens: usize,
    pub(crate) phases: Phases,
}

impl FlatBatch {
    /// Copies `batch` in.
    ///
    /// # Errors
    /// When it was made for another executor, or two sequences would write to one block.
    pub(crate) fn fill(&mut self, batch: &Batch, bounds: &Bounds) -> Result<(), BackendError> {
        let refuse = |reason: String| Err(BackendError::Batch { reason });
        self.number += 1;
        self.written_in.resize(bounds.kv.blocks as usize, 0);
        self.blocks.clear();
        self.first_block.clear();
        for span in batch.spans() {
            let end = u64::from(span.past) + span.tokens.len() as u64;
            if end > u64::from(bounds.context_length) {
                return refuse(format!("{end} positions exceed the context of {}", bounds.context_length));
            }
            let end = end as u32;
            let needed = bounds.kv.blocks_for(end) as usize;
            let Some(blocks) = span.blocks.get(..needed) else {
                return refuse(format!("{} blocks cannot hold {end} positions", span.blocks.len()));
            };
            if let Some(block) = blocks.iter().find(|b| b.0 >= bounds.kv.blocks) {
                return refuse(format!("block {} lies beyond the cache of {}", block.0, bounds.kv.blocks));
            }
            if let Some(token) = span.tokens.iter().find(|t| t.index() >= bounds.tokens) {
                return refuse(format!("token {token} lies beyond the vocabulary of {}", bounds.tokens));
            }
            for block in &blocks[(span.past / bounds.kv.block_len) as usize..] {
                if std::mem::replace(&mut self.written_in[block.0 as usize], self.number) == self.number {
                    return refuse(format!("block {} would be written twice", block.0));
                }
            }
            self.first_block.push(self.blocks.len());
            self.blocks.extend_from_slice(blocks);
        }
        self.order(batch, bounds.phases);
        self.forgotten.clear();
        self.forgotten.resize(batch.spans().len(), false);
        Ok(())
    }

    /// Goes on without a sequence, if there is one at `span`.
    pub(crate) fn forget(&mut self, span: usize) {
        if let Some(forgotten) = self.forgotten.get_mut(span) {
            *forgotten = true;
        }
    }

    /// Whether nobody asks for the token at `row` any more: its blocks may be another's.
    pub(crate) fn is_forgotten(&self, row: usize) -> bool {
        self.forgotten[self.sequence[row] as usize]
    }

    /// Leaves the logits of those out whom nobody asks for; a row of them is of `vocabulary`.
    pub(crate) fn keep_wanted(&self, logits: &mut Vec<f32>, vocabulary: usize) {
        let mut kept = 0;
        let wanted = (0..self.rows.len()).filter(|i| !self.is_forgotten(self.rows[*i] as usize));
        for i in wanted {
            logits.copy_within(i * vocabulary..(i + 1) * vocabulary, kept * vocabulary);
            kept += 1;
        }
        logits.truncate(kept * vocabulary);
    }

    /// Puts the rows of decode before those of prefill where they are computed differently, so that each kind fills tiles
    /// of its own.
    fn order(&mut self, batch: &Batch, phases: Phases) {
        for list in [&mut self.tokens, &mut self.positions, &mut self.rows, &mut self.sequence] {
            list.clear();
        }
        let prompt = |span: &SequenceSpan| match phases {
            Phases::Alike => 0,
            Phases::Apart => span.prompt as usize,
        };
        let decode: usize = batch.spans().iter().map(|span| span.tokens.len() - prompt(span)).sum();
        let (mut next, mut next_prompt) = (0, decode);
        for span in batch.spans() {
            let prompt = prompt(span);
            // Rows that logits are wanted for keep their order, which is that of the logits.
            self.rows.extend(span.logits_for.iter().map(|token| match *token as usize {
                token if token < prompt => (next_prompt + token) as u32,
                token => (next + token - prompt) as u32,
            }));
            (next, next_prompt) = (next + span.tokens.len() - prompt, next_prompt + prompt);
        }
        let decoded = (0..).zip(batch.spans()).map(|(i, span)| (i, span, prompt(span)..span.tokens.len()));
        let prompts = (0..).zip(batch.spans()).map(|(i, span)| (i, span, 0..prompt(span)));
        for (sequence, span, part) in decoded.chain(prompts) {
            self.sequence.extend(std::iter::repeat_n(sequence, part.len()));
            self.positions.extend(part.clone().map(|at| span.past + at as u32));
            self.tokens.extend(span.tokens[part].iter().map(|t| t.0));
        }
        self.decode = decode;
    }

    /// The cache's block with number `index` in the sequence of token row `row`.
    pub(crate) fn block(&self, row: usize, index: usize) -> usize {
        self.blocks[self.first_block[self.sequence[row] as usize] + index].0 as usize
    }

    /// Whether two token rows belong to one sequence, and are computed in one way.
    pub(crate) fn alike(&self, a: usize, b: usize) -> bool {
        self.sequence[a] == self.sequence[b] && (a < self.decode) == (b < self.decode)
    }
}
