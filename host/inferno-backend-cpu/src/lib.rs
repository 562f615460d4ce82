//! The CPU backend: kernels, and the plan that runs them on all cores.
//!
//! Owns: every `unsafe` line and every vector instruction of the host. Refuses: graphs that are not checked and
//! any decision about what is in a batch. Easily confused with `inferno-graph`'s interpreter, which says what ops
//! mean; this crate is fast, and is tested against it.
//!
//! Matrices are packed once for all executors of a backend, at the bits they are stored in. Products with quantized
//! matrices quantize their activations as GGML does; prompts are multiplied in bfloat16 instead where there are tiles, and their
//! gates with AVX-512 in bytes of another kind. Attention over a cache of bfloat16 rounds what it multiplies for prompts, and splits it in
//! two for answers, and so it does over a cache of bytes, of which answers with AVX-512 multiply codes as they are; everything else is `f32`. What is computed for a sequence does
//! not depend on what else is in the batch, to the bit.
#![expect(
    unsafe_code,
    reason = "vector instructions, memory shared by threads under a schedule; each site argued"
)]

mod cores;
mod executor;
mod isa;
mod kernels;
mod kv;
mod pages;
mod plan;
mod pool;
pub mod roofline;
mod target;
mod weights;

use std::{num::NonZeroUsize, sync::Arc};

pub use cores::Pinning;
use inferno_graph::Target;
pub use isa::Isa;
use pool::Pool;

/// The processor of this machine. Executors made by one backend take turns on its threads.
pub struct CpuBackend {
    isa: Isa,
    pool: Arc<Pool>,
    target: Target,
    store: weights::Store,
}

impl CpuBackend {
    /// A backend on `threads` threads, or on all cores, with the best instructions of this machine.
    pub fn new(threads: Option<NonZeroUsize>) -> Self {
        Self::pinned(threads, Pinning::default())
    }

    /// The same, whose threads stay on a core each or do not, where the system knows how. The one that asks for work goes where it
    /// likes.
    pub fn pinned(threads: Option<NonZeroUsize>, pinning: Pinning) -> Self {
        Self::of(Isa::best(), Pool::new(threads, pinning))
    }

    /// A backend restricted to an instruction set.
    pub fn with_isa(isa: Isa, threads: Option<NonZeroUsize>) -> Self {
        Self::of(isa, Pool::new(threads, Pinning::default()))
    }

    fn of(isa: Isa, pool: Pool) -> Self {
        let target = Target {
            backend: "cpu".to_owned(),
            device: target::device_name(),
            features: isa.features().iter().map(|f| (*f).to_owned()).collect(),
            parallelism: pool.threads() as u32,
        };
        Self { isa, pool: Arc::new(pool), target, store: weights::Store::default() }
    }
}
