//! The CPU backend against the reference interpreter, with every instruction set that this machine has.

use std::{
    collections::BTreeSet,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use inferno_backend::{Backend as _, Batch, BlockId, KvLayout, KvType, Progress, SequenceSpan, conformance};
use inferno_backend_cpu::{CpuBackend, Isa};
use inferno_graph::{DType, test_support::TinyLlama};
use inferno_types::TokenId;

#[test]
fn conforms_with_every_instruction_set() {
    for isa in Isa::available() {
        eprintln!("{isa:?}");
        conformance::check_backend(&CpuBackend::with_isa(isa, NonZeroUsize::new(2)));
    }
}

#[test]
fn conforms_on_one_thread_and_on_more_than_there_is_work_for() {
    for threads in [1, 7] {
        let backend = CpuBackend::new(NonZeroUsize::new(threads));
        assert_eq!(backend.target().parallelism, threads as u32);
        conformance::check_batches(&backend);
    }
}

/// Each op that runs has its time, and all times together are those of the batches.
#[test]
fn says_what_its_time_went_to() {
    for threads in [1, 2] {
        let backend = CpuBackend::new(NonZeroUsize::new(threads));
        let (graph, weights) = TinyLlama::of(DType::Q8_0).build();
        let kv = KvLayout { block_len: 16, blocks: 4, kind: KvType::F32 };
        let mut executor = backend.prepare(&graph, Arc::new(weights), kv).expect("a plan");
        let profile = executor.profile().expect("this backend measures");
        assert_eq!(profile.seconds().count(), 0, "nothing ran yet");
        let (mut logits, began) = (Vec::new(), Instant::now());
        for past in 0..40 {
            let blocks = (0..4).map(BlockId).collect();
            let span = SequenceSpan {
                tokens: vec![TokenId(past % 80)],
                prompt: 0,
                past,
                blocks,
                logits_for: vec![0],
            };
            let batch = Batch::new(vec![span], kv, 128, 80).expect("a batch");
            executor.execute(&batch, &mut logits).expect("logits");
        }
        let elapsed = began.elapsed().as_secs_f64();
        let sum: f64 = profile.seconds().map(|(_, seconds)| seconds).sum();
        assert!(sum > 0.0 && sum <= elapsed, "{sum} s of {elapsed} s");
        let found: BTreeSet<&str> = profile.seconds().map(|(kind, _)| kind).collect();
        let mut wanted: BTreeSet<&str> = graph.nodes().iter().map(|node| node.op.name()).collect();
        // The residual stream takes its products where they are written.
        wanted.remove("add");
        wanted.extend(["kv-append", "quantize", "wait"]);
        assert_eq!(found, wanted);
    }
}

/// However early the leading thread leaves off after a barrier, the others pass that barrier and meet it at the next.
#[test]
fn leaving_off_leaves_nobody_behind() {
    let backend = CpuBackend::new(NonZeroUsize::new(3));
    let (graph, weights) = TinyLlama::of(DType::Q8_0).build();
    let kv = KvLayout { block_len: 16, blocks: 4, kind: KvType::F32 };
    let mut executor = backend.prepare(&graph, Arc::new(weights), kv).expect("a plan");
    let tokens: Vec<_> = (0..40).map(TokenId).collect();
    let blocks = (0..4).map(BlockId).collect();
    let span = SequenceSpan { prompt: 40, past: 0, blocks, logits_for: vec![39], tokens };
    let batch = Batch::new(vec![span], kv, 128, 80).expect("a batch");
    let (mut whole, mut logits) = (Vec::new(), Vec::new());
    executor.execute(&batch, &mut whole).expect("logits");
    for round in 0..1_000 {
        executor.begin(&batch).expect("a batch");
        let within = Duration::from_nanos(round * 20);
        while executor.advance(within, &mut logits).expect("logits") != Progress::Done {}
        assert_eq!(logits, whole);
    }
}

/// Of a batch of many rows each thread has some of its own, with answers before them or not, and takes what others leave.
#[test]
fn whose_rows_are_whose_changes_nothing() {
    let kv = KvLayout { block_len: 16, blocks: 56, kind: KvType::F32 };
    let span = |text: u32, past: u32, tokens: u32| SequenceSpan {
        tokens: (past..past + tokens).map(|at| TokenId((at * 7 + text) % 80)).collect(),
        prompt: if past == 0 { tokens } else { 0 },
        past,
        blocks: (text * 7..(text + 1) * 7).map(BlockId).collect(),
        logits_for: vec![tokens - 1],
    };
    let prompts: Vec<_> = (0..4).map(|text| span(text, 0, 100)).collect();
    let mixed: Vec<_> =
        (0..3).map(|text| span(text, 100, 1)).chain((4..8).map(|text| span(text, 0, 99))).collect();
    let batches = [prompts, mixed].map(|spans| Batch::new(spans, kv, 128, 80).expect("a batch"));
    for (isa, dtype) in Isa::available().into_iter().flat_map(|isa| [(isa, DType::Q8_0), (isa, DType::F16)]) {
        let mut alone = None;
        for threads in [1, 2, 3] {
            let backend = CpuBackend::with_isa(isa, NonZeroUsize::new(threads));
            let (graph, weights) = TinyLlama::of(dtype).build();
            let mut executor = backend.prepare(&graph, Arc::new(weights), kv).expect("a plan");
            let mut found = Vec::new();
            for batch in &batches {
                let (mut whole, mut logits) = (Vec::new(), Vec::new());
                executor.execute(batch, &mut whole).expect("logits");
                executor.begin(batch).expect("a batch");
                while executor.advance(Duration::from_micros(20), &mut logits).expect("logits")
                    != Progress::Done
                {}
                assert_eq!(logits, whole, "{isa:?}, {dtype}, {threads} threads");
                found.push(whole);
            }
            assert_eq!(
                *alone.get_or_insert_with(|| found.clone()),
                found,
                "{isa:?}, {dtype}, {threads} threads"
            );
        }
    }
}
