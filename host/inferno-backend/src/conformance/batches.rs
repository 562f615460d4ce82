//! Batches: sequences at different pasts together, rows that are not wanted, batches that must be refused.

use std::{sync::Arc, time::Duration};

use inferno_graph::{
    DType,
    test_support::{MapWeights, TinyLlama},
};
use inferno_types::TokenId;

use super::{
    HALF_CACHE,
    harness::{CACHES, LAYOUT, Subject, in_phases, span, tokens},
};
use crate::{Backend, BackendError, Batch, BlockId, KvLayout, KvType, Progress, SequenceSpan};

/// Checks that a batch computes for each sequence, to the bit, what it computes alone; and what is refused.
///
/// # Panics
/// With what is wrong.
pub fn check_batches(backend: &dyn Backend) {
    for dtype in [DType::F32, DType::F16, DType::Q4_1, DType::Q8_0, DType::Q6K] {
        for layout in CACHES {
            together_as_alone(backend, dtype, layout, [0; 3]);
            together_as_alone(backend, dtype, layout, [5, 14, 20]);
        }
    }
    narrow_caches_are_close(backend);
    CACHES.into_iter().for_each(|layout| {
        bit_by_bit(backend, layout);
        forgotten(backend, layout);
    });
    copies_and_shared_blocks(backend);
    refusals(backend);
}

/// Of each of three texts, so many tokens are of a prompt.
fn together_as_alone(backend: &dyn Backend, dtype: DType, layout: KvLayout, prompts: [usize; 3]) {
    let model = TinyLlama { window: Some(17), ..TinyLlama::of(dtype) };
    let subject = Subject::new(format!("a batch, {dtype}, cache in {}", layout.kind), model.build());
    let texts: Vec<Vec<TokenId>> =
        [(1, 12), (2, 31), (3, 20)].map(|(seed, len)| tokens(seed, len, model.vocabulary)).into();
    let alone: Vec<Vec<f32>> = texts
        .iter()
        .zip(prompts)
        .map(|(text, prompt)| subject.run_in(layout, backend, (text, prompt), &[text.len()]))
        .collect();
    let vocabulary = model.vocabulary as usize;
    let mut executor = subject.executor(backend, layout);
    // What each sequence feeds in each round; zero is to stand aside.
    let rounds = [[4, 0, 20], [1, 13, 0], [0, 17, 0], [7, 1, 0]];
    let mut past = [0; 3];
    for round in rounds {
        let mut spans = Vec::new();
        let mut wanted = Vec::new();
        for (lane, len) in round.into_iter().enumerate().filter(|(_, len)| *len > 0) {
            let at = past[lane];
            let mut span = in_phases(span(&texts[lane][at..at + len], at as u32, lane as u32), prompts[lane]);
            // Only some of the rows: the last, and the first where there are others.
            span.logits_for.retain(|r| *r as usize == len - 1 || (*r == 0 && lane != 1));
            for row in &span.logits_for {
                wanted.extend(&alone[lane][(at + *row as usize) * vocabulary..][..vocabulary]);
            }
            spans.push(span);
            past[lane] += len;
        }
        let found = subject.execute(&mut *executor, spans);
        assert!(found == wanted, "{}: a sequence is computed otherwise in company", subject.name);
    }
    // No logits at all, as in the middle of a prompt.
    let mut silent = span(&texts[0][..3], 0, 0);
    silent.logits_for.clear();
    assert!(subject.execute(&mut *executor, vec![silent]).is_empty());
}

