//! Running a graph both ways.

use std::sync::Arc;

use inferno_graph::{
    DType, Graph,
    interpret::{Past, Sequence, evaluate},
    test_support::MapWeights,
};
use inferno_types::TokenId;

use super::{EXACT, QUANTIZED};
use crate::{Backend, Batch, BlockId, Executor, KvLayout, KvType, Phases, SequenceSpan};

/// A cache with an odd block length, whose blocks are handed out of order.
pub(super) const LAYOUT: KvLayout = KvLayout { block_len: 5, blocks: 64, kind: KvType::F32 };

/// Tokens without a pattern.
pub(super) fn tokens(seed: u32, len: u32, vocabulary: u32) -> Vec<TokenId> {
    (0..len).map(|i| TokenId((i + seed).wrapping_mul(2_654_435_761) % 9_973 % vocabulary)).collect()
}

/// The same with the cache in binary16.
pub(super) const HALVES: KvLayout = KvLayout { kind: KvType::F16, ..LAYOUT };

/// Every kind of cache.
pub(super) const CACHES: [KvLayout; 4] =
    [LAYOUT, HALVES, KvLayout { kind: KvType::Bf16, ..LAYOUT }, KvLayout { kind: KvType::Q8_0, ..LAYOUT }];

/// A model under test.
pub(super) struct Subject {
    pub(super) graph: Graph,
    pub(super) weights: Arc<MapWeights>,
    pub(super) name: String,
}

impl Subject {
    pub(super) fn new(name: impl Into<String>, (graph, weights): (Graph, MapWeights)) -> Self {
        Self { graph, weights: Arc::new(weights), name: name.into() }
    }

    pub(super) fn executor(&self, backend: &dyn Backend, kv: KvLayout) -> Box<dyn Executor> {
        let weights = Arc::clone(&self.weights);
        backend.prepare(&self.graph, weights, kv).unwrap_or_else(|e| panic!("{}: {e}", self.name))
    }

    /// The interpreter's logits for every token of one sequence.
    pub(super) fn reference(&self, tokens: &[TokenId]) -> Vec<f32> {
        let sequence = Sequence::new(tokens.iter().map(|t| t.0), Past::Empty);
        let found = evaluate(&self.graph, &*self.weights, &[sequence]);
        found.unwrap_or_else(|e| panic!("{}: {e}", self.name)).logits.as_slice().to_vec()
    }

    /// The backend's logits for every token of one sequence, fed in chunks of these lengths.
    pub(super) fn run(&self, backend: &dyn Backend, tokens: &[TokenId], chunks: &[usize]) -> Vec<f32> {
        self.run_in(LAYOUT, backend, (tokens, 0), chunks)
    }

    /// The same with a cache of this layout, as long in its blocks as [`LAYOUT`], and of tokens whose first `prompt` are of a
    /// prompt.
    pub(super) fn run_in(
        &self,
        layout: KvLayout,
        backend: &dyn Backend,
        (tokens, prompt): (&[TokenId], usize),
        chunks: &[usize],
    ) -> Vec<f32> {
        let mut executor = self.executor(backend, layout);
        let (mut past, mut all) = (0, Vec::new());
        for len in chunks {
            let span = in_phases(span(&tokens[past..past + len], past as u32, 0), prompt);
            all.extend(self.execute(&mut *executor, vec![span]));
            past += len;
        }
        assert_eq!(past, tokens.len(), "the chunks are the whole sequence");
        all
    }

    pub(super) fn execute(&self, executor: &mut dyn Executor, spans: Vec<SequenceSpan>) -> Vec<f32> {
        let vocabulary = self.graph.vocabulary() as usize;
        let batch = Batch::new(spans, executor.kv_layout(), self.graph.context_length(), vocabulary);
        let mut logits = vec![f32::NAN; 3];
        let done = batch.and_then(|batch| executor.execute(&batch, &mut logits));
        done.unwrap_or_else(|e| panic!("{}: {e}", self.name));
        logits
    }

    /// Compares the backend with the interpreter on one sequence, whole and in chunks.
    pub(super) fn check(&self, backend: &dyn Backend, dtype: DType) {
        let tokens = tokens(1, 23, self.graph.vocabulary());
        let reference = self.reference(&tokens);
        for prompt in [0, 17, 23] {
            let whole = self.run_in(LAYOUT, backend, (&tokens, prompt), &[23]);
            let rounded = self.executor(backend, LAYOUT).phases() == Phases::Apart && prompt > 0;
            assert_close(&self.name, dtype, rounded, &whole, &reference);
            for chunks in [&[1; 23][..], &[9, 14], &[16, 1, 1, 5]] {
                let found = self.run_in(LAYOUT, backend, (&tokens, prompt), chunks);
                assert!(
                    found == whole,
                    "{}: chunks {chunks:?} give other logits than one, of which {prompt} are a prompt",
                    self.name
                );
            }
        }
    }
}

/// The same span of a text that begins with `prompt` tokens of a prompt.
pub(super) fn in_phases(span: SequenceSpan, prompt: usize) -> SequenceSpan {
    let prompt = (prompt as u32).saturating_sub(span.past).min(span.tokens.len() as u32);
    SequenceSpan { prompt, ..span }
}

/// A span that wants logits for all its tokens, in blocks that only sequence `lane` uses.
pub(super) fn span(tokens: &[TokenId], past: u32, lane: u32) -> SequenceSpan {
    let blocks = LAYOUT.blocks_for(past + tokens.len() as u32);
    SequenceSpan {
        tokens: tokens.to_vec(),
        prompt: 0,
        past,
        // 16 blocks per lane, scattered over the cache and not ascending.
        blocks: (0..blocks).map(|i| BlockId((lane * 16 + i * 7 % 16) * 11 % LAYOUT.blocks)).collect(),
        logits_for: (0..tokens.len() as u32).collect(),
    }
}

/// Holds logits against the reference's; `rounded` ones may be off as far as quantized ones.
pub(super) fn assert_close(name: &str, dtype: DType, rounded: bool, found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len(), "{name}: as many logits as the interpreter's");
    let mean = |values: &mut dyn Iterator<Item = f32>| (values.sum::<f32>() / wanted.len() as f32).sqrt();
    let size = mean(&mut wanted.iter().map(|w| w * w));
    let errors = || found.iter().zip(wanted).map(|(f, w)| (f - w) / size);
    assert!(size > 0.0 && errors().all(f32::is_finite), "{name}: logits are numbers");
    let (error, limit) = match dtype {
        DType::F32 | DType::F16 | DType::Bf16 if !rounded => {
            (errors().fold(0.0, |a, e| e.abs().max(a)), EXACT)
        }
        _ => (mean(&mut errors().map(|e| e * e)), QUANTIZED),
    };
    assert!(error <= limit, "{name}: logits are off by {error}, more than {limit}");
}
