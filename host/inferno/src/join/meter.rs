//! The cost of a graph, measured on the backend that will serve it.
//!
//! Both graphs are prepared at once and take turns, so that what the machine does beside us hits both alike; the
//! order within a turn alternates.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use inferno_backend::{Backend, BackendError, Batch, BlockId, Executor, KvLayout, KvType, SequenceSpan};
use inferno_graph::{
    Graph, WeightSource,
    optimize::{Cost, CostError, CostMeter, Timing},
};
use inferno_types::TokenId;

const KV: KvLayout = KvLayout { block_len: 16, blocks: 16, kind: KvType::F16 };
/// Tokens of the prompt that is timed.
const PREFILL: u32 = 64;
/// Decode steps in one sample, so that a sample is well above the clock's resolution.
const DECODE: u32 = 4;
/// Samples of each.
const DECODE_TURNS: usize = 24;
const PREFILL_TURNS: usize = 8;
/// How often a patch may be found slower before it counts.
const ATTEMPTS: usize = 3;

pub(crate) struct BackendMeter<'a> {
    pub(crate) backend: &'a dyn Backend,
    pub(crate) weights: Arc<dyn WeightSource>,
}

impl CostMeter for BackendMeter<'_> {
    /// A machine that is busy with something else can make any graph look slower for a while, so a loss must show
    /// every time that it is looked for.
    fn measure(&mut self, before: &Graph, after: &Graph) -> Result<Cost, CostError> {
        let mut attempts = 0;
        loop {
            let cost = self.in_turns(before, after).map_err(|error| CostError(Box::new(error)))?;
            attempts += 1;
            if attempts == ATTEMPTS || cost.judge().is_some() {
                return Ok(cost);
            }
        }
    }
}

impl BackendMeter<'_> {
    fn in_turns(&self, before: &Graph, after: &Graph) -> Result<Cost, BackendError> {
        let mut runs = [self.prepare(before)?, self.prepare(after)?];
        let (mut prefill, mut decode) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
        for turn in 0..=PREFILL_TURNS {
            for which in order(turn) {
                let took = runs[which].step(PREFILL, 0)?;
                // The first turn brings weights and code into the caches and does not count.
                if turn > 0 {
                    prefill[which].push(took);
                }
            }
        }
        for turn in 0..=DECODE_TURNS {
            for which in order(turn) {
                let mut took = Duration::ZERO;
                for step in 0..DECODE {
                    took += runs[which].step(1, PREFILL + step)?;
                }
                if turn > 0 {
                    decode[which].push(took / DECODE);
                }
            }
        }
        let [decode_before, decode_after] = decode.map(timing);
        let [prefill_before, prefill_after] = prefill.map(timing);
        Ok(Cost { decode_before, decode_after, prefill_before, prefill_after })
    }

    fn prepare(&self, graph: &Graph) -> Result<Run, BackendError> {
        let kv = KvLayout { kind: self.backend.kv_type(), ..KV };
        let executor = self.backend.prepare(graph, Arc::clone(&self.weights), kv)?;
        Ok(Run { executor, logits: Vec::new() })
    }
}

fn order(turn: usize) -> [usize; 2] {
    if turn.is_multiple_of(2) { [0, 1] } else { [1, 0] }
}

struct Run {
    executor: Box<dyn Executor>,
    logits: Vec<f32>,
}

impl Run {
    fn step(&mut self, tokens: u32, past: u32) -> Result<Duration, BackendError> {
        let vocabulary = self.executor.vocabulary();
        let span = SequenceSpan {
            // Which tokens they are does not change the time; that they differ keeps the caches honest.
            tokens: (0..tokens).map(|i| TokenId((past + i) * 97 % vocabulary as u32)).collect(),
            // One token is an answer's.
            prompt: if tokens > 1 { tokens } else { 0 },
            past,
            blocks: (0..KV.blocks).map(BlockId).collect(),
            logits_for: vec![tokens - 1],
        };
        let batch = Batch::new(vec![span], KV, self.executor.context_length(), vocabulary)?;
        let start = Instant::now();
        self.executor.execute(&batch, &mut self.logits)?;
        Ok(start.elapsed())
    }
}

fn timing(mut samples: Vec<Duration>) -> Timing {
    samples.sort();
    let at = |quarter: usize| samples[samples.len() * quarter / 4];
    Timing { median: at(2), spread: (at(3) - at(1)) / 2 }
}