/// A batch that is computed bit by bit, with others in between, has the logits that it has when it is computed at once,
/// whether or not another was begun before and given up.
fn bit_by_bit(backend: &dyn Backend, layout: KvLayout) {
    let model = TinyLlama::default();
    let subject = Subject::new(format!("bit by bit, cache in {}", layout.kind), model.build());
    let texts = [(1, 31), (2, 20), (3, 7)].map(|(seed, len)| tokens(seed, len, model.vocabulary));
    let alone =
        texts.each_ref().map(|text| subject.run_in(layout, backend, (text, text.len()), &[text.len()]));
    let mut executor = subject.executor(backend, layout);
    let mut logits = vec![f32::NAN; 3];
    let early = executor.advance(Duration::MAX, &mut logits);
    assert!(matches!(early, Err(BackendError::Batch { .. })), "nothing was begun, but {early:?}");
    let batch = |lanes: &[usize]| {
        let span = |lane: &usize| in_phases(span(&texts[*lane], 0, *lane as u32), texts[*lane].len());
        let spans = lanes.iter().map(span).collect();
        Batch::new(spans, layout, 128, model.vocabulary as usize).expect("it is well formed")
    };
    executor.begin(&batch(&[1, 2])).expect("it fits");
    let _ = executor.advance(Duration::ZERO, &mut logits).expect("the device works");
    executor.begin(&batch(&[0, 1])).expect("what was begun is given up");
    let (mut calls, mut part) = (0, 0.0);
    while let Progress::Begun(more) =
        executor.advance(Duration::from_nanos(calls % 3), &mut logits).expect("the device works")
    {
        assert!(more >= part && more < 1.0, "{more} after {part}");
        (calls, part) = (calls + 1, more);
        let mut other = Vec::new();
        executor.execute(&batch(&[2]), &mut other).expect("it fits");
        assert!(other == alone[2], "{}: what is executed in between is computed otherwise", subject.name);
    }
    assert!(logits == alone[..2].concat(), "{}: a batch is computed otherwise", subject.name);
    let again = executor.advance(Duration::MAX, &mut logits);
    assert!(matches!(again, Err(BackendError::Batch { .. })), "it is done, but {again:?}");
}

/// Of three texts that are begun, one is forgotten, and its blocks are another's from then on: the others have the logits that
/// they have alone, and what is written to those blocks stays there.
fn forgotten(backend: &dyn Backend, layout: KvLayout) {
    let model = TinyLlama::default();
    let subject = Subject::new(format!("forgotten, cache in {}", layout.kind), model.build());
    let [first, given_up, last, other] =
        [(1, 31), (2, 20), (3, 7), (4, 21)].map(|(seed, len)| tokens(seed, len, model.vocabulary));
    let alone = |text: &[TokenId]| subject.run_in(layout, backend, (text, text.len()), &[text.len()]);
    let whole = |text: &[TokenId], lane| in_phases(span(text, 0, lane), text.len());
    let mut executor = subject.executor(backend, layout);
    let spans = vec![whole(&first, 0), whole(&given_up, 1), whole(&last, 2)];
    let batch = Batch::new(spans, layout, 128, model.vocabulary as usize).expect("it is well formed");
    executor.begin(&batch).expect("it fits");
    let mut logits = Vec::new();
    let _ = executor.advance(Duration::ZERO, &mut logits).expect("the device works");
    executor.forget(1);
    executor.forget(3);
    let (begin, end) = other.split_at(20);
    subject.execute(&mut *executor, vec![whole(begin, 1)]);
    while executor.advance(Duration::ZERO, &mut logits).expect("the device works") != Progress::Done {}
    assert!(logits == [alone(&first), alone(&last)].concat(), "{}: the others", subject.name);
    let found = subject.execute(&mut *executor, vec![in_phases(span(end, 20, 1), other.len())]);
    assert!(alone(&other).ends_with(&found), "{}: what came after", subject.name);
}

/// Keys and values in binary16 move logits by no more than [`HALF_CACHE`], and others by their coarser steps; in small odd blocks
/// and in such as kernels are made for. In those too, chunks change nothing.
fn narrow_caches_are_close(backend: &dyn Backend) {
    let odd = TinyLlama::default();
    let even = TinyLlama { head_dim: 64, ..TinyLlama::default() };
    for (model, block_len) in [(odd, LAYOUT.block_len), (even, 16)] {
        let text = tokens(1, 31, model.vocabulary);
        let subject = Subject::new("a narrow cache", model.build());
        let wanted = subject.reference(&text);
        let size = (wanted.iter().map(|w| w * w).sum::<f32>() / wanted.len() as f32).sqrt();
        // bfloat16 has three bits less; a byte has four less than the largest of its 32.
        for (layout, most) in CACHES[1..].iter().zip([HALF_CACHE, 8.0 * HALF_CACHE, 16.0 * HALF_CACHE]) {
            let layout = KvLayout { block_len, ..*layout };
            let found = subject.run_in(layout, backend, (&text, 0), &[31]);
            let error =
                found.iter().zip(&wanted).fold(0_f32, |error, (f, w)| error.max((f - w).abs() / size));
            assert!(error <= most, "cache in {}: logits are off by {error}", layout.kind);
            for prompt in [0, 20] {
                let whole = subject.run_in(layout, backend, (&text, prompt), &[31]);
                let found = subject.run_in(layout, backend, (&text, prompt), &[7, 1, 12, 1, 10]);
                assert!(found == whole, "cache in {}: chunks give other logits", layout.kind);
            }
        }
    }
}

