//! What the leading thread's time goes to.
//!
//! The leading thread reads a counter of the processor after each of its steps and each barrier, and adds the
//! difference to the step's kind: every nanosecond of a batch belongs to one kind, and none is estimated. Time at a
//! barrier is `wait`: the other threads still compute what this one has done its share of. Ticks become seconds by the
//! clock, batch by batch, so nobody needs to know how fast the counter runs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use inferno_backend::OpProfile;

use super::{StepKind, rows::RowOp, work::WorkOp};

/// Names by [`Kind`]; those of ops are the contract's.
const NAMES: &[&str] = &[
    "matmul",
    "gated-matmul",
    "attention",
    "embedding",
    "rms-norm",
    "add-rms-norm",
    "rope",
    "kv-append",
    "quantize",
    "silu",
    "mul",
    "add",
    "scale",
    "copy",
    "select-rows",
    "wait",
];

/// What a step does. The discriminant is the index of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    MatMul,
    GatedMatMul,
    Attention,
    Embedding,
    RmsNorm,
    AddRmsNorm,
    Rope,
    KvAppend,
    Quantize,
    Silu,
    Mul,
    Add,
    Scale,
    Copy,
    SelectRows,
    Wait,
}

impl Kind {
    pub(crate) fn of(step: &StepKind) -> Self {
        match step {
            StepKind::Work(WorkOp::MatMul { .. }) => Self::MatMul,
            StepKind::Work(WorkOp::Gated { .. }) => Self::GatedMatMul,
            StepKind::Work(WorkOp::Attention(_)) => Self::Attention,
            StepKind::Rows(op) | StepKind::Gather(op) => match op {
                RowOp::Embed { .. } => Self::Embedding,
                RowOp::Norm { .. } => Self::RmsNorm,
                RowOp::AddNorm { .. } => Self::AddRmsNorm,
                RowOp::Angles { .. } | RowOp::Rope { .. } => Self::Rope,
                RowOp::Append { .. } => Self::KvAppend,
                RowOp::Quantize { .. } | RowOp::Turn { .. } => Self::Quantize,
                RowOp::Silu { .. } => Self::Silu,
                RowOp::Mul { .. } => Self::Mul,
                RowOp::Add { .. } => Self::Add,
                RowOp::Scale { .. } => Self::Scale,
                RowOp::Copy { .. } => Self::Copy,
                RowOp::Select { .. } => Self::SelectRows,
            },
        }
    }
}

/// The times of an executor.
pub(crate) struct Profile {
    /// Ticks of the batch that runs; only the leading thread writes.
    ticks: [AtomicU64; NAMES.len()],
    total: Arc<OpProfile>,
}

impl Profile {
    pub(crate) fn new() -> Self {
        Self { ticks: [const { AtomicU64::new(0) }; NAMES.len()], total: Arc::new(OpProfile::new(NAMES)) }
    }

    pub(crate) fn total(&self) -> Arc<OpProfile> {
        Arc::clone(&self.total)
    }

    /// Runs a batch; what is not told to a [`Laps`] within it was spent on waiting for the others.
    pub(crate) fn batch<T>(&self, run: impl FnOnce() -> T) -> T {
        self.ticks.iter().for_each(|ticks| ticks.store(0, Ordering::Relaxed));
        let (clock, began) = (Instant::now(), ticks());
        let result = run();
        let (all, elapsed) = (ticks().saturating_sub(began), clock.elapsed());
        let told: u64 = self.ticks.iter().map(|ticks| ticks.load(Ordering::Relaxed)).sum();
        self.add(Kind::Wait, all.saturating_sub(told));
        // A counter that went back would make the parts more than the whole.
        let nanoseconds = elapsed.as_nanos() as f64 / all.max(told).max(1) as f64;
        for (kind, ticks) in self.ticks.iter().enumerate() {
            let ticks = ticks.load(Ordering::Relaxed);
            if ticks > 0 {
                self.total.add(kind, (ticks as f64 * nanoseconds) as u64);
            }
        }
        result
    }

    /// For the leading thread, which begins its first step.
    pub(crate) fn laps(&self) -> Laps<'_> {
        Laps { profile: self, last: ticks() }
    }

    fn add(&self, kind: Kind, more: u64) {
        let ticks = &self.ticks[kind as usize];
        // One thread writes, so nothing is lost between the two.
        ticks.store(ticks.load(Ordering::Relaxed) + more, Ordering::Relaxed);
    }
}

/// Gives the time since the last lap to what was done in it.
pub(crate) struct Laps<'a> {
    profile: &'a Profile,
    last: u64,
}

impl Laps<'_> {
    pub(crate) fn lap(&mut self, kind: Kind) {
        let now = ticks();
        self.profile.add(kind, now.saturating_sub(self.last));
        self.last = now;
    }
}

/// A counter that runs evenly and costs next to nothing to read.
#[cfg(target_arch = "x86_64")]
fn ticks() -> u64 {
    // SAFETY: every x86-64 processor has the instruction, and it touches no memory.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// The clock, where there is no such counter.
#[cfg(not(target_arch = "x86_64"))]
fn ticks() -> u64 {
    static ZERO: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    u64::try_from(ZERO.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_nanosecond_of_a_batch_has_a_kind() {
        let profile = Profile::new();
        let mut within = Duration::ZERO;
        for _ in 0..3 {
            within += profile.batch(|| {
                let began = Instant::now();
                let mut laps = profile.laps();
                while began.elapsed() < Duration::from_millis(2) {}
                laps.lap(Kind::MatMul);
                laps.lap(Kind::Rope);
                while began.elapsed() < Duration::from_millis(3) {}
                laps.lap(Kind::Wait);
                began.elapsed()
            });
        }
        let seconds: Vec<_> = profile.total().seconds().collect();
        let of = |wanted| seconds.iter().find(|(kind, _)| *kind == wanted).map_or(0.0, |(_, s)| *s);
        let sum: f64 = seconds.iter().map(|(_, s)| s).sum();
        // Rounded down to a nanosecond for each kind and batch.
        assert!(sum > within.as_secs_f64() - 1e-7, "{seconds:?}");
        assert!(of("matmul") > 0.0059 && of("matmul") > of("rope"), "{seconds:?}");
        assert!(of("wait") > 0.0, "{seconds:?}");
    }
}
