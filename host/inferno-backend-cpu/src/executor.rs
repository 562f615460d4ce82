//! Runs the stages of a plan on all threads: of one batch from the first to the last, and of another some at a time.

use std::{
    ops::ControlFlow,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use inferno_backend::{
    Backend, BackendError, Batch, BlockId, Executor, KvLayout, KvType, OpProfile, Phases, Progress,
};
use inferno_graph::{Graph, WeightSource};

use crate::{
    CpuBackend,
    isa::Isa,
    kernels::attention::best_kind,
    kv::KvCache,
    plan::{
        Step, StepKind,
        batch::Bounds,
        clock::Clock,
        home::{self, Taken},
        lane::Lane,
        lower::lower,
        memory::MemoryPlan,
        profile::{Kind, Laps, Profile},
        schedule::{self, Stage},
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
    kv: KvCache,
    bounds: Bounds,
    vocabulary: usize,
    /// For batches that are computed at once.
    whole: Lane,
    /// For those that are computed bit by bit.
    slow: Lane,
    /// The first stage of the slow one that is not done, while there is one.
    begun: Option<usize>,
    /// What the leading thread's time goes to.
    profile: Profile,
    /// Per thread; locked once per batch, never contended.
    scratch: Vec<Mutex<Scratch>>,
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
            whole: Lane::new(memory.clone(), self.pool.threads(), lowered.steps.len()),
            slow: Lane::new(memory, self.pool.threads(), lowered.steps.len()),
            begun: None,
            steps: lowered.steps,
            repeatable,
            stages,
            kv: KvCache::new(kv, &lowered.kv_heads)?,
            bounds: Bounds {
                kv,
                context_length: graph.context_length(),
                tokens: lowered.tokens,
                phases: lowered.phases,
            },
            vocabulary: graph.vocabulary() as usize,
            profile: Profile::new(),
            scratch: (0..self.pool.threads()).map(|_| Mutex::default()).collect(),
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
        self.whole.fill(batch, &self.bounds, (self.vocabulary, self.pool.threads()))?;
        self.run(Which::Whole, 0, None)?;
        std::mem::swap(&mut self.whole.logits, logits);
        Ok(())
    }

    fn begin(&mut self, batch: &Batch) -> Result<(), BackendError> {
        self.begun = None;
        self.slow.fill(batch, &self.bounds, (self.vocabulary, self.pool.threads()))?;
        self.begun = Some(0);
        Ok(())
    }

    fn advance(&mut self, within: Duration, logits: &mut Vec<f32>) -> Result<Progress, BackendError> {
        let nothing = || BackendError::Batch { reason: "none was begun".to_owned() };
        let first = self.begun.take().ok_or_else(nothing)?;
        let done = self.run(Which::Slow, first, Some(within))?;
        if done < self.stages.len() {
            self.begun = Some(done);
            return Ok(Progress::Begun(done as f64 / self.stages.len() as f64));
        }
        self.slow.batch.keep_wanted(&mut self.slow.logits, self.vocabulary);
        std::mem::swap(&mut self.slow.logits, logits);
        Ok(Progress::Done)
    }

    fn forget(&mut self, span: usize) {
        self.slow.batch.forget(span);
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

/// Which of the two batches.
#[derive(Clone, Copy)]
enum Which {
    Whole,
    Slow,
}

impl CpuExecutor {
    /// Runs the stages of a batch from `first` on, for about `within`; says in which it left off, or how many there are.
    fn run(&mut self, which: Which, first: usize, within: Option<Duration>) -> Result<usize, BackendError> {
        let failed = || BackendError::Device { detail: "a kernel panicked; load the model again".to_owned() };
        if self.broken {
            return Err(failed());
        }
        let Lane { batch, arena, logits, taken, splits } = match which {
            Which::Whole => &mut self.whole,
            Which::Slow => &mut self.slow,
        };
        let bases = arena.bind(batch.tokens.len(), batch.rows.len(), logits)?;
        let (threads, kv, isa, repeatable) = (self.pool.threads(), &self.kv, self.isa, &self.repeatable);
        let (stages, steps, scratch) = (&self.stages, &self.steps, &self.scratch);
        let (batch, taken, splits) = (&*batch, &*taken, &*splits);
        let clock = within.map(Clock::new);
        let all = stages.len();
        // The stage after whose barrier all leave off, and the one to go on with: written by the leading thread before that
        // barrier. Behind an earlier one the others may find them written already.
        let (last, next_stage) = (AtomicUsize::new(all), AtomicUsize::new(all));
        let leave_off = |after: usize, next: usize| {
            next_stage.store(next, Ordering::Relaxed);
            last.store(after, Ordering::Relaxed);
        };
        let job = |member: Member<'_>| {
            let mut scratch = scratch[member.index].lock().unwrap_or_else(PoisonError::into_inner);
            let (bases, clock) = (&bases[member.index], clock.as_ref());
            let run = Run { isa, member: member.index, threads, batch, bases, kv, splits, clock };
            let mut laps = (member.index == 0).then(|| self.profile.laps());
            for (at, stage) in stages.iter().enumerate().skip(first) {
                // SAFETY: `schedule` puts a step after a barrier behind everything it reads, except for chains of
                // row-wise steps, whose rows the same thread wrote, and of a token alone what each thread computes for
                // itself; `MemoryPlan` lets no two buffers that are in use in one stage share memory. What is left off
                // goes on behind the end of this job, which is a barrier.
                let done = unsafe { run_stage(stage, steps, &run, member, taken, &mut scratch, &mut laps) };
                let leads = laps.is_some();
                if leads && done.is_break() {
                    leave_off(at, at);
                }
                if at + 1 == all || run.alone() && repeatable[at] {
                    continue;
                }
                if leads && done.is_continue() && clock.is_some_and(Clock::has_passed) {
                    leave_off(at, at + 1);
                }
                member.sync();
                lap(&mut laps, Kind::Wait);
                if last.load(Ordering::Relaxed) == at {
                    return;
                }
            }
        };
        let ran = self.profile.batch(|| self.pool.run(&job));
        self.broken = ran.is_err();
        ran.map_err(|_| failed())?;
        Ok(next_stage.into_inner())
    }
}

/// On the leading thread, says what it did since the last time.
fn lap(laps: &mut Option<Laps<'_>>, kind: Kind) {
    if let Some(laps) = laps {
        laps.lap(kind);
    }
}

/// Runs this thread's part of a stage. Breaks when the time is over and something may be left.
///
/// # Safety
/// What the stage reads was written before, by this thread on its own rows or before a barrier; no buffer that it
/// writes is used by anything else in the stage.
unsafe fn run_stage(
    stage: &Stage,
    steps: &[Step],
    run: &Run<'_>,
    member: Member<'_>,
    taken: &[Taken],
    scratch: &mut Scratch,
    laps: &mut Option<Laps<'_>>,
) -> ControlFlow<()> {
    match stage {
        Stage::Rows(lead, members) => {
            let rows = run.count(*lead);
            let mine = home::of(member.index, rows, member.count());
            for step in members.iter().map(|i| &steps[*i]) {
                let mine = if run.alone() && !step.once { 0..rows } else { mine.clone() };
                let (StepKind::Rows(op) | StepKind::Gather(op)) = &step.kind else {
                    unreachable!("`schedule` puts only row-wise steps here")
                };
                let first = mine.start;
                for row in mine {
                    // SAFETY: as the caller vouches; rows of other threads are not touched.
                    unsafe { op.run(run, row, first) };
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
                let done = unsafe { op.run(run, steps[*i].lead, &taken[*i], scratch) };
                lap(laps, Kind::of(&steps[*i].kind));
                done?;
            }
        }
    }
    ControlFlow::Continue(())
}
