//! Runs the stages of a plan on all threads.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use inferno_backend::{Backend, BackendError, Batch, BlockId, Executor, KvLayout, KvType, OpProfile, Phases};
use inferno_graph::{Graph, WeightSource};

use crate::{
    CpuBackend,
    isa::Isa,
    kernels::attention::{best_kind, spans},
    kv::KvCache,
    plan::{
        Step, StepKind,
        batch::{Bounds, FlatBatch},
        lower::lower,
        memory::{Arena, MemoryPlan},
        profile::{Kind, Laps, Profile},
        schedule::{self, Stage},
        split::Splits,
        work::{Run, Scratch},
    },
    pool::{Member, Pool},
    weights::Weights,
};

/// A graph ready to run on this machine's processor.
struct CpuExecutor {
    isa: Isa,
    pool: Arc<Pool>,
    steps: Vec<Step>,
    stages: Vec<Stage>,
    /// Per stage, whether a token alone needs no barrier after it.
    repeatable: Vec<bool>,
    arena: Arena,
    kv: KvCache,
    bounds: Bounds,
    vocabulary: usize,
    batch: FlatBatch,
    /// Per step, the first item that no thread has taken.
    next: Vec<AtomicUsize>,
    /// What the leading thread's time goes to.
    profile: Profile,
    /// Per thread; locked once per batch, never contended.
    scratch: Vec<Mutex<Scratch>>,
    /// Answers to parts of long texts.
    splits: Splits,
    /// Set when a kernel panicked: what is in the cache is then unknown.
    broken: bool,
}

impl CpuBackend {
    fn executor(
        &self,
        graph: &Graph,
        source: Arc<dyn WeightSource>,
        kv: KvLayout,
    ) -> Result<CpuExecutor, BackendError> {
        if kv.block_len == 0 {
            return Err(BackendError::Unsupported {
                backend: "cpu",
                what: "KV blocks of no positions".into(),
            });
        }
        let weights = Weights::load(graph, source, &self.store, &self.pool, self.isa)?;
        let lowered = lower(self.isa, weights)?;
        let stages = schedule::stages(&lowered.steps, &lowered.buffers);
        let lives = schedule::lives(&lowered.steps, &lowered.buffers, &stages);
        let memory = MemoryPlan::new(&lowered.buffers, &lives, lowered.output).repeating(&lowered.steps);
        let repeatable = stages.iter().map(|stage| stage.repeatable(&lowered.steps)).collect();
        Ok(CpuExecutor {
            isa: self.isa,
            pool: Arc::clone(&self.pool),
            next: lowered.steps.iter().map(|_| AtomicUsize::new(0)).collect(),
            steps: lowered.steps,
            repeatable,
            stages,
            arena: Arena::new(memory, self.pool.threads()),
            kv: KvCache::new(kv, &lowered.kv_heads)?,
            bounds: Bounds {
                kv,
                context_length: graph.context_length(),
                tokens: lowered.tokens,
                phases: lowered.phases,
            },
            vocabulary: graph.vocabulary() as usize,
            batch: FlatBatch::default(),
            profile: Profile::new(),
            scratch: (0..self.pool.threads()).map(|_| Mutex::default()).collect(),
            splits: Splits::default(),
            broken: false,
        })
    }
}

impl Backend for CpuBackend {
    fn target(&self) -> &inferno_graph::Target {
        &self.target
    }

    fn kv_type(&self) -> KvType {
        best_kind(self.isa)
    }

    fn prepare(
        &self,
        graph: &Graph,
        weights: Arc<dyn WeightSource>,
        kv: KvLayout,
    ) -> Result<Box<dyn Executor>, BackendError> {
        Ok(Box::new(self.executor(graph, weights, kv)?))
    }
}

impl Executor for CpuExecutor {
    fn kv_layout(&self) -> KvLayout {
        self.kv.layout()
    }

    fn context_length(&self) -> u32 {
        self.bounds.context_length
    }

    fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    fn phases(&self) -> Phases {
        self.bounds.phases
    }