/// Two sequences that read one block, and one that goes on in a copy of another's, compute what they would alone.
fn copies_and_shared_blocks(backend: &dyn Backend) {
    for layout in CACHES {
        let model = TinyLlama::default();
        let subject = Subject::new(format!("shared blocks, cache in {}", layout.kind), model.build());
        let begin = tokens(1, 7, model.vocabulary);
        let texts = [2, 3].map(|seed| [&begin[..], &tokens(seed, 4, model.vocabulary)].concat());
        let alone = texts.each_ref().map(|text| subject.run_in(layout, backend, (text, 0), &[text.len()]));
        let mut executor = subject.executor(backend, layout);
        let on = |tokens: &[TokenId], past: u32, blocks: &[u32]| SequenceSpan {
            tokens: tokens.to_vec(),
            prompt: 0,
            past,
            blocks: blocks.iter().copied().map(BlockId).collect(),
            logits_for: (0..tokens.len() as u32).collect(),
        };
        subject.execute(&mut *executor, vec![on(&begin, 0, &[9, 4])]);
        // The first block of five is full and read by both; the second is begun, so one gets a copy.
        executor.copy_block(BlockId(4), BlockId(20)).expect("both blocks exist");
        let spans = vec![on(&texts[0][7..], 7, &[9, 4, 30]), on(&texts[1][7..], 7, &[9, 20, 31])];
        let found = subject.execute(&mut *executor, spans);
        let tail = |logits: &Vec<f32>| logits[7 * model.vocabulary as usize..].to_vec();
        assert!(found == alone.each_ref().map(tail).concat(), "{}", subject.name);
        let beyond = executor.copy_block(BlockId(0), BlockId(layout.blocks));
        assert!(matches!(beyond, Err(BackendError::Batch { .. })), "{beyond:?}");
    }
}

fn refusals(backend: &dyn Backend) {
    let (graph, weights) = TinyLlama::default().build();
    let vocabulary = graph.vocabulary() as usize;
    let weights = Arc::new(weights);
    let mut executor = backend.prepare(&graph, weights.clone(), LAYOUT).expect("the model is well formed");
    assert_eq!((executor.kv_layout(), executor.vocabulary()), (LAYOUT, vocabulary));
    assert_eq!(executor.context_length(), graph.context_length());
    let mut refuse = |spans, layout, context, vocabulary| {
        let batch = Batch::new(spans, layout, context, vocabulary).expect("it fits the other executor");
        let refused = executor.execute(&batch, &mut Vec::new());
        assert!(matches!(refused, Err(BackendError::Batch { .. })), "{refused:?}");
    };
    let text = tokens(1, 4, vocabulary as u32);
    let wider = KvLayout { block_len: 5, blocks: 1_000, kind: KvType::F32 };
    let mut beyond = span(&text, 0, 0);
    beyond.blocks = vec![BlockId(64)];
    refuse(vec![beyond], wider, 128, vocabulary);
    let mut coarse = span(&text, 8, 0);
    coarse.blocks.truncate(1);
    refuse(vec![coarse], KvLayout { block_len: 50, blocks: 64, kind: KvType::F32 }, 128, vocabulary);
    let mut far = span(&text, 200, 0);
    far.blocks = (0..50).map(BlockId).collect();
    refuse(vec![far], LAYOUT, 1_000, vocabulary);
    refuse(vec![span(&[TokenId(vocabulary as u32)], 0, 0)], LAYOUT, 128, vocabulary + 1);
    refuse(vec![span(&text, 0, 0), span(&text, 0, 0)], LAYOUT, 128, vocabulary);

    let huge = KvLayout { block_len: u32::MAX, blocks: u32::MAX, kind: KvType::F32 };
    let refused = backend.prepare(&graph, weights, huge).err();
    assert!(matches!(refused, Some(BackendError::OutOfMemory { .. })), "{refused:?}");
    let refused = backend.prepare(&graph, Arc::new(MapWeights::default()), LAYOUT).err();
    assert!(matches!(refused, Some(BackendError::Weight { .. })), "{refused:?}");
}