    fn execute(&mut self, batch: &Batch, logits: &mut Vec<f32>) -> Result<(), BackendError> {
        let failed = || BackendError::Device { detail: "a kernel panicked; load the model again".to_owned() };
        if self.broken {
            return Err(failed());
        }
        self.batch.fill(batch, &self.bounds)?;
        let rows = batch.rows().len();
        let cells = rows.saturating_mul(self.vocabulary);
        logits.clear();
        logits
            .try_reserve(cells)
            .map_err(|_| BackendError::OutOfMemory { what: "logits", bytes: cells.saturating_mul(4) })?;
        logits.resize(cells, 0.0);
        for next in &self.next {
            next.store(0, Ordering::Relaxed);
        }
        let threads = self.pool.threads();
        let seen = self.batch.positions.iter().max().map_or(0, |last| *last as usize + 1);
        self.splits.reserve(4 * threads, spans((0, seen), self.bounds.kv.block_len as usize).len());
        let bases = self.arena.bind(batch.token_count(), rows, logits)?;
        let (batch, kv, isa, repeatable) = (&self.batch, &self.kv, self.isa, &self.repeatable);
        let splits = &self.splits;
        let (stages, steps, next, scratch) = (&self.stages, &self.steps, &self.next, &self.scratch);
        let job = |member: Member<'_>| {
            let mut scratch = scratch[member.index].lock().unwrap_or_else(PoisonError::into_inner);
            let bases = &bases[member.index];
            let run = Run { isa, member: member.index, threads, batch, bases, kv, splits };
            let mut laps = (member.index == 0).then(|| self.profile.laps());
            for (at, stage) in stages.iter().enumerate() {
                if at > 0 && !(run.alone() && repeatable[at - 1]) {
                    member.sync();
                    lap(&mut laps, Kind::Wait);
                }
                // SAFETY: `schedule` puts a step after a barrier behind everything it reads, except for chains of
                // row-wise steps, whose rows the same thread wrote, and of a token alone what each thread computes for
                // itself; `MemoryPlan` lets no two buffers that are in use in one stage share memory.
                unsafe { run_stage(stage, steps, &run, member, next, &mut scratch, &mut laps) };
            }
        };
        let ran = self.profile.batch(|| self.pool.run(&job));
        self.broken = ran.is_err();
        ran.map_err(|_| failed())
    }

    fn copy_block(&mut self, from: BlockId, to: BlockId) -> Result<(), BackendError> {
        let blocks = self.bounds.kv.blocks;
        if let Some(block) = [from, to].into_iter().find(|b| b.0 >= blocks) {
            let reason = format!("block {} lies beyond the cache of {blocks}", block.0);
            return Err(BackendError::Batch { reason });
        }
        self.kv.copy_block(from.0 as usize, to.0 as usize);
        Ok(())
    }

    fn profile(&self) -> Option<Arc<OpProfile>> {
        Some(self.profile.total())
    }
}

/// On the leading thread, says what it did since the last time.
fn lap(laps: &mut Option<Laps<'_>>, kind: Kind) {
    if let Some(laps) = laps {
        laps.lap(kind);
    }
}

/// Runs this thread's part of a stage.
///
/// # Safety
/// What the stage reads was written before, by this thread on its own rows or before a barrier; no buffer that it
/// writes is used by anything else in the stage.
unsafe fn run_stage(
    stage: &Stage,
    steps: &[Step],
    run: &Run<'_>,
    member: Member<'_>,
    next: &[AtomicUsize],
    scratch: &mut Scratch,
    laps: &mut Option<Laps<'_>>,
) {
    match stage {
        Stage::Rows(lead, members) => {
            let rows = run.count(*lead);
            let share = rows.div_ceil(member.count());
            let mine = (member.index * share).min(rows)..((member.index + 1) * share).min(rows);
            for step in members.iter().map(|i| &steps[*i]) {
                let mine = if run.alone() && !step.once { 0..rows } else { mine.clone() };
                let (StepKind::Rows(op) | StepKind::Gather(op)) = &step.kind else {
                    unreachable!("`schedule` puts only row-wise steps here")
                };
                for row in mine {
                    // SAFETY: as the caller vouches; rows of other threads are not touched.
                    unsafe { op.run(run, row) };
                }
                lap(laps, Kind::of(&step.kind));
            }
        }
        Stage::Work(members) => {
            for i in members {
                let StepKind::Work(op) = &steps[*i].kind else {
                    unreachable!("`schedule` puts only shared-out steps here")
                };
                // SAFETY: as the caller vouches.
                unsafe { op.run(run, steps[*i].lead, &next[*i], scratch) };
                lap(laps, Kind::of(&steps[*i].kind));
            }
        }
    }
}
